"""Run include/sql/schema/0002_patron_sync.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0002_patron_sync.sql")
