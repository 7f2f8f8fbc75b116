"""One module for each group of pages: its routes, and what its templates are told."""
