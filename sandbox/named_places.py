"""What a team's catalogue can want of a vendor, and how a vendor has it there, healthy."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sandbox.instances import Host, ServiceInstance

_DEPENDENCY = "dependency"
_EVERYWHERE = "/"
"""What every request comes in by, where numbers are told apart by that."""
Seen = Callable[[ServiceInstance], Any]
"""What a copy of a service finds a switch at."""


@dataclass(frozen=True)
class EnvironmentSwitch:
    """A switch in the environment that each copy was started with."""

    name: str

    def __call__(self, instance: ServiceInstance) -> Any:
        """What this copy has."""
        return instance.environment.get(self.name)


class Headway(StrEnum):
    """How far a state of the code has come."""

    LIVE = "live"
    FAILED = "failed"
    """Its deployment failed, and what was there before goes on."""
    DEPLOYING = "deploying"
    """Its deployment never ends."""
    MERGED = "merged"
    """Nobody has deployed it."""


@dataclass(frozen=True)
class CodeState:
    """One state of the code on its way to where it runs; good, unless something says otherwise."""

    commit: str
    title: str
    by: str
    ago: timedelta
    good: bool = True
    headway: Headway = Headway.LIVE
    output: str = ""
    """What its deployment wrote."""
    exit_code: int = 0
    """How it ended."""


@dataclass(frozen=True)
class Spot:
    """A place of a service, as the catalogue names it: where it runs, or what else knows of it."""

    service: str
    provider: str
    at: Mapping[str, Any]
    """The provider's own fields."""
    address: str
    """Where the service is reached, or for a part whoever it is a part of."""
    health: str = ""
    """Where its health is read, where the catalogue says."""
    host: str = ""
    """The name that visitors know it by."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What it is given to prove itself with, by name."""
    visited: str = ""
    """The service that is called there: itself, or for a part whoever it is a part of."""

    def said(self, name: str, otherwise: str = "") -> str:
        """One of the fields, as a text."""
        return str(self.at.get(name, otherwise))


@dataclass(frozen=True)
class KeptSwitch:
    """A switch: the arguments of the verb that turns it, and what it stands at."""

    arguments: Mapping[str, Any]
    value: Any

    def said(self, name: str) -> str:
        """One of the arguments, as a text."""
        return str(self.arguments.get(name, ""))


@dataclass(frozen=True)
class WantedNumber:
    """A number of a service, as a vendor is asked for it."""

    service: str
    gauge: str
    arguments: Mapping[str, Any]
    by: Mapping[str, str] = field(default_factory=dict)
    """Under which name which label tells its values apart."""
    groups: tuple[str, ...] = ()
    """What the service depends on."""
    times: float = 1
    """So much more is it there than in seconds and shares."""

    @property
    def query(self) -> str:
        """The expression that it is asked for by."""
        return str(self.arguments["query"])

    def each(self) -> list[tuple[str, str, str]]:
        """What is measured, with the label and value that tell it apart; both empty where nothing does."""
        told_apart = next(iter(self.by.items()), None)
        if told_apart is None:
            return [(self.gauge, "", "")]
        name, label = told_apart
        if name != _DEPENDENCY:
            return [(self.gauge, label, _EVERYWHERE)]
        return [(f"{self.gauge}.{group}", label, group) for group in self.groups]


@dataclass(frozen=True)
class Premises:
    """How a vendor runs a service."""

    build: Callable[[Any, Spot], Host]
    """Takes the vendor's world; nothing is deployed yet."""
    deploy: Callable[[Any, Spot, CodeState], None]
    """The revision goes live, on all copies at once."""
    keep: Callable[[Any, Spot, str, str], None] | None = None
    """A secret has this value, and every copy has it; None where none is kept there."""
    fit: Callable[[Any, Spot, int], None] | None = None
    """So many copies run; None where nobody says how many."""
    attempt: Callable[[Any, Spot, CodeState], None] | None = None
    """A deployment that failed, or that never ends; None where that is not played."""
    forget: Callable[[Any, Spot], None] | None = None
    """What ran before can run no more; None where it always can."""
    ran: Callable[[Any, Spot], list[str]] | None = None
    """The commands that were run beside it and ended well; None where nothing is run so."""
    connections: Callable[[Any, Spot], Callable[[], int]] | None = None
    """How many connections to a database the platform allows; None where it keeps none."""
    allow: Callable[[Any, Spot, int], None] | None = None
    """So many it has long allowed."""


@dataclass(frozen=True)
class DocumentStore:
    """How a vendor keeps documents by collection; each takes its world and the place."""

    keep: Callable[[Any, Spot, str, Mapping[str, Any]], None]
    """A document stands under this path."""
    empty: Callable[[Any, Spot, str, timedelta], None]
    """The collection lost all documents so long ago; what was copied since has none of it either."""
    export: Callable[[Any, Spot, str, timedelta], None]
    """What stands was written to this address so long ago."""
    back_up: Callable[[Any, Spot, str, timedelta], None]
    """What stands was backed up under this name so long ago; under any, where it is empty."""
    count: Callable[[Any, Spot, str], int]
    """How many documents the collection has."""
    index: Callable[[Any, Spot, tuple[str, ...]], None]
    """These fields can be asked for together."""


class Sender(ABC):
    """Whoever sends events to a service, signed, and tries again what was not taken."""

    per_minute: float
    """How many come about."""
    declined: Mapping[str, float]
    """Which share of payments fails, by the reason."""

    @abstractmethod
    def sign_with(self, secret: str) -> None:
        """Everything is signed with this, and always has been."""

    @abstractmethod
    def disable(self) -> None:
        """It has given up sending, for nothing was taken of late."""

    @abstractmethod
    def is_refused_by(self, copy: ServiceInstance) -> bool:
        """Whether this copy finds some signature wrong."""


@dataclass(frozen=True)
class Furnishings:
    """What of a catalogue a vendor knows to have; each takes the vendor's world."""

    hosts: Mapping[str, Premises] = field(default_factory=dict)
    """By the provider's name."""
    beside: Mapping[str, Callable[[Any, Spot], None]] = field(default_factory=dict)
    """What stands there for a service that runs elsewhere, or for itself; by the provider's name."""
    told: Mapping[str, Callable[[Any, Spot, CodeState], None]] = field(default_factory=dict)
    """Who hears of every revision; by the provider's name."""
    switches: Mapping[str, Callable[[Any, Spot, KeptSwitch], Seen]] = field(default_factory=dict)
    """By the verb that turns it."""
    numbers: Mapping[str, Callable[[Any, WantedNumber], None]] = field(default_factory=dict)
    """By the reading that asks for it."""
    documents: Mapping[str, DocumentStore] = field(default_factory=dict)
    """By the provider's name."""
    senders: Mapping[str, Callable[[Any, str], Sender]] = field(default_factory=dict)
    """Who sends events to the service of that name; by the provider's name."""
    turns_away: Callable[[Any, str, str], bool] | None = None
    """Whether what stands before the service of that name keeps an address out."""
