"""Run include/sql/schema/0009_profiles.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0009_profiles.sql")
