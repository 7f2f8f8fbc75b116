"""Groups of the command ``patron-sync``, one module each."""
