"""Whoever holds the store dies right after it has granted something, before the incident hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Event

from stack import Stack

from tests.kill.database import Mortal
from tests.kill.ground import at_work
from tests.kill.rounds import Round, Strike
from tests.kill.store import counting, newest

_BREATHER = 0.0002
"""In seconds, between two looks: far less than it takes to tell Temporal of a grant."""
_OF_A_ROUND = 2
"""Each of the two incidents is granted something once."""


@asynccontextmanager
async def granted_and_killed(round_: Round) -> AsyncIterator[Strike]:
    """Worker and gateway die as soon as a grant is in the file, and are started again."""
    stack = round_.stack
    before = newest(stack)

    async def strike() -> None:
        await _at_grant(round_, before, lambda: _die(stack, "worker", "gateway"))
        await stack.kill("worker")
        await at_work(stack, "worker")  # it is missed most: planning has 40 s, and both at once start slowly
        await stack.kill("gateway")

    yield strike


@asynccontextmanager
async def postgres_killed(round_: Round) -> AsyncIterator[Strike]:
    """The database server dies with a grant just committed, alone or together with the worker."""
    stack, server = round_.stack, round_.database
    assert server is not None
    server.runs_again()
    before = newest(stack)

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
    with counting(stack) as count:
        while count(f"SELECT count(*) FROM reservations WHERE id > {before}") < nth:  # noqa: S608 - ours
            if given_up.wait(_BREATHER):
                return
        kill()
