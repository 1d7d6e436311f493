"""Which option is next: in order, the first whose condition is true; a doubtful one never acts.

No plan is carried out a second time in an incident, and none goes back to what another wanted to leave.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stanch.model.base import digest_of
from stanch.model.change import SecretRef
from stanch.model.plan import Plan
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.verb import Approval
from stanch.policy import conditions, facts, templates
from stanch.policy.condition_words import spoken
from stanch.policy.planning import Refused
from stanch.rules import Rule


@dataclass(frozen=True)
class Choice:
    """The option to take, if any, and why the ones before it were not taken."""

    option: PinnedOption | None
    passed_over: tuple[str, ...]
    waits_for: tuple[str, ...] = ()
    """The evidence without which nothing can be said yet; nothing is chosen then."""
    least: Approval = Approval.NOBODY
    """How many people are asked at least, whatever the option says."""
    asked_because: str = ""


def choose(
    pinned: Pinned,
    tried: Sequence[str],
    known: Mapping[str, Any],
    *,
    refused: Collection[str] = (),
    pending: Collection[str] = (),
) -> Choice:
    """The first untried option that is true of what is known.

    After one that cannot be decided, or was `refused`, somebody is asked: what should have been done first
    was not. An earlier option is waited for while any of its evidence is `pending`.
    """
    names = facts.declared(pinned.variables)
    passed: list[str] = []
    doubts: list[str] = []
    for option in pinned.options:
        if option.name in tried:
            doubts += [f"{option.name} was refused"] if option.name in refused else []
            continue
        said = conditions.evaluate(option.when, names, known) if option.when else _ALWAYS
        undecidable = said.truth is conditions.Truth.UNDECIDABLE
        texts = (option.when,) if undecidable else templates.texts_of(option) if said else ()
        needed = facts.evidence_in(pinned.variables, *texts)
        if waits_for := tuple(name for name in pending if name in needed):
            return Choice(None, tuple(passed), waits_for)
        if said:
            least = Approval.ONE if doubts else Approval.NOBODY
            return Choice(option, tuple(passed), (), least, "; ".join(doubts))
        why = f"cannot be decided ({said.because})" if undecidable else "not so"
        passed.append(f"{option.name}: {spoken(option.when)}: {why}")
        doubts += [f"{option.name} cannot be decided"] if undecidable else []
    return Choice(None, tuple(passed))


_ALWAYS = conditions.Evaluation(conditions.Truth.TRUE)


_SEPARATOR = "\t"
_NAMES_ITSELF = 12
"""A text of so many characters is a digest or an id, which means the same on whatever unit it stands."""


def already_tried(plan: Plan, digests: Collection[str]) -> Refused | None:
    """The refusal of a plan that was carried out in this incident already; None for a new one."""
    if plan.digest not in digests:
        return None
    because = f"{plan.summary} ({plan.digest}) was tried in this incident already, and did not help"
    return Refused(Rule.TRIED_ALREADY, because)


def condemned_by(plan: Plan) -> tuple[str, ...]:
    """What a plan wants to get away from, briefly enough to be remembered: a line for each unit."""
    changes = [planned.change for planned in plan.steps]
    return tuple(
        _SEPARATOR.join((change.target.key, unit.id, _digest(unit.was)))
        for change in changes
        for unit in change.units
    )


def returns_to(plan: Plan, condemned: Collection[str]) -> str:
    """The unit that a plan would bring back to what was condemned, with why; empty when there is none.

    A value that names itself, such as an image's digest, is known again on any unit of the target: whoever
    deployed meanwhile may have replaced the units.
    """
    lines = {tuple(line.split(_SEPARATOR)) for line in condemned}
    anywhere = {(target, value) for target, _, value in lines}
    for planned in plan.steps:
        key = planned.change.target.key
        for unit in planned.change.units:
            to = _digest(unit.to)
            if (key, unit.id, to) in lines or (_names_itself(unit.to) and (key, to) in anywhere):
                return f"{planned.change.summary} would bring {unit.id} of {key} back to what was to be left"
    return ""


def _digest(value: object) -> str:
    return digest_of(value.model_dump() if isinstance(value, SecretRef) else value)


def _names_itself(value: object) -> bool:
    return bool(value) and (
        isinstance(value, (SecretRef, dict, list)) or (isinstance(value, str) and len(value) >= _NAMES_ITSELF)
    )
