"""How a call goes on: what a channel answers, and which one is asked next."""

from collections.abc import Callable
from datetime import datetime, timedelta

from stanch.model.incident import IncidentState
from stanch.model.message import Delivered, Summons

SHORTLY = timedelta(minutes=1)
"""How long a channel has to take a call before another one is asked as well."""
AGAIN = timedelta(minutes=5)
"""After so long every channel is asked once more where none has taken it."""


def answered(call: Summons, channel: str, told: Delivered) -> Summons:
    """A channel has taken it; who cannot be addressed there is left for others."""
    left = told.missed if not call.took else tuple(name for name in call.left if name in told.missed)
    return call.model_copy(
        update={"took": (*call.took, channel), "left": left, "trying": _without(call.trying, channel)}
    )


def refused(call: Summons, channel: str) -> Summons:
    """A channel has not taken it, and is not asked any more."""
    return call.model_copy(update={"trying": _without(call.trying, channel)})


def asked_next(call: Summons, now: datetime) -> Summons:
    """One channel further."""
    channel, *rest = call.ways
    return call.model_copy(update={"trying": (*call.trying, channel), "ways": tuple(rest), "since": now})


def is_over(call: Summons, state: IncidentState) -> bool:
    """Nothing more is to be done: all were reached, or whoever was has it in hand, or it has ended."""
    if state.outcome is not None:
        return True
    return bool(call.took) and (not call.left or bool(state.acknowledged_by) or not call.ways)


def wants_another(call: Summons, now: datetime) -> bool:
    """Whoever is called is not reached by the channels that were asked, or not soon enough."""
    return bool(call.took) or not call.trying or now >= call.since + SHORTLY


def due(call: Summons) -> datetime | None:
    """When it is to be looked at again, whatever the channels answer until then."""
    if call.unreached:
        return None if call.trying else call.since + AGAIN
    return call.since + SHORTLY


def replaced(calls: tuple[Summons, ...], of: str, by: Callable[[Summons], Summons]) -> tuple[Summons, ...]:
    """The calls, one of them gone on."""
    return tuple(by(call) if call.id == of else call for call in calls)


def _without(channels: tuple[str, ...], channel: str) -> tuple[str, ...]:
    return tuple(one for one in channels if one != channel)
