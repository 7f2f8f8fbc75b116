"""Run include/sql/schema/0008_memory.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0008_memory.sql")
