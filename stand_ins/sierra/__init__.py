"""A stand-in for an Innovative Sierra library system that speaks its REST API, version 6."""
