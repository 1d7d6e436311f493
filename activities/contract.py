"""What every verb, every reading and every outside system is.

A provider says three things about a verb: how it is planned, where each unit stands, and how one unit is
written. Comparing, writing once, finding a lost answer again, waiting without blocking and stopping where
somebody else acted are done once, for all, in `converging`.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from stanch.errors import ConfigError, PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, PlanRequest, Survey, Target, Unit
from stanch.model.evidence import Look, Reading
from stanch.model.team import Provider
from stanch.model.verb import ReadingSpec, TargetSpec, VerbSpec
from stanch.policy import conditions, facts, templates
from stanch.rules import Rule
from stanch.secrets import Redactor

LOOK_AGAIN = timedelta(seconds=2)
STALE_FOR = timedelta(minutes=1)
ARRIVES_WITHIN = timedelta(seconds=30)
"""When routers in front of vendors' APIs have given up (devcenter.heroku.com/articles/request-timeout)."""

A = TypeVar("A", bound=Written)


class Verb(ABC):
    """One thing that can be changed at one provider."""

    spec: ClassVar[VerbSpec]
    look_again_in: ClassVar[timedelta] = LOOK_AGAIN
    stale_for: ClassVar[timedelta] = STALE_FOR
    """How long after a write the vendor may still show what stood there before."""
    arrives_within: ClassVar[timedelta] = ARRIVES_WITHIN
    """How long a request whose answer was lost may still take effect.

    Nothing where a second one does no harm: the vendor compares in the same request, or the same asked twice
    is the same asked once. Otherwise none is sent again before it would have arrived and been seen.
    """

    def __init__(self, outside: Any) -> None:  # noqa: B027 - each provider keeps it under its own name
        """Takes what its integration's `connect` made."""

    @classmethod
    def silent_for(cls) -> timedelta:
        """How long after a request whose outcome nobody knows no second one is sent."""
        return cls.arrives_within + cls.stale_for if cls.arrives_within else timedelta(0)

    @abstractmethod
    async def plan(self, request: PlanRequest) -> Change:
        """Resolve to values; raises `PolicyError` where it may not be done, with the rule."""

    @abstractmethod
    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """Where every unit stands; `done` are the units this change is known to have written."""

    @abstractmethod
    async def write(self, change: Change, unit: Unit) -> None:
        """Ask the vendor to bring one unit from `was` to `to`, under the vendor's own lock if it has one."""

    @classmethod
    @abstractmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """What a person would type to make this change without Stanch; secrets by name, as `$NAME`."""


async def planned(verb: Verb, request: PlanRequest) -> Change:
    """A verb made concrete, with the time that the vendor may take unless planning knew better."""
    change = await verb.plan(request)
    return change.model_copy(update={"settles_within": change.settles_within or verb.spec.takes})


class Reader(ABC):
    """One thing that can be read."""

    spec: ClassVar[ReadingSpec]

    def __init__(self, outside: Any) -> None:  # noqa: B027 - each provider keeps it under its own name
        """Takes what its integration's `connect` made."""

    @abstractmethod
    async def read(self, look: Look) -> Reading:
        """Look once; instants, never ages."""


@dataclass(frozen=True)
class Surroundings:
    """What a provider is connected with: its settings, the team's, and what must stay hidden."""

    settings: Provider
    redactor: Redactor
    fingerprint_key: bytes = field(default=b"", repr=False)
    references: dict[str, str] = field(default_factory=dict)
    """The team's named secrets, by reference."""

    def token(self, provider: str) -> str:
        """The provider's credential."""
        if self.settings.token is None:
            raise ConfigError(f"providers.{provider}.token is missing in stanch.yaml; write token: env:NAME")
        return self.redactor.read(self.settings.token)


@dataclass(frozen=True)
class Proof:
    """What a credential was seen to reach."""

    saw: str
    granted: frozenset[str] | None = None
    """The permissions it has, by the vendor's names; None where the vendor does not say."""


@dataclass(frozen=True)
class Credential:
    """How a vendor's credential is tried, and how a person makes one; `{name}` stands for the target's."""

    prove: Callable[[Any, Target], Awaitable[Proof]]
    """Takes what `connect` made, reads something of a target and changes nothing."""
    made_by: str
    keyless: Callable[[Provider], str] = lambda _: ""
    """What says who we are where these settings need no token; empty where they do."""
    reference: Callable[[Provider, Target], str | None] = lambda settings, _: settings.token
    """Where the secret is kept that a target is reached with; None where none is written."""
    written: str = "token: env:NAME"
    """How it is written under the provider's name in stanch.yaml."""


@dataclass(frozen=True)
class Integration:
    """One outside system: how it is connected, and what can be done and read there."""

    name: str
    connect: Callable[[Surroundings], Any]
    verbs: Sequence[type[Verb]] = ()
    readings: Sequence[type[Reader]] = ()
    target: TargetSpec | None = None
    vendor: bool = False
    """It takes a credential: it works only where `providers.NAME` is set."""
    credential: Credential | None = None
    settings: tuple[str, ...] = ()
    """What `providers.NAME` may say beside `token`, `base_url` and `status_page`."""
    pages: tuple[str, ...] = ()
    """Status pages that are known by name."""
    offers_none: Mapping[str, str] = field(default_factory=dict)
    """Verbs of other vendors that this one has nothing for, and why."""
    per_second: float | None = None
    """How many activities a second all workers together may begin there; None leaves it to the vendor."""

    @property
    def itself(self) -> Target:
        """What a credential is tried on where nothing runs there."""
        return Target(provider=self.name, name=self.name)


def largest_sizes(request: PlanRequest, wanted: str) -> tuple[str, ...]:
    """The largest size that each owner of the target allows; which is the least is the vendor's to tell."""
    said = request.limits.get("largest_size") or wanted
    return tuple(map(str, said)) if isinstance(said, list) else (str(said),)


def arguments_of(model: type[A], request: PlanRequest, was: dict[str, Any] | None = None) -> A:
    """The verb's arguments, with what speaks of `was.*` rendered from what was just read."""
    values = dict(request.arguments)
    if request.templates:
        known = {**request.facts, **{f"was.{name}": value for name, value in (was or {}).items()}}
        try:
            values |= templates.render_all(request.templates, facts.vocabulary_of(known), known)
        except (conditions.MissingFact, conditions.ConditionError) as error:
            raise PolicyError(Rule.EVIDENCE_MISSING, f"cannot work out {error}") from error
    return model.model_validate(values)
