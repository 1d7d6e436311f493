"""The kill switch, as rows, and the record of who threw it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from stanch.model.pause import Pause, scopes
from stanch.store.tables import new_row, pauses, switched

_THROWN = select(pauses).where(pauses.c.scope.in_(bindparam("scopes", expanding=True)))


def why(connection: Connection, services: Iterable[str], providers: Iterable[str]) -> str:
    """Why a change may not be made; empty where no switch is thrown."""
    wanted = scopes(services, providers)
    rows = connection.execute(_THROWN, {"scopes": wanted}).mappings()
    found = sorted((Pause.model_validate(dict(row)) for row in rows), key=lambda one: wanted.index(one.scope))
    return found[0].says if found else ""


def listed(connection: Connection) -> list[Pause]:
    """Every switch that is thrown, the oldest first."""
    rows = connection.execute(select(pauses).order_by(pauses.c.at, pauses.c.scope)).mappings()
    return [Pause.model_validate(dict(row)) for row in rows]


def pause(connection: Connection, thrown: Pause, at: datetime) -> bool:
    """False where the switch was thrown already; then its first reason stands."""
    row = {"scope": thrown.scope, "by": thrown.by, "why": thrown.why, "at": at}
    thrown_now = connection.execute(new_row(connection, pauses).returning(pauses.c.scope), row).first()
    if thrown_now is None:
        return False
    connection.execute(insert(switched), {**row, "word": "pause"})
    return True


def resume(connection: Connection, scope: str, by: str, at: datetime) -> bool:
    """False where it was not paused."""
    was = connection.execute(delete(pauses).where(pauses.c.scope == scope)).rowcount > 0
    if was:
        connection.execute(
            insert(switched), {"at": at, "word": "resume", "scope": scope, "by": by, "why": ""}
        )
    return was
