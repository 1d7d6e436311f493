"""The first option that is true, made concrete: every step planned and every guard asked, at once."""

import asyncio

from stanch.model.base import digest_of
from stanch.model.change import Change
from stanch.model.evidence import Look
from stanch.model.incident import Phase, Refusal, Requested
from stanch.model.plan import Plan, PlanOrder, Round
from stanch.model.playbook import PinnedOption, PinnedStep
from stanch.model.verb import Approval, AutomationMode
from stanch.policy import choosing, conditions, planning, telling
from stanch.policy.planning import Refused
from stanch.rules import Rule
from workflows import alerts, calls, guards, illness
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import triage


async def run(memory: IncidentMemory) -> Phase:
    """What is next, by what is known."""
    state = memory.state
    state.graver = False
    if memory.stopped():
        return stop(memory)
    if state.requested:
        requested, state.requested = state.requested[0], state.requested[1:]
        return await _by_hand(memory, requested)
    if not state.firing:
        changed = (
            "the alerts have resolved"
            if state.applied
            else "every alert has resolved before anything was changed"
        )
        memory.note("quiet", changed)
        return Phase.VERIFY
    if because := _left_to_people(memory):
        return memory.hand_over(because)
    if state.healthy:
        return _not_confirmed(memory)
    return await _choose(memory)


def stop(memory: IncidentMemory, so: str = "") -> Phase:
    """A person took it out of our hands: closed as resolved, or theirs."""
    if memory.state.resolve:
        return Phase.CLOSE
    return memory.hand_over(memory.stopped_by() + (f" ({so})" if so else ""))


def _left_to_people(memory: IncidentMemory) -> str:
    if memory.state.in_hand:
        return "what was asked for by hand has not ended it"
    word = memory.state.hands_off
    return f"{word.by} has aborted it: only what people ask for is done" if word else ""


def _not_confirmed(memory: IncidentMemory) -> Phase:
    """An alert fires, and every check is good: nothing is changed, and it is watched."""
    if not memory.state.recovered_at:
        text = "not confirmed: every check is good although an alert fires; nothing is changed, it is watched"
        memory.note("not-confirmed", text)
        memory.tell("not-confirmed", text)
    return Phase.WATCH


async def _choose(memory: IncidentMemory) -> Phase:
    choice = triage.choice(memory)
    for passed in choice.passed_over:
        memory.note("passed-over", passed)
    if choice.option is None:
        if alerts.next_scenario(memory):
            return Phase.TRIAGE
        return memory.hand_over(_told(memory, memory.pinned.otherwise.say) or "no option is left")
    if choice.option.hold:
        return _hold(memory, choice.option)
    if choice.asked_because:
        memory.note("asks", f"somebody is asked: {choice.asked_because}")
    return await _try_option(memory, choice.option, least=choice.least)


def _hold(memory: IncidentMemory, option: PinnedOption) -> Phase:
    reason = _told(memory, option.hold)
    text = f"holding, nothing is changed: {reason}"
    if not any(entry.kind == "hold" and entry.text == text for entry in memory.state.timeline):
        memory.note("hold", text)
        memory.tell("hold", reason)
    return Phase.HOLD


def _told(memory: IncidentMemory, text: str) -> str:
    """What the playbook says, with its expressions worked out."""
    return planning.told(text, memory.pinned, triage.basis(memory).known)


async def _by_hand(memory: IncidentMemory, requested: Requested) -> Phase:
    return await _try_option(memory, requested.option, by_hand=requested.person)


async def _try_option(
    memory: IncidentMemory, option: PinnedOption, *, by_hand: str = "", least: Approval = Approval.NOBODY
) -> Phase:
    state = memory.state
    plan = await plan_and_reserve(memory, option, by_hand=by_hand, least=least)
    if isinstance(plan, Refused):
        guards.let_go(memory)
        return pass_over(memory, option.name, plan, by_hand=bool(by_hand))
    memory.note("plan", f"{plan.summary} ({plan.digest})")
    if plan.mode is AutomationMode.SHADOW:
        guards.let_go(memory)
        return memory.hand_over(
            f"shadow mode: would have done {plan.summary}\n{telling.plan_text(plan)}", plan
        )
    things_changed = state.graver or not state.firing
    if things_changed and not (by_hand or plan.asking.who.people):
        memory.note("withdrawn", f"the plan {plan.digest} is withdrawn: {memory.interrupted_by()}")
        guards.let_go(memory)
        return Phase.TRIAGE
    state.round = Round(plan=plan, asked_at=memory.outside.now())
    return Phase.APPROVE if plan.asking.who.people else Phase.CHANGE


def pass_over(memory: IncidentMemory, option: str, refused: Refused, *, by_hand: bool) -> Phase:
    """An option may not be done: the next one is decided on, or a person has it."""
    state = memory.state
    said = f"{refused.because} (rule {refused.rule})"
    memory.note("refused", f"{option} refused: {said}")
    if not by_hand:
        state.tried = (*state.tried, option)
        no = Refusal(option=option, rule=refused.rule, because=refused.because, doubt=refused.leaves_doubt)
        state.refused = (*state.refused, no)
    if refused.final or state.in_hand or by_hand:
        return memory.hand_over(said, refused.plan)
    if refused.rule == Rule.VENDOR_ILL:
        memory.tell("vendor-ill", f"{option} is not done: {said}")
    return Phase.DECIDE


async def plan_and_reserve(
    memory: IncidentMemory, option: PinnedOption, *, by_hand: str = "", least: Approval = Approval.NOBODY
) -> Plan | Refused:
    """The plan, with every lock it needs, or the rule that says no."""
    state = memory.state
    state.asks += 1
    marker = f"{state.number}/{state.asks}"
    intent = digest_of([[step.uses, step.target.key, step.arguments] for step in option.steps])
    # All are waited for, even when one fails: a lock granted late must not be left behind.
    verdict, outages, changes = await asyncio.gather(
        guards.ask(memory, option.steps, marker, intent),
        asyncio.gather(*(_outage(memory, page) for page in {step.page: None for step in option.steps})),
        asyncio.gather(*(_plan(memory, step, f"{marker}.{n}") for n, step in enumerate(option.steps, 1))),
    )
    for failed in changes:
        if isinstance(failed, Refused):
            return failed
    planned = [change for change in changes if isinstance(change, Change)]
    least = least.at_least(Approval.ONE) if state.moved else least
    plan = planning.plan_of(option, planned, marker, by_hand, least)
    if isinstance(plan, Refused):
        return plan
    plan = plan.model_copy(update={"intent": intent})
    if not verdict.granted:
        return Refused(verdict.rule, verdict.because, final=True, plan=plan)
    if outage := next(filter(None, outages), ""):
        return Refused(Rule.VENDOR_DOWN, outage, final=True, plan=plan)
    if ill := await illness.refuses(memory, [step.change for step in plan.steps]):
        return Refused(Rule.VENDOR_ILL, ill, final=False, plan=plan)
    if back := not by_hand and choosing.returns_to(plan, state.condemned):
        return Refused(Rule.CONDEMNED, back, final=False, plan=plan)
    return (not by_hand and choosing.already_tried(plan, state.digests)) or plan


async def _plan(memory: IncidentMemory, step: PinnedStep, marker: str) -> Change | Refused:
    try:
        request = planning.plan_request(step, marker, triage.basis(memory))
        planned = await memory.outside.plan(step.uses, PlanOrder(request=request, step=step))
    except Failed as failed:
        illness.hear(memory, f"{step.uses}:plan", failed)
        return planning.refusal(failed.rule or failed.kind, failed.text)
    except conditions.MissingFact as missing:
        return Refused(Rule.EVIDENCE_MISSING, str(missing), final=False)
    illness.hear(memory, f"{step.uses}:plan")
    return planned


async def _outage(memory: IncidentMemory, page: str) -> str:
    """What a vendor's own status page says, when it says that the vendor is down."""
    if not page:
        return ""
    wanted = Look(arguments={"page": page}, as_of=memory.outside.now())
    try:
        result = await memory.outside.look(
            "status.page", wanted, calls.PAGE_DEADLINE, f"is {page} itself all right?"
        )
    except Failed:
        return ""  # an unreachable status page is no outage; the vendor's own API answers for itself
    return planning.outage_of(page, result)
