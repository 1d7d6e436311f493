"""Notices on their way to Temporal: one signal per group at a time, and what waits meanwhile goes together.

A workflow that is signalled faster than it can be worked on never comes to begin a new run, and ends at
Temporal's limit. So a storm waits here, in the senders' own requests, and is refused beyond a bound.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from stanch.control.link import Away
from stanch.model.alert import Alert
from stanch.model.playbook import Pinned
from stanch.policy.outbreaks import trimmed

MOST_TOGETHER = 500
"""Alerts of one signal."""
LARGEST_TOGETHER = 200_000
"""Bytes of one signal. Temporal keeps 2 MB for a workflow that is at work; beyond, its task begins anew."""
MOST_WAITING = 5_000
"""Alerts of one group that wait for their turn."""
AT_ONCE = 5
"""Signals of one group that may follow each other at once; from then on there are so many a second."""
MOST_LANES_AT_WORK = 16
"""Signals on their way at the same time, over all groups; a group that waits for its pace takes no turn."""

MOST_LANES = 1_000
"""Groups that are remembered; beyond, those that have been quiet are forgotten."""
IDLE = 10.0
"""Seconds after which a group is quiet."""

T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """The alerts of one webhook that belong to one incident."""

    key: str
    pinned: Pinned
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class _Item(Generic[T]):
    """A part of a group, as large as a signal may be, and who waits for it."""

    group: Group
    size: int
    answer: "asyncio.Future[T]"


@dataclass(frozen=True)
class Time:
    """What the pace is kept by."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


REAL_TIME = Time()


@dataclass
class _Lane(Generic[T]):
    """One group's way: what waits, and how much may still go at once."""

    waiting: "deque[_Item[T]]" = field(default_factory=deque)
    at_work: "asyncio.Task[None] | None" = None
    credit: float = AT_ONCE
    since: float = 0.0

    @property
    def alerts(self) -> int:
        return sum(len(item.group.alerts) for item in self.waiting)

    def forget_who_gave_up(self) -> None:
        """A sender that has given up is not waited for: it sends its alerts again."""
        self.waiting = deque(item for item in self.waiting if not item.answer.done())

    def pause(self, now: float) -> float:
        """How long the next signal has to wait; it is counted."""
        self.credit = min(float(AT_ONCE), self.credit + (now - self.since) * AT_ONCE) - 1
        self.since = now
        return max(0.0, -self.credit / AT_ONCE)


class Lanes(Generic[T]):
    """Every group's lane; `send` stores one group at Temporal."""

    def __init__(self, send: Callable[[Group], Awaitable[T]], by: Time = REAL_TIME) -> None:
        self._send = send
        self._time = by
        self._turns = asyncio.Semaphore(MOST_LANES_AT_WORK)
        self._lanes: dict[str, _Lane[T]] = {}

    async def through(self, group: Group) -> T:
        """What `send` answered, once every part of the group is stored.

        Raises `Away` where too much waits already, and what `send` raises.
        """
        lane = self._lane(group.key)
        lane.forget_who_gave_up()
        if lane.alerts + len(group.alerts) > MOST_WAITING and lane.waiting:
            raise Away(f"{lane.alerts} alerts of {group.key} wait to be stored: send these again in a moment")
        items = [self._item(part) for part in _parts(group)]
        lane.waiting.extend(items)
        if lane.at_work is None:
            lane.at_work = asyncio.create_task(self._work_off(lane))
        answers = await asyncio.gather(*(item.answer for item in items), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return next((answer for answer in answers if answer is not None), answers[0])  # type: ignore[return-value]

    def _item(self, group: Group) -> _Item[T]:
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        return _Item(group, _size(group.alerts), answer)

    def _lane(self, key: str) -> _Lane[T]:
        if len(self._lanes) > MOST_LANES:
            quiet = self._time.now() - IDLE
            self._lanes = {
                name: lane for name, lane in self._lanes.items() if lane.at_work or lane.since > quiet
            }
        return self._lanes.setdefault(key, _Lane())

    async def _work_off(self, lane: "_Lane[T]") -> None:
        try:
            while lane.waiting:
                await self._time.sleep(lane.pause(self._time.now()))
                async with self._turns:
                    lane.forget_who_gave_up()
                    if lane.waiting:
                        await self._store(_together(lane.waiting))
        finally:
            lane.at_work = None

    async def _store(self, items: "list[_Item[T]]") -> None:
        first = items[0].group
        alerts = tuple(alert for item in items for alert in item.group.alerts)
        try:
            answer = await self._send(Group(first.key, first.pinned, alerts))
        except Exception as error:  # noqa: BLE001 - whoever waits hears of it, whatever it is
            for item in items:
                if not item.answer.done():
                    item.answer.set_exception(error)
            return
        for item in items:
            if not item.answer.done():
                item.answer.set_result(answer)


def _parts(group: Group) -> Iterator[Group]:
    """The group in parts that a signal can carry, each alert as long as a person reads."""
    part: list[Alert] = []
    size = 0
    for alert in map(trimmed, group.alerts):
        more = _size((alert,))
        if part and (len(part) >= MOST_TOGETHER or size + more > LARGEST_TOGETHER):
            yield Group(group.key, group.pinned, tuple(part))
            part, size = [], 0
        part.append(alert)
        size += more
    yield Group(group.key, group.pinned, tuple(part))


def _together(waiting: "deque[_Item[T]]") -> "list[_Item[T]]":
    """The first that waits, and those of the same scenario behind it, as far as one signal goes."""
    items = [waiting.popleft()]
    count, size = len(items[0].group.alerts), items[0].size
    while waiting and waiting[0].group.pinned == items[0].group.pinned:
        count, size = count + len(waiting[0].group.alerts), size + waiting[0].size
        if count > MOST_TOGETHER or size > LARGEST_TOGETHER:
            break
        items.append(waiting.popleft())
    return items


def _size(alerts: tuple[Alert, ...]) -> int:
    return sum(len(alert.model_dump_json().encode()) for alert in alerts)
