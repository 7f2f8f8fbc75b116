"""Run the revisions on the connection that ``ledger.schema.migrate`` hands over."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="schema_version")
with context.begin_transaction():
    context.run_migrations()
