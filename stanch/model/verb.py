"""What the product knows of each verb and reading before it runs: the catalogue's rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from stanch.model.base import Written
from stanch.model.change import Direction, Kind, UndoKind
from stanch.model.course import Course
from stanch.model.evidence import Reading


class Approval(StrEnum):
    """How many different people have to say yes."""

    NOBODY = "nobody"
    ONE = "one"
    TWO = "two"

    @property
    def people(self) -> int:
        """0, 1 or 2."""
        return list(Approval).index(self)

    def at_least(self, floor: "Approval") -> "Approval":
        """The stricter of the two."""
        return max(self, floor, key=lambda approval: approval.people)


class AutomationMode(StrEnum):
    """How far a scenario or step may go by itself."""

    SHADOW = "shadow"
    APPROVE = "approve"
    AUTO = "auto"

    @property
    def rank(self) -> int:
        """0, 1 or 2: how much it lets Stanch do."""
        return list(AutomationMode).index(self)

    def at_most(self, ceiling: "AutomationMode") -> "AutomationMode":
        """The one of the two that does less."""
        return min(self, ceiling, key=lambda mode: mode.rank)


class NoHelp(StrEnum):
    """What becomes of a step whose verification failed."""

    UNDO = "undo"
    KEEP = "keep"


class Risk(StrEnum):
    """What the worst likely outcome of a change is, beside that it does not help."""

    LOW = "low"
    """Nothing that visitors notice."""
    MEDIUM = "medium"
    """Visitors may notice for a moment: restarts, cold caches, an older release."""
    HIGH = "high"
    """Data, secrets or reachability are at stake."""


class NoArguments(Written):
    """Takes nothing."""


@dataclass(frozen=True)
class ReadingSpec:
    """One row: a reading, what it takes and what it answers."""

    name: str
    says: str
    result: type[Reading]
    arguments: type[Written] = NoArguments
    of: str = ""
    """The provider whose target it reads; empty when it needs none."""
    also_of: tuple[str, ...] = ()
    """Providers on the same account whose targets it reads too."""
    visitor: str = ""
    """The argument that names the scenario's own service, where that is at `of` and nothing is written."""
    good_when: str = ""
    """The condition a check on this reading passes by, unless the playbook writes its own."""
    needs: tuple[str, ...] = ()
    """The vendor's names of the permissions it takes."""
    stands_for: str = ""
    """Written once for every provider: read as `PROVIDER.` and this, where the service runs."""
    everywhere: bool = False
    """It is asked of every provider that the service runs on, and answered as one."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Of a reading whose `metric` says what is measured: each name with its unit, `s`, `share` or nothing."""
    series: tuple[str, ...] = ()
    """What it can be asked for beside its number: `usual`, `before`, `slope_per_hour`."""
    also_first: bool = False
    """A place under `also_on` that has it comes before the one that the service runs on."""
    leaves_out: tuple[str, ...] = ()
    """The facts of the common reading that this vendor does not tell."""


@dataclass(frozen=True)
class VerbSpec:
    """One row: a verb, what it takes, how it may be used and taken back."""

    name: str
    says: str
    kind: Kind
    undo: UndoKind
    arguments: type[Written] = NoArguments
    of: str = ""
    was: Mapping[str, str] = field(default_factory=dict)
    """`was.*` that planning reads, by value type, for use in `with:`."""
    floor: Approval = Approval.NOBODY
    if_no_help: NoHelp = NoHelp.KEEP
    effects: tuple[str, ...] = ()
    risk: Risk = Risk.MEDIUM
    needs: tuple[str, ...] = ()
    """The vendor's names of the permissions it takes, beside those of reading."""
    takes: timedelta = timedelta(minutes=5)
    """How long the vendor may be at work; what takes longer is still under way then, not failed."""
    course: Course | None = None
    """What it waits for, how long that takes as a rule, and when visitors have it."""
    takes_away: tuple[Direction, ...] = ()
    """The ways on which what runs or is kept goes first, and only a vendor that is well brings it back."""
    awaits_health: bool = False
    """It is done only when what it started is well."""
    brings_health: bool = False
    """It brings back what was well: the only one that a bad release lets succeed."""
    instant: bool = False
    """Nothing is built, restarted or deployed, and everybody has it within a minute."""
    formerly: tuple[str, ...] = ()
    """What it was called before: refused with the name of today."""


@dataclass(frozen=True)
class PortableVerb:
    """A verb's name without a vendor's: the provider's own of that name takes at least these arguments."""

    name: str
    says: str
    arguments: type[Written]


@dataclass(frozen=True)
class TargetSpec:
    """How `runs_on` names a target of one provider; `name` is the field that identifies it."""

    model: type[Written]
    name: str


@dataclass(frozen=True)
class Catalogue:
    """Every verb, reading and kind of target the running product has."""

    verbs: Mapping[str, VerbSpec]
    readings: Mapping[str, ReadingSpec]
    targets: Mapping[str, TargetSpec]
    settings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of each provider, what it may be told beside what all are told."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Of each provider that has no settings of its own, the one whose settings it uses."""
    pages: frozenset[str] = frozenset()
    """Status pages whose addresses are known by name."""
    portable_verbs: Mapping[str, PortableVerb] = field(default_factory=dict)
    """Verbs that a playbook names without a vendor, by that name."""
    offers_none: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By provider and name, why the vendor has nothing of that name: a verb, or a reading."""
