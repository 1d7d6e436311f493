"""What is next: what is held back first, then the first option that is true, made concrete."""

from temporalio import workflow

from stanch.model.incident import Phase
from stanch.model.incident_parts import Refusal
from stanch.model.plan import Plan, Purpose, Round
from stanch.model.playbook import PinnedOption
from stanch.model.verb import Approval, AutomationMode
from stanch.policy import change_text, choosing, outbreaks, planning, telling
from stanch.policy.planning import Refused
from stanch.rules import Rule, in_words
from workflows import alerts, containing, following, guards, patience, to_do
from workflows.memory import IncidentMemory
from workflows.phases import choose, triage
from workflows.reserving import plan_and_reserve

_ONCE_FINAL = {
    Rule.CHANGES_PER_HOUR,
    Rule.COOL_DOWN,
    Rule.DEPLOYMENT_IN_PROGRESS,
    Rule.ONE_AT_A_TIME,
    Rule.PAUSED,
    Rule.UNOWNED,
    Rule.VENDOR_DOWN,
}
"""Rules of one target, after which an incident used to be handed over."""


async def run(memory: IncidentMemory) -> Phase:
    """What is next, by what is known."""
    state = memory.state
    state.graver = False
    if memory.stopped():
        return stop(memory)
    if state.requested:
        requested, state.requested = state.requested[0], state.requested[1:]
        return await _try_option(memory, requested.option, by_hand=requested.person)
    if state.following:
        return await _follow(memory)
    if not state.firing and not state.contained:
        changed = (
            "the alerts have resolved"
            if state.applied
            else "every alert has resolved before anything was changed"
        )
        memory.note("quiet", changed)
        return Phase.VERIFY
    if because := _left_to_people(memory):
        return memory.hand_over(because)
    if state.healthy and not memory.pinned.asked_by:
        return _not_confirmed(memory)
    return await _choose(memory)


def stop(memory: IncidentMemory, so: str = "") -> Phase:
    """A person took it out of our hands: closed as resolved, or theirs."""
    if memory.state.resolve:
        return containing.resolved(memory)
    return memory.hand_over(memory.stopped_by() + (f" ({so})" if so else ""))


def _left_to_people(memory: IncidentMemory) -> str:
    if memory.state.in_hand:
        return "what was asked for by hand has not ended it"
    word = memory.state.hands_off
    return f"{word.by} has aborted it: only what people ask for is done" if word else ""


def _not_confirmed(memory: IncidentMemory) -> Phase:
    """An alert fires, and every check is good: nothing is changed, and it is watched."""
    if not memory.state.recovered_at:
        good = telling.good_checks(memory.state)
        text = f"not confirmed: {good} although an alert fires; nothing is changed, it is watched"
        memory.note("not-confirmed", text)
        memory.tell("not-confirmed", text)
    return Phase.WATCH


async def _choose(memory: IncidentMemory) -> Phase:
    if not choose.settle(memory):
        return Phase.CHOOSE
    triage.grade(memory)
    first = triage.choice(memory, contains=True)
    _say_passed_over(memory, first)
    if first.option is not None:
        return await _try_option(memory, first.option, least=first.least, purpose=Purpose.CONTAIN)
    choice = triage.choice(memory)
    _say_passed_over(memory, choice)
    if choice.option is None and memory.pinned.asked_by and not memory.pinned.options:
        memory.state.outbreak = outbreaks.fulfilled(memory.state.outbreak, memory.outside.now())
        return Phase.CLOSE
    if choice.option is None:
        return Phase.TRIAGE if alerts.next_scenario(memory) else _nothing_left(memory)
    if choice.option.hold:
        return _hold(memory, choice.option)
    if choice.asked_because:
        memory.note("asks", f"somebody is asked: {choice.asked_because}")
    if choice.option.manual:
        return _to_people(memory, choice.option)
    return await _try_option(memory, choice.option, least=choice.least)


def _say_passed_over(memory: IncidentMemory, choice: choosing.Choice) -> None:
    for passed in choice.passed_over:
        memory.note("passed-over", passed)


def _nothing_left(memory: IncidentMemory) -> Phase:
    """A person has it, with what the playbook wants to be said and done then."""
    otherwise = memory.pinned.otherwise
    to_do.add(memory, otherwise.manual)
    said = [planning.told(one.text, memory.pinned, triage.basis(memory).known) for one in otherwise.say]
    memory.say(otherwise.say)
    refused = [in_words(no.rule, no.because) for no in memory.state.refused if no.doubt]
    why = "; ".join(dict.fromkeys(filter(None, (*said, *refused))))
    return memory.hand_over(why or "no option is left", memory.state.refused_plan)


def _hold(memory: IncidentMemory, option: PinnedOption) -> Phase:
    reason = planning.told(option.hold, memory.pinned, triage.basis(memory).known)
    text = f"holding, nothing is changed: {reason}"
    if memory.note_once("hold", text):
        memory.call(option.page, "hold", reason) if option.page else memory.tell("hold", reason)
        memory.say(option.say)
    return Phase.HOLD


def _to_people(memory: IncidentMemory, option: PinnedOption) -> Phase:
    """Something that no vendor's API can do: it waits until they have ticked it."""
    memory.say(option.say)
    to_do.add(memory, option.manual, option=option.name)
    return Phase.BY_HAND


async def _follow(memory: IncidentMemory) -> Phase:
    """The next step after an option that was verified; what people do is listed, and waits for nobody."""
    state = memory.state
    while state.following and state.following.steps:
        step = state.following.steps[0]
        memory.note_once("then", f"then, after {state.following.option}: {step.name}")
        if not step.manual:
            return await _try_option(memory, step, purpose=Purpose.FOLLOW)
        to_do.add(memory, step.manual)
        following.advance(memory)
    state.following = None
    return Phase.VERIFY


async def _try_option(
    memory: IncidentMemory,
    option: PinnedOption,
    *,
    by_hand: str = "",
    least: Approval = Approval.NOBODY,
    purpose: Purpose = Purpose.MEND,
) -> Phase:
    state = memory.state
    plan = await plan_and_reserve(memory, option, by_hand=by_hand, least=least, purpose=purpose)
    if isinstance(plan, Refused):
        guards.let_go(memory)
        if purpose is Purpose.FOLLOW and plan.rule == Rule.TOO_EARLY:
            return await _in_good_time(memory, option, plan)
        return pass_over(memory, option.name, plan, purpose, by_hand=bool(by_hand))
    memory.note("plan", f"{plan.summary} ({plan.digest})")
    for why in dict.fromkeys(step.unasked for step in plan.steps if step.unasked):
        memory.note("asks", f"asks {plan.asking.who}: {why}")
    if plan.mode is AutomationMode.SHADOW:
        return _only_said(memory, option, plan)
    quiet = not state.firing and purpose is Purpose.MEND and not state.contained
    if (state.graver or quiet) and not (by_hand or plan.asking.who.people):
        memory.note("withdrawn", f"the plan {plan.digest} is withdrawn: {memory.interrupted_by()}")
        guards.let_go(memory)
        return Phase.TRIAGE
    memory.say(option.say)
    state.round = Round(
        plan=plan,
        asked_at=memory.outside.now(),
        option=option if option.checks or purpose is not Purpose.MEND else None,
        follows=planning.frozen(option, state, memory.pinned),
    )
    return Phase.APPROVE if plan.asking.who.people else Phase.CHANGE


async def _in_good_time(memory: IncidentMemory, option: PinnedOption, refused: Refused) -> Phase:
    """What follows is due later: it is planned again every few minutes until its time has come."""
    memory.show_waiting_for(f"{option.name}: {refused.because}")
    await patience.within(
        lambda: memory.stopped() or memory.state.graver or memory.is_long(), patience.BUSY, refused.because
    )
    return Phase.TRIAGE if memory.stopped() or memory.state.graver else Phase.DECIDE


def _only_said(memory: IncidentMemory, option: PinnedOption, plan: Plan) -> Phase:
    """In shadow nothing is changed: of what would be held back, the next is decided on all the same."""
    guards.let_go(memory)
    said = f"shadow mode: would have done {plan.summary}"
    if plan.purpose is Purpose.MEND:
        return memory.hand_over(said, plan)
    if plan.purpose is Purpose.FOLLOW:
        following.advance(memory)
    memory.state.tried = (*memory.state.tried, option.name)
    memory.note("shadow", said)
    memory.tell("shadow", f"{said}\n{change_text.plan_text(plan)}")
    return Phase.DECIDE


def pass_over(
    memory: IncidentMemory,
    option: str,
    refused: Refused,
    purpose: Purpose = Purpose.MEND,
    *,
    by_hand: bool,
) -> Phase:
    """An option may not be done: the next one is decided on, or a person has it."""
    state = memory.state
    memory.note("refused", f"{option} refused: {refused.said}")
    if purpose is Purpose.FOLLOW:
        return _follows_no_more(memory, refused)
    if not by_hand:
        state.tried = (*state.tried, option)
        no = Refusal(option=option, rule=refused.rule, because=refused.because, doubt=refused.leaves_doubt)
        state.refused = (*state.refused, no)
    goes_on = passes_on(refused)
    if by_hand or state.in_hand or not (goes_on or purpose is Purpose.CONTAIN):
        return memory.hand_over(refused.said, refused.plan)
    if refused.plan and goes_on:
        state.refused_plan = state.refused_plan or refused.plan
        memory.tell(refused.rule, f"{option} is not done: {refused.said}")
    return Phase.DECIDE


def passes_on(refused: Refused) -> bool:
    """Another option may be where it is allowed; an incident of before is handed over, as it began."""
    if refused.final or refused.rule not in _ONCE_FINAL:
        return not refused.final
    return not workflow.in_workflow() or workflow.patched("a-refused-option-passes-on")


def _follows_no_more(memory: IncidentMemory, refused: Refused) -> Phase:
    """What was to follow may not be done: the cure stands, and a person does the rest."""
    if refused.rule in (Rule.NOTHING_TO_DO, Rule.TRIED_ALREADY):
        following.advance(memory)
        return Phase.DECIDE
    following.drop(memory, refused.said)
    return Phase.VERIFY
