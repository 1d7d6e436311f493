"""Alembic's own hook: the connection, with its transaction and its lock, comes from `stanch.store.schema`."""

from alembic import context

from stanch.store.tables import TABLES

context.configure(connection=context.config.attributes["connection"], target_metadata=TABLES)
context.run_migrations()
