"""Libraries, keys and connections: typed, validated, with errors that say what to write."""
