"""Run include/sql/schema/0005_journal.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0005_journal.sql")
