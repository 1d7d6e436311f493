"""What is held back: on record until it goes back, asked about, and taken for a cure by nobody."""

from stanch.model.incident import Phase
from stanch.model.plan import Applied, Containment, Plan, PlannedStep, Purpose
from stanch.model.playbook import Asking, Back, PinnedOption
from stanch.model.verb import Approval
from stanch.policy import telling
from workflows import patience
from workflows.memory import IncidentMemory


def record(memory: IncidentMemory, option: PinnedOption) -> None:
    """What has just been done holds the trouble back from now on."""
    state, plan = memory.state, memory.round.plan
    found = Containment(
        option=option, plan=plan, since=memory.outside.now(), decisions=memory.round.decisions
    )
    state.contained = (*state.contained, found)
    state.mitigated = None
    by = f"approved by {', '.join(state.approvals)}" if state.approvals else "nobody was asked"
    text = f"contained: {plan.summary} ({by}); the cause is not removed"
    memory.note("contained", text)
    memory.tell("contained", text)


def asked_back(memory: IncidentMemory) -> Containment | None:
    """The first that people are asked about before it goes back."""
    return next((one for one in memory.state.contained if one.option.back is Back.ASK), None)


def steps_of(memory: IncidentMemory, contained: Containment) -> list[Applied]:
    """What was made of it, and stands."""
    markers = {planned.change.marker for planned in contained.plan.steps}
    return [one for one in memory.state.applied if one.marker in markers and one.fate in telling.STILL_THERE]


def way_back(memory: IncidentMemory, contained: Containment) -> Plan | None:
    """The plan of taking it back; None where nothing of it stands."""
    state, steps = memory.state, steps_of(memory, contained)
    if not steps:
        return None
    state.asks += 1
    asking = contained.plan.asking
    planned = tuple(
        PlannedStep(step=one.planned.step, change=one.planned.change.undone(one.begun, one.wrote_at))
        for one in reversed(steps)
    )
    return Plan(
        option=contained.option.name,
        purpose=Purpose.TAKE_BACK,
        steps=planned,
        asking=Asking(who=asking.who.at_least(Approval.ONE), within=asking.within),
        mode=contained.plan.mode,
        marker=f"{state.number}/{state.asks}",
    )


def forget_what_is_gone(memory: IncidentMemory) -> None:
    """What has gone back, whoever took it back, holds nothing any more."""
    state = memory.state
    state.contained = tuple(one for one in state.contained if steps_of(memory, one))


def update(memory: IncidentMemory, name: str, **changed: object) -> None:
    """One containment, one step further."""
    state = memory.state
    state.contained = tuple(
        one.model_copy(update=changed) if one.option.name == name else one for one in state.contained
    )


def resolved(memory: IncidentMemory) -> Phase:
    """A person says that it is over: closed, unless nobody was asked yet about what is held back."""
    state, word = memory.state, memory.state.resolve
    waiting = [one for one in state.contained if one.option.back is Back.ASK and not one.closing_asked]
    if word is None or not waiting:
        return Phase.CLOSE
    state.resolve = None
    for one in waiting:
        update(memory, one.option.name, closing_asked=True)
    text = f"{word.by} says that it is over, and {said(memory)}"
    return memory.hand_over(f"{text}: stanch undo takes it back, stanch resolve once more keeps it")


def said(memory: IncidentMemory) -> str:
    """`purchases off is contained since 03:02, the cause is not removed`."""
    each = (f"{one.plan.summary} is contained since {one.since:%H:%M}" for one in memory.state.contained)
    return f"{'; '.join(each)}, the cause is not removed"


async def remind(memory: IncidentMemory) -> None:
    """While a person has it, they are asked once a day about what is still held back."""
    while True:
        await patience.within(lambda: bool(memory.state.contained), None, "something to be contained")
        await patience.within(lambda: False, patience.DAILY, "to ask about what is contained")
        if memory.state.contained and memory.state.phase is Phase.HANDED_OVER:
            text = f"{said(memory)}: stanch undo takes it back"
            memory.note("contained", text)
            memory.tell("contained", text)
