"""Something that only people can do: it waits until they say that it is done, or that it cannot be."""

from stanch.model.incident import Phase, ToDo
from stanch.plain import one_line
from workflows import patience
from workflows.memory import IncidentMemory


async def run(memory: IncidentMemory) -> Phase:
    """Until everything is ticked, one thing cannot be done, or what was decided on is no longer so."""
    state, items = memory.state, _waited_for(memory)
    if not items:
        return Phase.TRIAGE
    memory.show_waiting_for(f"people: {one_line('; '.join(item.do for item in items))}")
    await patience.within(
        lambda: not _open(memory) or memory.interrupted() or bool(memory.state.requested) or memory.is_long(),
        None,
        "people",
    )
    if memory.interrupted() or state.requested:
        return Phase.TRIAGE
    if _open(memory):
        return Phase.BY_HAND
    done = all(item.done for item in _waited_for(memory))
    state.tried = (*state.tried, items[0].option)
    return Phase.VERIFY if done else Phase.TRIAGE


def _waited_for(memory: IncidentMemory) -> list[ToDo]:
    """What the last option is about that was left to people."""
    state = memory.state
    option = next((one.option for one in reversed(state.to_do) if one.option not in ("", *state.tried)), "")
    return [one for one in state.to_do if option and one.option == option]


def _open(memory: IncidentMemory) -> bool:
    """Nobody has said of all of it that it is done, or of one thing that it cannot be."""
    ticks = [item.done for item in _waited_for(memory)]
    return None in ticks and False not in ticks
