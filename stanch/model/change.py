"""A change: what stands, what shall stand, and the way back, as values.

Everything is resolved once, in planning, and recorded before anybody is asked. Acting compares each unit
with `was` and `to`; a value that is neither means that somebody else acted, and nothing is done.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, Field, JsonValue, model_validator

from stanch.model.base import Frozen, digest_of
from stanch.model.course import Course


class SecretRef(Frozen):
    """A secret as a value: its name, and a keyed fingerprint that tells whether it rotated since."""

    secret: str
    fingerprint: str


class Target(Frozen):
    """One thing at one provider that changes act on; the guard keeps one per `key`."""

    provider: str
    name: str
    at: dict[str, str] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """`fly:slurpy-backend`."""
        return f"{self.provider}:{self.name}"


def target_of(key: str) -> Target:
    """The target of a guard's key, as far as the key names it."""
    provider, _, name = key.partition(":")
    return Target(provider=provider, name=name)


class Kind(StrEnum):
    """A state verb reaches an end state; an act only happens."""

    STATE = "state"
    ACT = "act"


class Delivery(StrEnum):
    """How often the change may reach the vendor when an answer is lost."""

    ONCE = "once"
    AT_LEAST_ONCE = "at least once"


class Direction(StrEnum):
    """Which way a change goes between `was` and `to` of its plan."""

    THERE = "there"
    BACK = "back"


class UndoKind(StrEnum):
    """What taking a change back means."""

    RESTORES = "restores"
    COMPENSATES = "compensates"
    NONE = "none"


class Undo(Frozen):
    """The way back, declared in planning."""

    kind: UndoKind
    why: str = ""


class Unit(Frozen):
    """One part of a target that changes on its own: a machine, a flag, an alias."""

    id: str
    was: SecretRef | JsonValue
    to: SecretRef | JsonValue

    def swapped(self) -> "Unit":
        """The same unit on its way back."""
        return Unit(id=self.id, was=self.to, to=self.was)


class Trail(Frozen):
    """What one change is known to have sent: kept before anything is sent, and told with every failure."""

    sent: dict[str, AwareDatetime] = Field(default_factory=dict)
    """Each unit that was sent to the vendor, and when last."""
    done: tuple[str, ...] = ()
    """Those of them that the vendor answered well."""
    first_look: AwareDatetime | None = None
    """When this change was first compared with what stands."""
    after: AwareDatetime | None = None
    """When the change that this one takes back or puts right was last written: what is read may be older."""

    @property
    def perhaps(self) -> tuple[str, ...]:
        """The units that were sent and whose outcome nobody knows."""
        return tuple(unit for unit in self.sent if unit not in self.done)


class Seal(Frozen):
    """What a worker vouches for that has planned a change."""

    workflow: str
    """The incident it was planned for."""
    people: int
    """How many have to say yes: by playbook, mode and the verb's floor."""
    shadow: bool = False
    """It is only said what would be done."""
    silence: bool = False
    """The playbook lets silence stand for a yes."""
    lowered: str = ""
    """Names the word that lowered a parameter of it, and that approves it so."""
    signature: str = ""


_DIGESTED = {
    "verb", "kind", "target", "units", "undo", "effects", "afterwards", "settings", "limits", "delivery",
}  # fmt: skip


_BACK = "-undo"


def marks_way_back(marker: str) -> bool:
    """Whether a marker found at a vendor is of a change that took another one back."""
    return marker.endswith(_BACK)


class Change(Frozen):
    """One verb on one target, resolved to values."""

    verb: str
    kind: Kind
    target: Target
    units: tuple[Unit, ...]
    undo: Undo
    summary: str
    because: str = ""
    effects: tuple[str, ...] = ()
    afterwards: tuple[Unit, ...] = ()
    """Side effects of the vendor that are put right when the incident closes."""
    direction: Direction = Direction.THERE
    settings: dict[str, Any] = Field(default_factory=dict)
    """What acting needs besides the units, in the shape its verb declares: public, part of the digest."""
    limits: dict[str, JsonValue] = Field(default_factory=dict)
    """The limits that capped `to`."""
    delivery: Delivery = Delivery.ONCE
    settles_within: timedelta | None = None
    """How long the vendor may be at work, where that is longer than usual."""
    course: Course | None = None
    """What its verb waits for, and when visitors have it then."""
    takes_away: tuple[Direction, ...] = ()
    """The ways on which what runs or is kept goes first, and only a vendor that is well brings it back."""
    marker: str = ""
    """The incident's number and step: written where the vendor keeps free text."""
    nothing_to_do: str = ""
    """Why there is nothing to change, where that is so: `cap reached`, `already there`."""
    seal: Seal | None = None
    """By whom it was planned; nothing is made without."""
    origin: "Change | None" = None
    """The sealed change that this one takes back or puts right."""
    trail: Trail = Trail()
    """What an earlier call that made this change had sent when it ended; whoever asks again hands it on."""

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_recorded(cls, data: Any) -> Any:
        """Histories of before the direction was a field say `undo` among the settings."""
        if isinstance(data, dict) and "undo" in (said := data.get("settings") or {}):
            settings = {name: value for name, value in said.items() if name != "undo"}
            return {**data, "settings": settings, "direction": Direction.BACK}
        return data

    @property
    def goes_back(self) -> bool:
        """True of a change that takes another one back."""
        return self.direction is Direction.BACK

    @property
    def takes_something_away(self) -> bool:
        """True of a change that has to be left alone while its vendor is ill."""
        return self.direction in self.takes_away

    @property
    def planned_as(self) -> str:
        """The marker of the plan: that of the way there, on the way back too."""
        return self.origin.marker if self.origin else self.marker

    @property
    def digest(self) -> str:
        """Over what would be done, never over the evidence, which moves every minute."""
        spoken = {"direction"} if self.goes_back else set()
        return digest_of(self.model_dump(mode="json", include=_DIGESTED | spoken))

    def undone(self, begun: Collection[str] | None = None, wrote_at: datetime | None = None) -> "Change":
        """The change that takes this one back, as far as it had `begun`; only where the undo restores.

        `wrote_at` is when this one was last written.
        """
        units = self.units if begun is None else [unit for unit in self.units if unit.id in begun]
        return self._after(
            _BACK,
            wrote_at,
            units=tuple(unit.swapped() for unit in reversed(units)),
            direction=Direction.BACK,
            summary=f"take back: {self.summary}",
        )

    def put_right(self, wrote_at: datetime | None = None) -> "Change":
        """The change that puts the vendor's side effects right when the incident closes."""
        return self._after(
            "-after",
            wrote_at,
            units=self.afterwards,
            afterwards=(),
            takes_away=(),
            summary=f"put right after: {self.summary}",
        )

    def _after(self, mark: str, wrote_at: datetime | None, **changed: Any) -> "Change":
        origin = self.model_copy(update={"trail": Trail()})
        trail = Trail(after=wrote_at)
        update = {"marker": f"{self.marker}{mark}", "trail": trail, "seal": None, "origin": origin}
        return self.model_copy(update={**update, **changed})


class PlanRequest(Frozen):
    """What a verb is planned from."""

    target: Target
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    templates: dict[str, JsonValue] = Field(default_factory=dict)
    """Arguments that speak of `was.*` and are rendered where it is read."""
    facts: dict[str, Any] = Field(default_factory=dict)
    as_of: AwareDatetime
    first_bad_at: AwareDatetime | None = None
    marker: str = ""
    limits: dict[str, JsonValue] = Field(default_factory=dict)
