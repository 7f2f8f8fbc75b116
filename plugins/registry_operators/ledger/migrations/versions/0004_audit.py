"""Run include/sql/schema/0004_audit.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0004_audit.sql")
