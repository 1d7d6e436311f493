"""The ladder beside the incident: the longer it is unmitigated, the more people know."""

from stanch.model.incident import IncidentState
from stanch.model.severity_levels import PinnedRung
from stanch.plain import lasting
from stanch.policy import audience
from workflows import patience, to_do
from workflows.memory import IncidentMemory


async def climb(memory: IncidentMemory) -> None:
    """One rung after the other, as long as nothing has recovered; what comes back goes on climbing.

    The ladder is that of the scenario in force: a graver one climbs its own, and calls nobody twice.
    """
    while True:
        rung = _next(memory)
        since = memory.state.bad_since or memory.state.opened_at
        changed = await patience.within(
            lambda rung=rung, since=since: _is_other(memory, rung, since),  # type: ignore[misc]
            rung.after - (memory.outside.now() - since) if rung else None,
            f"escalation to {rung.to}" if rung else "a ladder",
        )
        if not changed and rung is not None:
            _call(memory, rung)


def climb_one(memory: IncidentMemory) -> bool:
    """The next rung before its time; False where there is none."""
    rung = _next(memory)
    if rung is not None:
        _call(memory, rung)
    return rung is not None


def _next(memory: IncidentMemory) -> PinnedRung | None:
    """The rung to wait for; none while it is mitigated or when all have been climbed."""
    if memory.state.recovered_at is not None or memory.state.outcome is not None:
        return None
    grave = (rung for rung in memory.pinned.escalation if _is_for(rung, memory.state))
    return next((rung for rung in grave if _name(rung) not in memory.state.called), None)


def _is_for(rung: PinnedRung, state: IncidentState) -> bool:
    """True where the rung names no severity, or this one, and nothing has made it needless."""
    if rung.unless == "acknowledged" and state.acknowledged_by:
        return False
    named = rung.label in ("", state.label)
    return named and (not rung.severity or state.severity in rung.severity)


def _is_other(memory: IncidentMemory, rung: PinnedRung | None, since: object) -> bool:
    now_since = memory.state.bad_since or memory.state.opened_at
    return _next(memory) != rung or now_since != since


def _call(memory: IncidentMemory, rung: PinnedRung) -> None:
    memory.state.called = (*memory.state.called, _name(rung))
    to_do.add(memory, rung.manual)
    offered = f"; offered: stanch open {rung.offer}" if rung.offer else ""
    if rung.offer:
        memory.note("offer", f"offered to {rung.to}: {rung.offer}")
    since = memory.outside.now() - (memory.state.bad_since or memory.state.opened_at)
    began = f"unmitigated after {lasting(min(since, rung.after))}"
    channels = ", ".join(audience.called_by((rung.to,), memory.state, memory.pinned))
    if channels:
        memory.note("escalation", f"{began}: {rung.to} is told by {channels}")
    else:
        text = f"{rung.to} should be told and could not be: no channel is configured"
        memory.note("escalation", f"{began}: {text}")
    memory.call((rung.to,), "escalation", f"{began}: {rung.to}, please look{offered}")


def _name(rung: PinnedRung) -> str:
    return f"{rung.after.total_seconds():g}s-{rung.to}"
