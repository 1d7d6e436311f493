"""What the page of one incident shows beyond what the API answers: who may decide, and what you may say."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stanch.gateway.authentication import Caller
from stanch.gateway.incident_routes import IncidentDetails
from stanch.model.decision import NEEDS, Say
from stanch.model.incident import IncidentState, Phase, ToDo
from stanch.model.plan import Plan
from stanch.model.team import Team
from stanch.policy import approving, conditions, planning

_ALWAYS = (Say.ACKNOWLEDGE, Say.NOTE, Say.ESCALATE, Say.SEVERITY, Say.RESOLVE, Say.UNDO, Say.ABORT)
_MEANS = {
    Say.ACKNOWLEDGE: "I am on it",
    Say.NOTE: "Write a note",
    Say.ESCALATE: "Call for help",
    Say.SEVERITY: "Set how grave it is",
    Say.RESOLVE: "It is over",
    Say.UNDO: "Take back what was changed",
    Say.ABORT: "Stop: change nothing more",
}


class AnswerTone(StrEnum):
    """How what somebody said has ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True)
class SpokenAnswer:
    """What became of a word, as the API says it."""

    tone: AnswerTone
    text: str


@dataclass(frozen=True)
class WordOffer:
    """A word that can be said here, and who may."""

    say: Say
    means: str
    role: str
    may: bool


@dataclass(frozen=True)
class ShownIncident:
    """One incident, for one person."""

    details: IncidentDetails
    caller: Caller
    team: Team
    answer: SpokenAnswer | None = None

    @property
    def state(self) -> IncidentState:
        """What it remembers."""
        return self.details.state

    @property
    def asked(self) -> Plan | None:
        """The plan that waits for a yes or a no."""
        return self.details.plan if self.state.phase is Phase.APPROVE else None

    @property
    def missing(self) -> int:
        """How many more people have to say yes."""
        plan = self.asked
        return max(0, plan.asking.who.people - len(set(self.details.approvals))) if plan else 0

    @property
    def until(self) -> datetime | None:
        """Until when people have time to answer."""
        round_ = self.state.round
        return round_.put_at + round_.plan.asking.within if round_ and round_.put_at else None

    @property
    def deciders(self) -> list[str]:
        """Everybody who may say yes, by name."""
        return sorted(
            name
            for name, person in self.team.people.items()
            if person.token is not None and may(person.roles, Say.APPROVE)
        )

    @property
    def lowerable(self) -> dict[str, int | float]:
        """The numbers of the plan that may be lowered with a yes, as they are now."""
        plan = self.asked
        if plan is None or len(plan.steps) != 1 or self.state.pinned is None:
            return {}
        planned = plan.steps[0]
        basis = planning.basis_of(
            self.state, self.state.pinned, self.state.entered_at or self.state.opened_at
        )
        try:
            request = planning.plan_request(planned.step, planned.change.marker, basis)
        except conditions.MissingFact:
            return {}
        return {name: value for name, value in request.arguments.items() if approving.can_be_lowered(value)}

    @property
    def may_decide(self) -> bool:
        """Whether this person may."""
        return self.may(Say.APPROVE)

    @property
    def has_approved(self) -> bool:
        """Whether this person has said yes to it already."""
        return self.caller.name in self.details.approvals

    def may(self, say: Say) -> bool:
        """Whether this person has the right to say this."""
        return may(self.caller.roles, say)

    @property
    def may_tick(self) -> bool:
        """Whether this person may say that something is done."""
        return self.may(Say.DONE)

    @property
    def open_items(self) -> list[ToDo]:
        """What people still have to do."""
        return [item for item in self.state.to_do if item.done is None]

    @property
    def ticked(self) -> list[ToDo]:
        """What was done, or could not be."""
        return [item for item in self.state.to_do if item.done is not None]

    @property
    def words(self) -> list[WordOffer]:
        """What can be said to it at any time."""
        return [WordOffer(say, _MEANS[say], NEEDS[say], self.may(say)) for say in _ALWAYS]


def may(roles: tuple[str, ...], say: Say) -> bool:
    """Whether these roles let somebody say this; the incident asks again."""
    return bool({NEEDS[say], "admin"} & set(roles))
