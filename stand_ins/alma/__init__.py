"""A stand-in for Ex Libris Alma that speaks its REST API for users."""
