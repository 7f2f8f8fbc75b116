"""Run include/sql/schema/0011_plan_updates.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0011_plan_updates.sql")
