"""A database has this release's tables, however many processes start at once."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from stanch.errors import ConfigError
from stanch.store.tables import SCHEMA

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7_823_622_011
"""Any number, as long as nobody else locks it in our database."""


def revision(connection: Connection) -> str:
    """Which schema the database has; empty where it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def bring_up_to_date(connection: Connection) -> None:
    """In the caller's transaction, which on SQLite already holds the database for itself."""
    # Loaded only where there is something to do: it takes a third of a second.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    if revision(connection) == SCHEMA:
        return  # another process was quicker
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigError(
            f"the store has the schema {revision(connection)}, which this release does not know: a newer one"
            " has been at work there. Go back to that release, or to a backup from before it"
        ) from error
