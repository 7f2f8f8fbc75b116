"""Run include/sql/schema/0007_desk.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0007_desk.sql")
