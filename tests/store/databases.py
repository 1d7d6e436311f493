"""The two kinds of database, and what tests ask of them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from stanch.model.change import Target
from stanch.model.guard import Ask, Holder, Rules
from stanch.model.service import Limits
from stanch.store import Address, Store
from tests.activities.postgres.server import Server, server

KINDS = ("sqlite", "postgresql")
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BACKEND = Target(provider="fly", name="backend")
OURS = Holder(workflow_id="incident-backend", run_id="r1", incident="INC-1")
THEIRS = Holder(workflow_id="incident-shop", run_id="r2", incident="INC-2")


def ask(**facts: Any) -> Ask:
    """May the first step of our incident change the backend?"""
    limited = {name: facts.pop(name) for name in ("changes_per_hour", "cool_down") if name in facts}
    rules = (Rules(service="backend", limits=Limits(**limited)),)
    usual = {"target": BACKEND, "holder": OURS, "as_of": AT, "step": "INC-1/1", "rules": rules}
    return Ask(**{**usual, **facts})


def address(kind: str, folder: Path) -> Address:
    """A database that nobody has used; PostgreSQL is skipped, with what to install, where there is none."""
    if kind == "sqlite":
        return Address.of_file(folder / "stanch.db")
    return made_at(server())


def made_at(where: Server) -> Address:
    """A new database of a server."""
    name = f"stanch_{uuid4().hex}"
    where.boss.execute(f"CREATE DATABASE {name}".encode())
    return Address.of_url(f"postgresql://boss@127.0.0.1:{where.port}/{name}")


@cache
def mortal() -> Server:
    """A server that a test may stop: it is nobody else's."""
    return Server()


async def opened(at: Address) -> Store:
    """A store that answers, though no Temporal stands beside it."""
    store = Store(at)
    await store.prepare()
    store.unfit = ""
    return store
