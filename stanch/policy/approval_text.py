"""What people are asked: whether this may be done, why, how they say so, and what silence means."""

from collections.abc import Iterator

from stanch.model.decision import NEEDS, Say
from stanch.model.incident import IncidentState
from stanch.model.plan import Plan, Purpose
from stanch.model.playbook import PinnedOption
from stanch.plain import lasting, one_line
from stanch.policy import change_text, facts, telling

_THEN = {
    Purpose.MEND: "the next option is looked at",
    Purpose.CONTAIN: "the next option is looked at",
    Purpose.TAKE_BACK: "it stays as it is, and a person has it",
    Purpose.FOLLOW: "nothing follows",
}


def question(state: IncidentState, plan: Plan) -> str:
    """First what is decided on and how; below it every value, for whoever looks twice."""
    return "\n".join((*_asked(state, plan), "", *change_text.step_lines(plan)))


def _asked(state: IncidentState, plan: Plan) -> Iterator[str]:
    yield f"May Stanch do this? {one_line(plan.summary)}"
    yield from meaning_lines(state, plan)
    yield from telling.wrong_lines(state)
    if plan.purpose in (Purpose.MEND, Purpose.CONTAIN):  # of the others it was read before
        yield from telling.seen_lines(state, only=_rests_on(state, plan))
    if plan.because:
        yield f"Why this: {one_line(plan.because)}"
    yield ""
    yield from answer_lines(state, plan)


def meaning_lines(state: IncidentState, plan: Plan) -> Iterator[str]:
    """What it is for, where that is not to mend."""
    match plan.purpose:
        case Purpose.CONTAIN:
            back = next((telling.goes_back(one.back) for one in _chosen_from(state, plan)), "")
            yield f"It only holds the trouble back, the cause stays; it {back}."
        case Purpose.TAKE_BACK:
            yield "It is well now, and this was only held back."
        case Purpose.FOLLOW:
            yield "It follows what has just helped."
        case Purpose.MEND:
            pass


def answer_lines(state: IncidentState, plan: Plan) -> Iterator[str]:
    """What to type, who may, and what silence means."""
    named = f"{state.number} --digest {plan.digest}"
    yield f"Yes: stanch approve {named}"
    yield f"No:  stanch reject {named}"
    yield f"     ({after_no(plan)})"
    yield f"Who: {change_text.asked_of(plan)} with the role {NEEDS[Say.APPROVE]}"
    yield f"If nobody answers within {lasting(plan.asking.within)}: {change_text.in_silence(plan)}"


def after_no(plan: Plan) -> str:
    """What happens where somebody says no."""
    return _THEN[plan.purpose]


def _rests_on(state: IncidentState, plan: Plan) -> frozenset[str]:
    """The evidence by which it was chosen; nothing where it is always so."""
    texts = [one.when for one in _chosen_from(state, plan) if one.when]
    return facts.evidence_in(state.pinned.variables, *texts) if state.pinned and texts else frozenset()


def _chosen_from(state: IncidentState, plan: Plan) -> list[PinnedOption]:
    """The option of that name, where it is the playbook's own."""
    pinned = state.pinned
    every = (*pinned.contain, *pinned.options) if pinned else ()
    return [one for one in every if one.name == plan.option]
