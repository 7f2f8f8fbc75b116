"""Run include/sql/schema/0013_run_lists.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0013_run_lists.sql")
