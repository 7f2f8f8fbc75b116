"""A stand-in for a SirsiDynix Symphony library system that speaks its Web Services (ILSWS)."""
