"""What came of a playbook in a world: who was asked, what was changed, how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from stanch.model.incident import IncidentState, Outcome, Phase
from stanch.model.plan import Applied, Fate
from stanch.policy.conditions import Truth


@dataclass
class Story:
    """One incident in one world, as it is looked at while it goes on."""

    state: IncidentState | None = None
    """As it was seen last; nothing where no incident was opened."""
    fires: Truth | None = None
    """Whether the measured alert would fire, where nothing else was asked."""
    phases: set[Phase] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    """The options that people were asked about, in order."""
    refusals: list[str] = field(default_factory=list)
    """Words that were not heard, and why."""
    effects: list[str] = field(default_factory=list)
    """What really was changed at vendors, in order."""
    surprises: list[str] = field(default_factory=list)
    """What vendors were asked that no client should ask of them."""
    told: list[str] = field(default_factory=list)
    """What people were told, in their channels."""
    complaints: tuple[str, ...] = ()
    """What is still wrong in the world at the end."""
    stuck: bool = False
    """Nothing moved on any more, long before it came to an end."""
    copies: Mapping[str, int] = field(default_factory=dict)
    """How many copies of each service run in the end."""
    heard: Mapping[str, frozenset[Truth]] = field(default_factory=dict)
    """What every condition came to that was evaluated."""
    skipped: timedelta = timedelta(0)
    """How long it took by its own clock."""

    @property
    def changes(self) -> list[tuple[str, Fate]]:
        """Every step that was carried out, by what it is called, with what became of it."""
        return [(called(applied), applied.fate) for applied in (self.state.applied if self.state else ())]

    @property
    def held(self) -> bool:
        """Somewhere on the way it did nothing, on purpose."""
        return Phase.HOLD in self.phases

    @property
    def end(self) -> str:
        """How it ended, in a few words."""
        if self.fires:
            return "the alert would fire" if self.fires is Truth.TRUE else "the alert would not fire"
        if self.state is None:
            return "no incident was opened"
        if self.state.outcome:
            return str(self.state.outcome)
        if self.state.phase is Phase.WATCH and not self.state.in_hand:
            return "watched: all is well, and the alert goes on"
        if self.state.in_hand and self.state.handed_over_because:
            return f"handed over: {self.state.handed_over_because}"
        waits = {
            Phase.HANDED_OVER: f"handed over: {self.state.handed_over_because}",
            Phase.BY_HAND: "waits for what is done by hand",
            Phase.HOLD: "still holds",
        }
        return waits.get(
            self.state.phase, f"did not end: {self.state.phase}, waits for {self.state.waiting_for}"
        )

    @property
    def is_in_hand(self) -> bool:
        """People have it: it was handed over, or is left to them to do."""
        state = self.state
        return state is not None and (
            state.in_hand
            or state.phase in (Phase.HANDED_OVER, Phase.BY_HAND)
            or state.outcome is Outcome.HANDED_OVER
        )

    @property
    def not_confirmed(self) -> bool:
        """All was well when it was looked at, and so it stayed."""
        state = self.state
        if state is None or state.applied or self.is_in_hand:
            return False
        said = any(entry.kind == "not-confirmed" for entry in state.timeline)
        return said and state.outcome in (None, Outcome.NOT_CONFIRMED)

    @property
    def missing(self) -> frozenset[str]:
        """The evidence that somewhere on the way nobody answered for."""
        entries = self.state.timeline if self.state else ()
        read = (entry.text.partition(": ") for entry in entries if entry.kind == "evidence")
        return frozenset(name for name, _, said in read if said.startswith("missing: "))

    @property
    def by_hand(self) -> list[str]:
        """What is on the list of what people do."""
        return [item.do for item in self.state.to_do] if self.state else []

    @property
    def facts(self) -> Mapping[str, object]:
        """For machines."""
        return {
            "end": self.end,
            "severity": self.state and (self.state.label or str(self.state.severity)),
            "asked": self.asked,
            "changes": [{"change": name, "fate": str(fate)} for name, fate in self.changes],
            "by_hand": self.by_hand,
            "minutes": round(self.skipped.total_seconds() / 60),
            "still_wrong": list(self.complaints),
        }


def called(applied: Applied) -> str:
    """A step by what the playbook calls it, or by its verb without the vendor."""
    step = applied.planned.step
    return step.called or step.uses.rpartition(".")[2]
