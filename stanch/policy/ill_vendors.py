"""Whether a provider is ill by our own readings, whatever its status page says.

What runs goes on running while the vendor's control plane is away, read-only or half there, as long as nobody
takes it away: what was stopped then may not start again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from stanch.model.change import Change
from stanch.model.incident import IncidentState
from stanch.model.incident_parts import Unanswered

RECENT = timedelta(minutes=10)
"""What was not answered longer ago says nothing of now."""
_NO_ANSWER = ("Unavailable", "TimeoutError")


def provider_of(asked: str) -> str:
    """The outside system that a reading or verb asks."""
    return asked.partition(".")[0]


def is_no_answer(kind: str) -> bool:
    """Whether a failure of this class is one of the vendor's, and no word of it."""
    return kind in _NO_ANSWER


def ill(state: IncidentState, provider: str, now: datetime) -> str:
    """What of a provider does not answer, and what does; empty where nothing is known to be ill."""
    silent = [one for one in _recent(state, now) if provider_of(one.asked) == provider]
    if not silent:
        return ""
    well = {found.uses for found in state.evidence.values() if found.known}
    answers = sorted(uses for uses in well if provider_of(uses) == provider)
    half = f"; {', '.join(answers)} answered" if answers else ""
    said = ", ".join(map(_said, silent))
    return f"{provider} is ill by our own readings, whatever its status page says: {said}{half}"


def refusal(changes: Iterable[Change], state: IncidentState, now: datetime) -> str:
    """Why the first of these changes that takes something away has to be left alone; empty where none has."""
    for change in changes:
        if change.takes_something_away and (why := ill(state, provider_of(change.verb), now)):
            return f"{why}; {change.summary}: what that takes away might not come back"
    return ""


def _recent(state: IncidentState, now: datetime) -> list[Unanswered]:
    return [one for one in state.unanswered if now - one.at <= RECENT]


def _said(one: Unanswered) -> str:
    return f"{one.asked} did not answer at {one.at:%H:%M:%S} ({one.because})"
