"""A stand-in for the national patron registry that speaks its SOAP protocol."""
