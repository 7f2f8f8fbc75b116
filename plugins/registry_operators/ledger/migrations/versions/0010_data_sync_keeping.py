"""Run include/sql/schema/0010_data_sync_keeping.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0010_data_sync_keeping.sql")
