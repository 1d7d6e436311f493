"""Making an option concrete: every step planned and every guard asked, at once, before anybody is."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.model.change import Change, PlanRequest
from stanch.model.evidence import Look
from stanch.model.guard import Verdict
from stanch.model.incident import Plan
from stanch.model.playbook import PinnedOption, PinnedStep
from stanch.policy import conditions, requests
from stanch.policy.requests import Basis, Refused
from workflows import calls
from workflows.locks import Locks
from workflows.memory import Memory
from workflows.triage import Triage
from workflows.waiting import reason


class Planning:
    """From an option to a plan, or to the rule that says no."""

    def __init__(self, memory: Memory, triage: Triage, locks: Locks) -> None:
        self._memory = memory
        self._triage = triage
        self._locks = locks

    async def concrete(self, option: PinnedOption, *, by_hand: str = "") -> Plan | Refused:
        """The plan, with every lock it needs; a refusal leaves nothing reserved."""
        state = self._memory.state
        state.asks += 1
        marker = f"{state.number}/{state.asks}"
        targets = [step.target for step in option.steps]
        # All are waited for, even when one fails: a lock granted late must not be left behind.
        verdict, page, changes = await asyncio.gather(
            self._locks.ask(targets, marker),
            self._vendor_page(),
            asyncio.gather(
                *(self._plan(step, f"{marker}.{n}") for n, step in enumerate(option.steps, 1)),
                return_exceptions=True,
            ),
        )
        planned = [change for change in changes if isinstance(change, Change)]
        for failure in changes:
            if isinstance(failure, BaseException):
                return await self._refuse(_refusal(failure))
        if not verdict.granted:
            return await self._refuse(Refused(verdict.rule, verdict.because, final=True))
        if page:
            return await self._refuse(Refused("vendor-down", page, final=True))
        plan = requests.whole(option, planned, marker, by_hand)
        return await self._refuse(plan) if isinstance(plan, Refused) else plan

    async def _refuse(self, refused: Refused) -> Refused:
        self._locks.let_go()
        return refused

    async def _plan(self, step: PinnedStep, marker: str) -> Change:
        return await calls.plan(step.uses, self.request(step, marker))

    def request(self, step: PinnedStep, marker: str) -> PlanRequest:
        """What the verb is asked; what speaks of `was.*` is rendered where it is read."""
        known, first_bad_at = self._triage.known(), self._memory.state.first_bad_at
        return requests.plan_request(
            step, marker, Basis(self._memory.pinned, known, workflow.now(), first_bad_at)
        )

    async def still_allowed(self, plan: Plan) -> Verdict:
        """Asked again before acting: people may have taken hours, and somebody may have pulled the switch."""
        return await self._locks.ask([planned.change.target for planned in plan.steps], plan.marker)

    async def _vendor_page(self) -> str:
        """What the vendor's own status page says, when it says that the vendor is down."""
        page = self._memory.pinned.service.vendor_page
        if not page:
            return ""
        asked = Look(arguments={"page": page}, as_of=workflow.now())
        try:
            result = await calls.look(
                "status.page", asked, calls.PAGE_DEADLINE, f"is {page} itself all right?"
            )
        except ActivityError:
            return ""  # an unreachable status page is no outage; the vendor's own API answers for itself
        return requests.outage_of(page, result)


def _refusal(failure: BaseException) -> Refused:
    """What kept a step from being planned, as a refusal; what we did not foresee is not swallowed."""
    if isinstance(failure, ActivityError):
        return requests.refusal(*reason(failure))
    if isinstance(failure, conditions.MissingFact):
        return Refused("evidence-missing", str(failure), final=False)
    raise failure
