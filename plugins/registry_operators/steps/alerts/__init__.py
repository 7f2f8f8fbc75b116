"""What is wrong, who knows of it, and who is told."""
