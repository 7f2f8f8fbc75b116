"""Run include/sql/schema/0016_alerts.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0016_alerts.sql")
