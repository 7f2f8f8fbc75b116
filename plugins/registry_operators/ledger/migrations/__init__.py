"""Alembic revisions; each runs the SQL file of the same number in include/sql/schema."""
