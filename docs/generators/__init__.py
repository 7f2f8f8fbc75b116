"""What writes pages of ``docs/`` from the things that they tell of; see ``generate_pages.py``."""
