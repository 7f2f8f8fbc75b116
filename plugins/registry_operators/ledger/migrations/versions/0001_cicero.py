"""Run include/sql/schema/0001_cicero.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0001_cicero.sql")
