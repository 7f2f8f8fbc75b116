"""Run include/sql/schema/0003_guards.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0003_guards.sql")
