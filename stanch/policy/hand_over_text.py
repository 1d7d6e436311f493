"""What a person gets who takes an incident over: why, what to do, what stands changed, what was seen."""

from collections.abc import Iterable, Iterator, Sequence

from stanch.model.change import UndoKind
from stanch.model.decision import Say
from stanch.model.incident import IncidentState, ToDo
from stanch.model.plan import Applied
from stanch.plain import one_line
from stanch.policy import change_text, telling


def handed_over(state: IncidentState) -> str:
    """The whole of it, the most urgent first: a channel may cut its end off."""
    return "\n".join(_lines(state))


def by_hand(state: IncidentState, items: Sequence[ToDo]) -> str:
    """What is new on the list, and how to say what came of it, where it is waited for."""
    listed = [line for item in items for line in telling.item_lines(item)]
    if not items[0].option:
        return "\n".join(("By hand, please:", *listed))
    named = f"stanch done {state.number} {items[0].number}"
    return "\n".join(
        (
            "By hand, please; Stanch waits until all of it is done, and then looks whether it helped:",
            *listed,
            "",
            *telling.wrong_lines(state),
            *telling.seen_lines(state),
            *_headed("Changed by Stanch; it did not end it:", _changed(state)),
            "",
            f"Done: {named}",
            f"It cannot be done: {named} --not",
        )
    )


def _lines(state: IncidentState) -> Iterator[str]:
    because = one_line(state.handed_over_because)
    to = f"{state.handed_to}, this is yours now" if state.handed_to else "This is a person's now"
    yield f"{to}."
    yield f"Why: {because}"
    yield from telling.wrong_lines(state)
    yield from _headed("To do by hand:", (line for item in state.to_do for line in telling.item_lines(item)))
    ended = "" if state.recovered_at else "; it did not end it"
    yield from _headed(f"Changed by Stanch{ended}:", _changed(state))
    held_back = (f"- {telling.contained_line(one)}" for one in state.contained)
    yield from _headed("Held back, the cause is not removed:", held_back)
    yield from _headed("What you can say:", _words(state))
    yield ""
    yield from telling.seen_lines(state, said=because)
    yield from _headed("Not done, and why:", _not_done(state))
    if state.refused_plan:
        yield from _headed("What Stanch would have done:", change_text.step_lines(state.refused_plan))


def _changed(state: IncidentState) -> Iterator[str]:
    """What was tried, but for what stands to hold it back, which is said beside."""
    held_back = {planned.change.marker for one in state.contained for planned in one.plan.steps}
    yield from (f"- {telling.applied_line(one)}" for one in state.applied if one.marker not in held_back)


def _words(state: IncidentState) -> Iterator[str]:
    waiting = next((item for item in state.to_do if item.done is None), None)
    if waiting:
        yield f"stanch done {state.number} {waiting.number}  (the first of the list is done)"
    if any(one.fate in telling.STILL_THERE and _can_go_back(one) for one in state.applied):
        yield f"stanch undo {state.number}  (take back what Stanch has changed)"
    yield f"stanch resolve {state.number}  (it is over)"
    yield f"stanch show {state.number}  (everything, with its times)"


def _can_go_back(applied: Applied) -> bool:
    return applied.planned.change.undo.kind is not UndoKind.NONE


def _not_done(state: IncidentState) -> Iterator[str]:
    """What people said no to, what did not fit when it was decided last, and what was refused."""
    yield from (f"- {one.text}, said {one.by}" for one in state.timeline if one.kind == Say.REJECT)
    passed = [entry for entry in state.timeline if entry.kind == "passed-over"]
    yield from dict.fromkeys(f"- {entry.text}" for entry in passed if entry.at == passed[-1].at)
    told = state.handed_over_because
    yield from (one_line(f"- {no.option}: {no.because}") for no in state.refused if no.because not in told)


def _headed(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number:
            yield f"\n{title}"
        yield line
