"""One round: two incidents, and one trouble in the middle of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from stack import Stack

from tests.kill import outside, store
from tests.kill.database import Mortal
from tests.kill.ground import cleared

LATEST = 5.0
"""A round without trouble is over after about this many seconds."""
AT_A_CHANGE = 0.4
"""How often a trouble comes with a change under way, which takes the smallest part of a round."""
GIVEN_BACK = 60.0
SOON = 0.25
"""So many seconds after the first change the last one has been made."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Round:
    """What a trouble works on, and when it came."""

    stack: Stack
    chance: Random
    database: Mortal | None = None
    """Where the store is a PostgreSQL server: that."""
    moment: float = 0.0
    """In seconds after the round's beginning."""
    at: datetime = _NEVER
    in_hand: bool = False
    """Whoever was struck had begun something that Temporal waits for."""

    @contextmanager
    def until_it_comes(self) -> Iterator[None]:
        """What is waited for inside is the moment at which the trouble comes."""
        began = asyncio.get_running_loop().time()
        yield
        self.moment = asyncio.get_running_loop().time() - began
        self.at = datetime.now(UTC)

    async def some_moment(self) -> None:
        """Any moment of the round; often it is one right after the first change at a vendor."""
        with self.until_it_comes():
            if self.chance.random() < AT_A_CHANGE:
                await self._first_change()
                await asyncio.sleep(self.chance.uniform(0, SOON))
            else:
                await asyncio.sleep(self.chance.uniform(0, LATEST))

    async def _first_change(self) -> None:
        while not await effects(self.stack):  # noqa: ASYNC110 - what is waited for is elsewhere
            await asyncio.sleep(SOON / 50)


Strike = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Trouble:
    """What befalls Stanch: set up before a round, struck in the middle of it, put right after it."""

    around: Callable[[Round], AbstractAsyncContextManager[Strike]]
    was_hit: Callable[[Round], Awaitable[bool]]
    """Whether it met what it was meant for; a round that was missed proves less, and is no failure."""
    over: str = "sqlite"
    """The kind of store."""


async def lived_through(round_: Round, trouble: Trouble) -> bool:
    """Nothing accepted was lost, nothing approved was done twice, and no lock is left; was it hit?"""
    await cleared(round_.stack)
    async with trouble.around(round_) as strike, asyncio.TaskGroup() as group:
        group.create_task(strike())
        group.create_task(outside.both(round_.stack))
    await _nothing_twice(round_.stack)
    await _nothing_locked(round_.stack)
    return await trouble.was_hit(round_)


async def effects(stack: Stack) -> list[dict[str, Any]]:
    """What was changed at the vendors by us."""
    found = (await stack.ledger())["effects"]
    return [effect for effect in found if effect["kind"] != "lock" and effect["by"] == "client"]


async def _nothing_twice(stack: Stack) -> None:
    changes = await effects(stack)
    done = sorted(effect["operation"] for effect in changes)
    assert done == ["fly.update_machine"] * 2 + ["vercel.rollback", "vercel.update_project"]
    assert len({effect["target"] for effect in changes if effect["vendor"] == "fly"}) == 2
    assert (await stack.ledger())["unexpected"] == []


async def _nothing_locked(stack: Stack) -> None:
    """What went on late has taken no lock; giving one back that was cut off is tried again for a while."""
    async with asyncio.timeout(GIVEN_BACK):
        while store.held(stack):  # noqa: ASYNC110 - what is waited for is elsewhere
            await asyncio.sleep(SOON)
