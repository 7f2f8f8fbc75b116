"""One revision for each file of include/sql/schema."""
