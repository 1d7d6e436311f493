"""`stanch plan`: an alert's way through its playbook, decided as an incident decides, as far as the plan."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError

from stanch.cli.rehearsal_cast import Cast
from stanch.errors import ConfigError, Conflict, StanchError, Unavailable
from stanch.model.alert import Alert, Severity
from stanch.model.change import Change
from stanch.model.evidence import Evidence, Look
from stanch.model.guard import Ask, GuardState, Holder, Rules, Verdict
from stanch.model.incident import Plan
from stanch.model.playbook import Pinned, PinnedOption, PinnedReading, PinnedStep
from stanch.policy import conditions, facts, limits, requests, together
from stanch.policy.choosing import choose
from stanch.policy.conditions import MissingFact
from stanch.policy.requests import Basis, Refused
from stanch.policy.severities import severity_of
from stanch.secrets import Redactor

T = TypeVar("T")

_PLAN_WITHIN = timedelta(seconds=20)
_PAGE_WITHIN = timedelta(seconds=6)
_ATTEMPTS = 3
_PAUSE = timedelta(milliseconds=500)
_MARKER = "plan/1"


@dataclass(frozen=True)
class Weighed:
    """One option, and what its condition says; always true where it has none."""

    option: PinnedOption
    verdict: conditions.Verdict
    because: str = ""


@dataclass(frozen=True)
class Ending:
    """Where deciding ends: with a plan, with a hold, or with neither, because."""

    refused: Mapping[str, Refused]
    plan: Plan | None = None
    hold: PinnedOption | None = None
    because: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """Everything that an incident of this alert would know and decide before anybody is asked."""

    alert: Alert
    pinned: Pinned
    severity: Severity
    evidence: tuple[Evidence, ...]
    options: tuple[Weighed, ...]
    ending: Ending

    @property
    def acts(self) -> bool:
        """True when there is a plan, or a reason to hold."""
        return bool(self.ending.plan or self.ending.hold)


async def rehearse(pinned: Pinned, alert: Alert, cast: Cast) -> Rehearsal:
    """Evidence, options, and the first of them that can be planned."""
    stage = _Stage(pinned, alert, cast)
    found = await asyncio.gather(*(stage.read(reading) for reading in pinned.evidence))
    basis = stage.basis(found)
    return Rehearsal(
        alert=alert,
        pinned=pinned,
        severity=severity_of(pinned, [alert]),
        evidence=tuple(found),
        options=tuple(_weighed(option, basis) for option in pinned.options),
        ending=await stage.decide(basis),
    )


def _weighed(option: PinnedOption, basis: Basis) -> Weighed:
    if not option.when:
        return Weighed(option, conditions.Verdict.TRUE)
    said = conditions.evaluate(option.when, facts.declared(basis.pinned.variables), basis.known)
    return Weighed(option, said.verdict, said.because)


class _Stage:
    """One alert and its playbook, with the real providers."""

    def __init__(self, pinned: Pinned, alert: Alert, cast: Cast) -> None:
        self._pinned = pinned
        self._alert = alert
        self._cast = cast

    def basis(self, evidence: Sequence[Evidence] = ()) -> Basis:
        """What is known at this instant."""
        now = datetime.now(UTC)
        by_name = {found.name: found for found in evidence}
        known = requests.facts_known(self._pinned, [self._alert], by_name, now)
        return Basis(self._pinned, known, now, self._alert.started_at)

    async def read(self, reading: PinnedReading) -> Evidence:
        """One reading; whatever keeps it from answering is what is known of it."""
        basis = self.basis()
        if reading.each:
            parts = await asyncio.gather(*map(self.read, reading.each))
            return together.evidence(reading, parts, basis.as_of)
        about = {"name": reading.name, "uses": reading.uses, "read_at": basis.as_of}
        try:
            asked = requests.look(reading, basis)
            source = self._cast.source(reading.uses)
            result = await _asked(lambda: source.read(asked), reading.within)
        except (StanchError, ValidationError, MissingFact, TimeoutError) as error:
            return Evidence(**about, missing_because=self._cast.clean(_reason(error)[1]))
        return Evidence(**about, result=result.model_dump(mode="json"), line=self._cast.clean(result.said))

    async def decide(self, basis: Basis) -> Ending:
        """The first option that is true and can be planned; a refused one is passed over, as it would be."""
        refused: dict[str, Refused] = {}
        while True:
            option = choose(self._pinned, list(refused), basis.known).option
            if option is None:
                return Ending(refused, because=self._pinned.otherwise.say or "no option is left")
            if option.hold:
                return Ending(refused, hold=option)
            made = await self._concrete(option, basis)
            if isinstance(made, Plan):
                return Ending(refused, plan=made)
            refused[option.name] = made
            if made.final:
                return Ending(refused, because=f"{made.because} (rule {made.rule})")

    async def _concrete(self, option: PinnedOption, basis: Basis) -> Plan | Refused:
        page, changes = await asyncio.gather(
            self._vendor_page(),
            asyncio.gather(
                *(self._plan(step, f"{_MARKER}.{n}", basis) for n, step in enumerate(option.steps, 1))
            ),
        )
        for failure in changes:
            if isinstance(failure, Refused):
                return failure
        verdict = self._allowed(option, basis)
        if not verdict.granted:
            return Refused(verdict.rule, verdict.because, final=True)
        if page:
            return Refused("vendor-down", page, final=True)
        return requests.whole(option, [one for one in changes if isinstance(one, Change)], _MARKER, "")

    async def _plan(self, step: PinnedStep, marker: str, basis: Basis) -> Change | Refused:
        try:
            asked = requests.plan_request(step, marker, basis)
            verb = self._cast.verb(step.uses)
            return await _asked(lambda: verb.plan(asked), _PLAN_WITHIN)
        except MissingFact as error:
            return Refused("evidence-missing", str(error), final=False)
        except (StanchError, ValidationError, TimeoutError) as error:
            kind, text = _reason(error)
            return requests.refusal(kind, self._cast.clean(text))

    def _allowed(self, option: PinnedOption, basis: Basis) -> Verdict:
        """The limits that hold whatever happened before: freezes, and an hour's changes."""
        service = self._pinned.service
        for target in {step.target.key: step.target for step in option.steps}.values():
            ask = Ask(
                target=target,
                holder=Holder(workflow_id="", run_id="", incident="plan"),
                as_of=basis.as_of,
                changes=sum(step.target.key == target.key for step in option.steps),
                step=_MARKER,
                rules=(Rules(service=service.name, limits=service.limits),),
                freezes=self._pinned.freezes,
            )
            verdict = limits.judge(GuardState(target=target), ask, basis.as_of)
            if not verdict.granted:
                return verdict
        return Verdict(granted=True)

    async def _vendor_page(self) -> str:
        page = self._pinned.service.vendor_page
        if not page:
            return ""
        asked = Look(arguments={"page": page}, as_of=datetime.now(UTC))
        try:
            source = self._cast.source("status.page")
            result = await _asked(lambda: source.read(asked), _PAGE_WITHIN)
        except (StanchError, TimeoutError):
            return ""  # as in an incident: an unreachable status page is no outage
        return requests.outage_of(page, result.model_dump(mode="json"))


async def _asked(ask: Callable[[], Awaitable[T]], within: timedelta) -> T:
    """The answer; a vendor that may recover is asked three times, where the deadline leaves room."""
    async with asyncio.timeout(within.total_seconds()):
        for attempt in range(1, _ATTEMPTS):
            try:
                return await ask()
            except (Unavailable, Conflict):
                await asyncio.sleep(attempt * _PAUSE.total_seconds())
        return await ask()


def _reason(error: Exception) -> tuple[str, str]:
    """The class and the text of an error, as an incident would hear them of its worker."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return ConfigError.__name__, f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, TimeoutError):
        return "TimeoutError", "no end within its deadline"
    return type(error).__name__, str(error)


def cleaned(value: Any, redactor: Redactor) -> Any:
    """A JSON document without any secret that was read."""
    match value:
        case str():
            return redactor.clean(value)
        case Mapping():
            return {key: cleaned(item, redactor) for key, item in value.items()}
        case list() | tuple():
            return [cleaned(item, redactor) for item in value]
        case _:
            return value
