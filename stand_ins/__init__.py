"""Small servers that speak the protocols of the outside systems, and the people in them."""
