"""What an incident does once at most: no plan a second time, and never back to what it wanted to leave."""

from collections.abc import Collection

from stanch.model.base import digest_of
from stanch.model.change import SecretRef
from stanch.model.plan import Plan
from stanch.policy.requests import Refused
from stanch.rules import Rule

_SEPARATOR = "\t"
_NAMES_ITSELF = 12
"""A text of so many characters is a digest or an id, which means the same on whatever unit it stands."""


def already_tried(plan: Plan, digests: Collection[str]) -> Refused | None:
    """The refusal of a plan that was carried out in this incident already; None for a new one."""
    if plan.digest not in digests:
        return None
    because = f"{plan.summary} ({plan.digest}) was tried in this incident already, and did not help"
    return Refused(Rule.TRIED_ALREADY, because, final=False)


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
