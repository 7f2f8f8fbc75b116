"""Run include/sql/schema/0006_account.sql."""

from registry_operators.ledger.schema import run_schema_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create what the file describes."""
    run_schema_file("0006_account.sql")
