"""`redis.flush`: the keys of a pattern are deleted, a batch at a time, by SCAN and UNLINK; never by FLUSHALL.

A scan that runs from cursor 0 to cursor 0 sees every key that is there all the while (redis.io/docs/latest/
commands/scan, read 2026-11), and as long as the server runs its cursor is worth as much to the next worker as
to this one. So how far it came is written into the instance itself, under a key that names the incident: an
answer that was lost is found again, and a cache that fills up again behind the scan is not emptied twice.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from activities.contract import Seen, Verb, arguments_of
from activities.permit import may_still_write
from activities.redis.client import Redis, text
from activities.redis.status import Info, info_of
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.plain import amount
from stanch.rules import Rule

if TYPE_CHECKING:
    from redis.asyncio import Redis as Connection

OURS = "stanch:flush:"
"""How the keys begin in which a flush notes how far it came."""
BATCH = 5000
_STEP = 1000
"""How many keys one SCAN looks at."""
_STEPS = 200
"""How many times a batch scans at most."""
_LARGEST = 5_000_000
_DONE = "done"
_KEPT = timedelta(days=1)
_EVERYTHING = re.compile(r"[*?]+")


class FlushArguments(Written):
    """Which keys: a pattern of Redis, such as `cache:products:*`."""

    pattern: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    everything: bool = False
    """Has to be said for a pattern that every key matches."""
    at_most: int = Field(default=100_000, ge=1, le=1_000_000)
    """More keys than this are left to a person."""


class Flush(Verb[Redis]):
    """Empties a part of a cache."""

    spec: ClassVar = VerbSpec(
        name="redis.flush",
        says="Delete the keys of a pattern, in batches that do not hold the server up",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.SEEN, usually="as long as it takes to scan every key"),
        takes_away=(Direction.THERE,),
        arguments=FlushArguments,
        of="redis",
        floor=Approval.ONE,
        effects=(
            "keys that have not expired go too: what was kept only here is lost",
            "what was cached is cold: until it is filled again, every look-up goes to what the cache spares",
            "a matching key that is written meanwhile may be deleted too",
            f"a key {OURS}... notes how far it came, and expires after a day",
        ),
        risk=Risk.HIGH,
        needs=("+info", "+dbsize", "+scan", "+unlink", "+get", "+set", "~PATTERN", f"~{OURS}*"),
    )
    look_again_in: ClassVar = timedelta(seconds=1)
    arrives_within: ClassVar = timedelta(0)  # deleting twice is deleting once

    async def plan(self, request: PlanRequest) -> Change:
        """Counts what matches; refuses a cluster, a replica, and more than it may."""
        wanted, name = arguments_of(FlushArguments, request), request.target.name
        if _EVERYTHING.fullmatch(wanted.pattern) and not wanted.everything:
            raise PolicyError(
                Rule.EVERYTHING, f"{wanted.pattern} matches every key of {name}: write everything: true"
            )
        async with self.vendor.session(request.target) as connection:
            _refuse_elsewhere(name, info_of(await connection.info()))
            size = await connection.dbsize()
            _refuse_large(name, size)
            count = await _counted(connection, wanted)
        return self._change(request, wanted, count, size)

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The note in the instance says how far it came."""
        async with self.vendor.session(change.target) as connection:
            note = await _note(connection, change)
        return {
            unit.id: Seen(unit.to if note == _DONE else unit.was, more=True, shown=note)
            for unit in change.units
        }

    async def write(self, change: Change, unit: Unit) -> None:
        """One batch, from where the last one ended; then the note."""
        async with self.vendor.session(change.target) as connection:
            note = await _note(connection, change)
            if note == _DONE:
                return
            server = info_of(await connection.info()).run_id
            cursor, keys = await _batch(connection, unit.id, _cursor(note, server))
            if keys:
                may_still_write("redis")
                await connection.unlink(*keys)
            may_still_write("redis")
            await connection.set(_noted(change), f"{server} {cursor}" if cursor else _DONE, ex=_KEPT)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`redis-cli --scan` into `unlink`."""
        client = 'redis-cli -u "$REDIS_URL"'
        return [
            f"{client} --scan --pattern {shlex.quote(unit.id)} | xargs -r -d '\\n' -n {_STEP} {client} unlink"
            for unit in change.units
        ]

    def _change(self, request: PlanRequest, wanted: FlushArguments, count: int, size: int) -> Change:
        name, pattern = request.target.name, wanted.pattern
        all_of_it = ", which is everything in it" if _EVERYTHING.fullmatch(pattern) else ""
        batches = count // BATCH + size // (_STEP * _STEPS) + 1
        return self.change(
            request,
            (Unit(id=pattern, was=count, to=0),) if count else (),
            f"delete {amount(count, 'key')} matching {pattern} from {name}{all_of_it}",
            undo=Undo(
                kind=UndoKind.NONE, why="deleted values are made again by the application, or not at all"
            ),
            because=f"{count} of {size} keys match",
            limits={"at_most": wanted.at_most},
            settles_within=timedelta(minutes=2) + batches * timedelta(seconds=5),
            nothing_to_do=f"no key of {name} matches {pattern}",
        )


async def _note(connection: "Connection", change: Change) -> str:
    """`RUN-ID CURSOR`, or that it is done; empty where nothing was noted yet."""
    found = await connection.get(_noted(change))
    return text(found) if found is not None else ""


def _cursor(note: str, server: str) -> int:
    """Where the scan goes on; from the beginning where another server has taken over since."""
    noted, _, cursor = note.rpartition(" ")
    return int(cursor) if noted == server and cursor.isdigit() else 0


async def _batch(connection: "Connection", pattern: str, cursor: int) -> tuple[int, set[bytes]]:
    """So many keys, or as many as are found in so many steps; the cursor is 0 when the scan is through."""
    keys: set[bytes] = set()
    for _ in range(_STEPS):
        cursor, found = await connection.scan(cursor, match=pattern, count=_STEP)
        keys |= {key for key in map(_raw, found) if not key.startswith(OURS.encode())}
        if not cursor or len(keys) >= BATCH:
            break
    return cursor, keys


def _raw(key: bytes | str) -> bytes:
    return key if isinstance(key, bytes) else key.encode()


async def _counted(connection: "Connection", wanted: FlushArguments) -> int:
    count, cursor = 0, 0
    while True:
        cursor, keys = await _batch(connection, wanted.pattern, cursor)
        count += len(keys)
        if count > wanted.at_most:
            raise PolicyError(
                Rule.TOO_MANY_KEYS, f"more than {wanted.at_most} keys match {wanted.pattern}; see at_most"
            )
        if not cursor:
            return count


def _refuse_elsewhere(name: str, info: Info) -> None:
    if info.cluster_enabled:
        raise PolicyError(
            Rule.CLUSTER_MODE, f"{name} is a cluster: each of its nodes would have to be scanned on its own"
        )
    if info.is_replica:
        raise PolicyError(Rule.READ_REPLICA, f"{name} is a replica: give the URL of the primary")


def _refuse_large(name: str, size: int) -> None:
    if size > _LARGEST:
        raise PolicyError(
            Rule.TOO_LARGE, f"{name} holds {size} keys; above {_LARGEST} it is left to a person"
        )


def _noted(change: Change) -> str:
    return f"{OURS}{change.marker}"
