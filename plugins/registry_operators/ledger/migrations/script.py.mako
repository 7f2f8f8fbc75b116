"""${message}."""

from alembic import op

from registry_operators.paths import SQL_DIR

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Run the schema file of this number."""
    op.get_bind().exec_driver_sql((SQL_DIR / "schema" / "${up_revision}_${message}.sql").read_text())
