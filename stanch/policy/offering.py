"""What can be chosen from where the choices have to be read, and what of that is still to be chosen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from stanch.model.evidence import MADE_AT, ExpressionVariable
from stanch.model.incident import IncidentState
from stanch.model.playbook import Pinned, PinnedInput
from stanch.plain import lasting
from stanch.policy import facts

_INSTANTS: TypeAdapter[tuple[datetime | None, ...]] = TypeAdapter(tuple[datetime | None, ...])
_SHOWN = 12


@dataclass(frozen=True)
class Offer:
    """One choice, and when it came to be, where the reading knows."""

    name: str
    made_at: datetime | None = None

    def said(self, now: datetime) -> str:
        """`gs://exports/a (2026-11-20 02:00 UTC, 25 h ago)`."""
        if self.made_at is None:
            return self.name
        return f"{self.name} ({self.made_at:%Y-%m-%d %H:%M} UTC, {lasting(now - self.made_at)} ago)"


def awaited(state: IncidentState) -> frozenset[str]:
    """The evidence that lists what is still to be chosen from."""
    if state.pinned is None:
        return frozenset()
    texts = (fact for one in _unsettled(state, state.pinned) for fact in one.facts)
    return facts.evidence_in(state.pinned.variables, *texts)


def questions(state: IncidentState, now: datetime) -> tuple[str, ...]:
    """What has to be chosen yet, with what can be; none once everything that was chosen is on its list."""
    pinned = state.pinned
    if pinned is None:
        return ()
    asked = ((one, pinned.asked.get(one.name, "")) for one in _unsettled(state, pinned))
    return tuple(text for one, value in asked if (text := _question(one, value, state, pinned, now)))


def chosen(pinned: Pinned) -> dict[str, str]:
    """What was chosen from lists that are read."""
    return {
        one.name: pinned.asked[one.name] for one in pinned.inputs if one.facts and one.name in pinned.asked
    }


def _unsettled(state: IncidentState, pinned: Pinned) -> Iterator[PinnedInput]:
    for one in pinned.inputs:
        value = pinned.asked.get(one.name, "")
        if one.facts and (not value or state.settled.get(one.name) != value):
            yield one


def _question(one: PinnedInput, value: str, state: IncidentState, pinned: Pinned, now: datetime) -> str:
    """Empty where the value is on the list. What could not be read is named: it may be there."""
    known = [variable for fact in one.facts if (variable := pinned.variables.get(fact))]
    offers = [offer for variable in known for offer in _offers(state, variable)]
    if value in {offer.name for offer in offers}:
        return ""
    wanted = f"there is no {value}; " if value else ""
    names = [offer.said(now) for offer in offers]
    more = (f"{len(names) - _SHOWN} more",) if len(names) > _SHOWN else ()
    listed = ", ".join((*names[:_SHOWN], *more)) or "nothing that was read"
    return "; ".join((f"{one.name}: {wanted}there is {listed}", *_unread(state, known)))


def _offers(state: IncidentState, variable: ExpressionVariable) -> Iterator[Offer]:
    evidence, *keys = variable.path
    found: Any = state.evidence[evidence].result if evidence in state.evidence else None
    for key in keys[:-1]:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return
    names = found.get(keys[-1]) or ()
    made = _INSTANTS.validate_python(found.get(f"{keys[-1]}{MADE_AT}") or [None] * len(names))
    for name, at in zip(names, made, strict=True):
        yield Offer(str(name), at)


def _unread(state: IncidentState, known: list[ExpressionVariable]) -> Iterator[str]:
    for name in dict.fromkeys(variable.path[0] for variable in known):
        found = state.evidence.get(name)
        if found is None or not found.known:
            yield f"{name} is missing" + (f" ({found.missing_because})" if found else "")
