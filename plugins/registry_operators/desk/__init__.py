"""What a librarian or the patron does with one patron: create, consent, PIN, cards, delete."""
