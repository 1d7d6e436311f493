"""Making an option concrete: every step planned and every guard asked, at the same time, before anybody is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.errors import PolicyError
from stanch.model.change import Change, PlanRequest
from stanch.model.evidence import Look
from stanch.model.guard import Verdict
from stanch.model.incident import Plan, PlannedStep
from stanch.model.playbook import PinnedOption, PinnedStep
from stanch.policy import approving, conditions, facts, templates
from workflows import calls
from workflows.locks import Locks
from workflows.memory import Memory
from workflows.triage import Triage
from workflows.waiting import reason

_STOPPING = {"deployment-in-progress", "vendor-down"}
"""Rules under which no other option would be allowed either."""


@dataclass(frozen=True)
class Refused:
    """No plan: the rule and the reason; `final` when another option would be refused as well."""

    rule: str
    because: str
    final: bool


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
        return await self._whole(option, planned, marker, by_hand)

    async def _whole(
        self, option: PinnedOption, changes: Sequence[Change], marker: str, by_hand: str
    ) -> Plan | Refused:
        steps = tuple(
            PlannedStep(step=step, change=change)
            for step, change in zip(option.steps, changes, strict=True)
            if not change.nothing_to_do
        )
        if not steps:
            because = "; ".join(change.nothing_to_do for change in changes)
            return await self._refuse(Refused("nothing-to-do", because, final=False))
        return Plan(
            option=option.name,
            steps=steps,
            asking=approving.asking_of(steps, by_hand=bool(by_hand)),
            mode=approving.mode_of(steps),
            requested_by=by_hand,
            marker=marker,
        )

    async def _refuse(self, refused: Refused) -> Refused:
        await self._locks.let_go()
        return refused

    async def _plan(self, step: PinnedStep, marker: str) -> Change:
        return await calls.plan(step.uses, self.request(step, marker))

    def request(self, step: PinnedStep, marker: str) -> PlanRequest:
        """What the verb is asked; what speaks of `was.*` is rendered where it is read."""
        known = self._triage.known()
        vocabulary = facts.declared(self._memory.pinned.variables)
        later = {key: value for key, value in step.arguments.items() if _speaks_of_was(value)}
        now = {key: value for key, value in step.arguments.items() if key not in later}
        limits = self._memory.pinned.service.limits
        return PlanRequest(
            target=step.target,
            arguments=templates.render_all(now, vocabulary, known),
            templates=later,
            facts={key: value for key, value in known.items() if later and _is_plain(value)},
            as_of=workflow.now(),
            first_bad_at=self._memory.state.first_bad_at,
            marker=marker,
            limits={"max_count": limits.max_count, "largest_size": limits.largest_size},
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
            result = await calls.look("status.page", asked, calls.PAGE_DEADLINE)
        except ActivityError:
            return ""  # an unreachable status page is no outage; the vendor's own API answers for itself
        return str(result.get("said", page)) if result.get("is_down") else ""


def _refusal(failure: BaseException) -> Refused:
    """What kept a step from being planned, as a refusal; what we did not foresee is not swallowed."""
    if isinstance(failure, ActivityError):
        kind, text = reason(failure)
        rule = text.rpartition("[")[2].rstrip("]") if kind == PolicyError.__name__ else kind
        return Refused(rule, text, final=rule in _STOPPING)
    if isinstance(failure, conditions.MissingFact):
        return Refused("evidence-missing", str(failure), final=False)
    raise failure


def _speaks_of_was(value: object) -> bool:
    return any(name.startswith("was.") for text in templates.texts_in(value) for name in _names(text))


def _names(text: str) -> frozenset[str]:
    return conditions.names_used(text) if "${" in text else frozenset()


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))
