"""Nobody is lost: where a channel does not take a call, or not soon enough, another one is asked as well."""

from stanch.model.message import Summons
from stanch.policy import summons
from workflows import patience, sending
from workflows.memory import IncidentMemory


async def see_to(memory: IncidentMemory) -> None:
    """As long as the incident is open; a call goes on where it stood when a run ended."""
    while True:
        for call in memory.state.calls:
            _go_on(memory, call)
        seen = _seen(memory)
        times = [at for at in map(summons.due, memory.state.calls) if at is not None]
        left = min(times) - memory.outside.now() if times else None
        await patience.within(lambda seen=seen: _seen(memory) != seen, left, "whoever is called")  # type: ignore[misc]


def _seen(memory: IncidentMemory) -> object:
    state = memory.state
    return (state.calls, bool(state.acknowledged_by), state.outcome)


def _go_on(memory: IncidentMemory, call: Summons) -> None:
    state, now = memory.state, memory.outside.now()
    if summons.is_over(call, state):
        _end(memory, call)
    elif call.ways and summons.wants_another(call, now):
        further = summons.asked_next(call, now)
        channel, names = further.trying[-1], call.left or call.names
        state.calls = summons.replaced(state.calls, call.id, lambda _: further)
        memory.note("call", f"{', '.join(names)}: {channel} is asked too")
        sending.put(memory, channel, call.kind, call.text, calls=names, call=call.id)
    elif not call.ways and not call.took and not call.unreached and summons.wants_another(call, now):
        lost = call.model_copy(update={"unreached": True})
        state.calls = summons.replaced(state.calls, call.id, lambda _: lost)
        memory.note("call", f"nobody was reached: {', '.join(call.names)}")
    elif call.unreached and not call.trying and now >= call.since + summons.AGAIN:
        state.calls = tuple(one for one in state.calls if one.id != call.id)
        sending.call(memory, call.names, call.kind, call.text)
        state.calls = summons.replaced(
            state.calls, state.calls[-1].id, lambda one: one.model_copy(update={"unreached": True})
        )


def _end(memory: IncidentMemory, call: Summons) -> None:
    state = memory.state
    state.calls = tuple(one for one in state.calls if one.id != call.id)
    if call.took and call.unreached:
        memory.note("call", f"reached after all: {', '.join(call.names)} by {', '.join(call.took)}")
    if call.took and call.left and state.outcome is None and not state.acknowledged_by:
        memory.note("call", f"{', '.join(call.left)} has no address that any channel takes")
