"""What a case is: a verb or a reading with its arguments in its world, and what is to be seen there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.types import ASGIApp

from activities.contract import Reader, Verb
from activities.integration import Integration
from activities.registry import integrations
from sandbox.traffic import Stretch
from sandbox.world import Sandbox
from stanch.errors import Moved, StanchError
from stanch.model.change import Kind, Target

LATELY = timedelta(minutes=10)
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
MARKER = "INC-20261121-7K3QXM/1.1"
VERBS: Mapping[str, tuple[Integration, type[Verb]]] = {
    verb.spec.name: (integration, verb) for integration in integrations() for verb in integration.verbs
}
SOURCES: Mapping[str, tuple[Integration, type[Reader]]] = {
    source.spec.name: (integration, source)
    for integration in integrations()
    for source in integration.readings
}


def in_process(outside: Any, line: ASGIApp) -> None:
    """What an integration sends by httpx is answered in this process and not over a socket."""
    outside.api.connection.answered_by(httpx.ASGITransport(line))


Keep = Callable[[str], str]
"""Keeps a secret in a file, and gives the reference to it."""


def visited(scene: Callable[[Sandbox], None], for_so_long: timedelta = LATELY) -> Callable[[Sandbox], None]:
    """The same world, whose services had visitors until now."""

    def made(sandbox: Sandbox) -> None:
        scene(sandbox)
        now = sandbox.clock.now()
        for service in sandbox.services.values():
            service.went_through(Stretch(now - for_so_long, now, service.measure()))

    return made


def no_more(_: Keep) -> dict[str, Any]:
    """Token and address are all that most parts are told."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What one verb, planned with these arguments in this world, does there."""

    name: str
    verb: str
    scene: Callable[[Sandbox], None]
    key: str
    """The credential it is tried with."""
    target: Target
    arguments: dict[str, Any] = field(default_factory=dict)
    """`{base}` in a text is where the sandbox is reached."""
    limits: dict[str, Any] = field(default_factory=lambda: {"max_count": 4, "largest_size": ""})
    effects: tuple[str, ...]
    """What stands in the ledger when the whole change is done, in order."""
    writes: int
    """How many requests that may change something are sent for it, the vendor's locks among them."""
    path: str
    """Where its first effect is asked for."""
    acts_at: int = 1
    """The first of them that has an effect."""
    settles: bool = True
    """The vendor takes its time; False where an answer says that everything is done."""
    marked: bool = True
    """What it leaves behind names its incident."""
    waits_while_empty: bool = False
    """An empty list leaves it waiting, for as long as the list is empty."""
    per_unit: tuple[tuple[int, int], ...] = ()
    """Writes and effects of each unit in turn, where units are not all alike."""
    secrets: Mapping[str, str | None] = field(default_factory=dict)
    """The team's secrets beside `admin`; None for one whose file is still to be written."""
    reads_answers: bool = True
    """False where a status says it all and whatever comes with it is overlooked."""
    says_when: bool = True
    """A busy vendor may say when to come again; False where its protocol has no word for that."""
    look: Callable[[Sandbox], Any] = lambda _: None
    """What stands in the world, to be compared before the change and after its undo."""
    foreign: Callable[[Sandbox], None] = lambda _: None
    """Somebody else brings the target to what is neither `was` nor `to`."""
    two_valued: bool = False
    """There is no third value that somebody else could bring, such as with a mode that is on or off."""
    refused: type[StanchError] = Moved
    undo_effects: tuple[str, ...] = ()
    """What is done on the way back; of an act, what compensates it."""
    undo_writes: int = 0
    put_right: tuple[str, ...] = ()
    """What stands in the ledger when the vendor's side effects are put right."""
    moved_on: Callable[[Sandbox], None] = lambda _: None
    """Somebody else goes on from what the change made."""
    undo_refused: type[StanchError] = Moved
    idle: Callable[[Sandbox], dict[str, Any]] = lambda _: {}
    """Arguments with which nothing is to do."""
    attach: Callable[[Any, ASGIApp], None] = in_process
    """Brings what the integration connected to the sandbox that is tried."""
    settings: Callable[[Keep], dict[str, Any]] = no_more
    """What else stands under `providers.NAME`."""
    looks: Mapping[str, str] = field(default_factory=lambda: {"method": "GET"})
    """How a fault names the requests that only read."""

    @property
    def integration(self) -> Integration:
        """The outside system that the verb belongs to."""
        return VERBS[self.verb][0]

    @property
    def kind(self) -> Kind:
        """Whether the verb reaches a state or only acts."""
        return VERBS[self.verb][1].spec.kind

    def units_begun_by(self, write: int, units: int) -> tuple[int, int, int]:
        """Units, writes and effects when the unit of this write is finished and no other begun."""
        shapes = self.per_unit or ((self.writes // units, 1),) * units
        begun = writes = effects = 0
        for of_one, seen in shapes:
            begun, writes, effects = begun + 1, writes + of_one, effects + seen
            if writes >= write:
                break
        return begun, writes, effects

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class ReadingCase:
    """What one reading, asked with these arguments in this world, says."""

    name: str
    reading: str
    scene: Callable[[Sandbox], None]
    key: str
    target: Target | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    first_bad_at: datetime | None = None
    settings: Callable[[Keep], dict[str, Any]] = no_more
    """What else stands under `providers.NAME`."""
    secrets: Mapping[str, str | None] = field(default_factory=dict)
    """The team's secrets beside `admin`."""
    sees: Callable[[Any], bool]
    """Whether a result says what is to be seen there: exactly, not merely something."""
    believes_garbage: bool = False
    """It reads only statuses, or takes any body for what it is."""
    measures_trouble: bool = False
    """A vendor in trouble is what it measures: it answers, and sees something else, where others fail."""
    measures: frozenset[int] = frozenset()
    """The refusals, by status, that are what it measures, where any other trouble is none of its business."""
    attach: Callable[[Any, ASGIApp], None] = in_process

    @property
    def integration(self) -> Integration:
        """The outside system that the reading belongs to."""
        return SOURCES[self.reading][0]

    def __str__(self) -> str:
        return self.name
