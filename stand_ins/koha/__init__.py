"""A stand-in for Koha that speaks its REST API for patrons."""
