"""Run include/sql/schema/0015_reconciliation.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0015_reconciliation.sql")
