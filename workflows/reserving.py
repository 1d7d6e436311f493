"""An option made concrete: every step planned, every guard asked and every vendor's page read, at once."""

import asyncio

from stanch.model.base import digest_of
from stanch.model.change import Change
from stanch.model.evidence import Look
from stanch.model.plan import Plan, PlannedStep, PlanOrder, Purpose
from stanch.model.playbook import PinnedOption, PinnedStep
from stanch.model.verb import Approval
from stanch.policy import choosing, conditions, planning, weighing
from stanch.policy.planning import Refused
from stanch.rules import Rule
from workflows import calls, guards, illness
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import triage


async def plan_and_reserve(
    memory: IncidentMemory,
    option: PinnedOption,
    *,
    by_hand: str = "",
    least: Approval = Approval.NOBODY,
    purpose: Purpose = Purpose.MEND,
) -> Plan | Refused:
    """The plan, with every lock it needs, or the rule that says no."""
    state = memory.state
    steps = _chosen(memory, option)
    if isinstance(steps, Refused):
        return steps
    state.asks += 1
    marker = f"{state.number}/{state.asks}"
    intent = digest_of([[step.uses, step.target.key, step.arguments] for step in steps])
    instant = all(step.instant for step in steps)
    # All are waited for, even when one fails: a lock granted late must not be left behind.
    verdict, outages, found = await asyncio.gather(
        guards.ask(memory, steps, marker, intent),
        asyncio.gather(*(_outage(memory, page) for page in {step.page: None for step in steps})),
        asyncio.gather(
            *(_plan(memory, step, f"{marker}.{n}", instant=instant) for n, step in enumerate(steps, 1))
        ),
    )
    for failed in found:
        if isinstance(failed, Refused):
            return failed
    planned = [step for step in found if isinstance(step, PlannedStep)]
    least = least.at_least(Approval.ONE) if state.moved else least
    plan = planning.plan_of(option, planned, marker, by_hand, least)
    if isinstance(plan, Refused):
        return plan
    because = weighing.why_chosen(option, triage.basis(memory)) if not by_hand else f"{by_hand} asked for it"
    plan = plan.model_copy(update={"intent": intent, "purpose": purpose, "because": because})
    outage = next(filter(None, outages), "")
    if not verdict.granted or outage:
        rule, because = (verdict.rule, verdict.because) if not verdict.granted else (Rule.VENDOR_DOWN, outage)
        return Refused(rule, because, plan)
    return await _fits(memory, plan, by_hand=bool(by_hand)) or plan


async def _fits(memory: IncidentMemory, plan: Plan, *, by_hand: bool) -> Refused | None:
    """The refusal of a plan at a vendor that is ill, back to what was left, or of the same once more."""
    state = memory.state
    if ill := await illness.refuses(memory, [step.change for step in plan.steps]):
        return Refused(Rule.VENDOR_ILL, ill, plan)
    if by_hand:
        return None
    if back := choosing.returns_to(plan, state.condemned):
        return Refused(Rule.CONDEMNED, back)
    return choosing.already_tried(plan, state.digests)


def _chosen(memory: IncidentMemory, option: PinnedOption) -> tuple[PinnedStep, ...] | Refused:
    """The steps that are meant here and now; what nothing answers to is said."""
    try:
        steps, unknown = weighing.chosen(option, triage.basis(memory))
    except conditions.MissingFact as missing:
        return Refused(Rule.EVIDENCE_MISSING, str(missing))
    for name in unknown:
        memory.note("passed-over", f"{option.name}: nothing of the catalogue is called {name} or covers it")
    return steps or Refused(Rule.NOT_COVERED, f"nothing covers {', '.join(unknown)}")


async def _plan(
    memory: IncidentMemory, step: PinnedStep, marker: str, *, instant: bool
) -> PlannedStep | Refused:
    try:
        basis = triage.basis(memory)
        unasked = weighing.unasked(step, basis, instant=instant)
        request = planning.plan_request(step, marker, basis)
        order = PlanOrder(request=request, step=step, unasked=bool(unasked))
        change: Change = await memory.outside.plan(step.uses, order)
    except Failed as failed:
        illness.hear(memory, f"{step.uses}:plan", failed)
        return Refused(failed.rule or failed.kind, failed.text)
    except conditions.MissingFact as missing:
        return Refused(Rule.EVIDENCE_MISSING, str(missing))
    illness.hear(memory, f"{step.uses}:plan")
    return PlannedStep(step=step, change=change, unasked=unasked)


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
