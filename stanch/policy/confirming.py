"""Whether all is well, by the checks: also where Stanch itself is not let in to one of them."""

from collections.abc import Sequence

from stanch.model.incident import IncidentState
from stanch.model.watching import End, Watched

_AS_VISITORS = "probe"


def has_acted(state: IncidentState) -> bool:
    """Something was changed since it opened, or came back for the last time."""
    return any(state.bad_since is None or applied.at >= state.bad_since for applied in state.applied)


def is_well(ends: Sequence[Watched]) -> bool:
    """Every check is good."""
    return all(end.end is End.GOOD for end in ends)


def is_well_for_visitors(ends: Sequence[Watched]) -> bool:
    """Every check is good that lets Stanch in, and one of them asks for what visitors ask for.

    That Stanch's own access is refused says nothing of the service. What merely does not answer may be the
    very thing that an alert is about.
    """
    heard = [end for end in ends if end.end is not End.REFUSED]
    return is_well(heard) and any(end.uses.partition(".")[0] == _AS_VISITORS for end in heard)


def refusals(ends: Sequence[Watched]) -> tuple[str, ...]:
    """What Stanch itself is not let in to, each with the reason."""
    return tuple(f"{end.uses}: {end.because}" for end in ends if end.end is End.REFUSED)
