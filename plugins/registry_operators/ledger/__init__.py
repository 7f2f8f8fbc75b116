"""The tables of schema patron_sync, and the only place that runs the files of include/sql."""
