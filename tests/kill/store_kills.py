"""Whoever holds the store dies right after it has granted something, before the incident hears of it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from threading import Event

import psycopg
from stack import Stack

from tests.kill.database import Mortal
from tests.kill.rounds import Round, Strike

_BREATHER = 0.0002
"""In seconds, between two looks: far less than it takes to tell Temporal of a grant."""
_OF_A_ROUND = 2
"""Each of the two incidents is granted something once."""


@asynccontextmanager
async def granted_and_killed(round_: Round) -> AsyncIterator[Strike]:
    """Worker and gateway die as soon as a grant is in the file, and are started again."""
    stack = round_.stack
    before = _newest(stack)

    async def strike() -> None:
        await _at_grant(round_, before, lambda: _die(stack, "worker", "gateway"))
        for part in ("worker", "gateway"):
            await stack.kill(part)

    yield strike


@asynccontextmanager
async def postgres_killed(round_: Round) -> AsyncIterator[Strike]:
    """The database server dies with a grant just committed, alone or together with the worker."""
    stack, server = round_.stack, round_.database
    assert server is not None
    server.runs_again()
    before = _newest(stack)

    async def strike() -> None:
        parts = round_.chance.choice(((), ("worker",)))
        await _at_grant(round_, before, lambda: _die(stack, *parts, also=server))
        server.runs_again()
        for part in parts:
            await stack.kill(part)

    yield strike


def _die(stack: Stack, *parts: str, also: Mortal | None = None) -> None:
    for part in parts:
        stack.processes[part].kill()
    if also is not None:
        also.kill()


async def _at_grant(round_: Round, before: int, kill: Callable[[], None]) -> None:
    """Kill as soon as there is one more grant than before, or two."""
    given_up, nth = Event(), round_.chance.randint(1, _OF_A_ROUND)
    with round_.until_it_comes():
        try:
            await asyncio.to_thread(_watched, round_.stack, before, nth, kill, given_up)
        finally:
            given_up.set()


def _watched(stack: Stack, before: int, nth: int, kill: Callable[[], None], given_up: Event) -> None:
    with closing(_store(stack)) as store:
        while _count(store, f"SELECT count(*) FROM reservations WHERE id > {before}") < nth:  # noqa: S608
            if given_up.wait(_BREATHER):
                return
        kill()


def _newest(stack: Stack) -> int:
    with closing(_store(stack)) as store:
        return _count(store, "SELECT coalesce(max(id), 0) FROM reservations")


def _store(stack: Stack) -> "sqlite3.Connection | psycopg.Connection[tuple[int]]":
    """The store as it is on the disk, whoever works with it."""
    where = stack.secrets.get("STANCH_STORE")
    if where:
        return psycopg.connect(where, autocommit=True)
    file = stack.folder / "data" / "stanch.db"
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None)


def _count(store: "sqlite3.Connection | psycopg.Connection[tuple[int]]", question: str) -> int:
    if isinstance(store, sqlite3.Connection):
        return int(store.execute(question).fetchone()[0])
    counted = store.execute(question.encode()).fetchone()
    return counted[0] if counted else 0
