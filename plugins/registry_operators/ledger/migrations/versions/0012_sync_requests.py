"""Run include/sql/schema/0012_sync_requests.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0012_sync_requests.sql")
