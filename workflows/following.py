"""What follows an option that was verified: one by one, and dropped by name where it is not done any more."""

from workflows.memory import IncidentMemory


def advance(memory: IncidentMemory) -> None:
    """The first of it is done, or needless; the next is due."""
    following = memory.state.following
    if following is not None:
        memory.state.following = following.model_copy(update={"steps": following.steps[1:]})


def drop(memory: IncidentMemory, because: str) -> None:
    """What was still to be done is not, by name."""
    state = memory.state
    following = state.following or (state.round.follows if state.round else None)
    names = ", ".join(step.name for step in following.steps) if following else ""
    state.following = None
    if names:
        memory.note("then", f"not done any more: {names}: {because}")
