"""Run include/sql/schema/0017_reconciliation.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0017_reconciliation.sql")
