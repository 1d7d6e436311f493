"""Every option planned by day, while what is wrong can still be mended: planning only reads."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError

from activities.integration import Surroundings
from stanch.cli.check.results import Finding, Grade, PreflightCheck, failed, ok, warn
from stanch.cli.check.scope import Scope
from stanch.cli.plan.live_providers import Cast
from stanch.cli.plan.rehearsal import Providers, opened
from stanch.errors import ConfigError, PolicyError, Rejected, Unauthorized
from stanch.model.alert import Alert
from stanch.model.base import canonical_json
from stanch.model.change import Change
from stanch.model.evidence import Look
from stanch.model.plan import PlanOrder
from stanch.model.playbook import Pinned, PinnedOption, PinnedStep
from stanch.playbooks.book import Book
from stanch.playbooks.opening import Opens
from stanch.policy import planning
from stanch.policy.conditions import MissingFact
from stanch.policy.planning import Basis
from stanch.rules import Rule
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import triage

AREA = "Options, planned by day"
COPIES = "Copies"
WITHIN = timedelta(seconds=45)
_AT_ONCE = 8
_MARKER = "check"
_NOT_THERE = {
    Rule.NO_SUCH_FLAG, Rule.NO_SUCH_FIELD, Rule.NO_SUCH_VALUE, Rule.NO_SUCH_CONTAINER, Rule.NO_SUCH_CLASS,
    Rule.NO_SUCH_CONFIG_VAR, Rule.NO_SUCH_ENDPOINT, Rule.NO_SUCH_BRANCH, Rule.NO_ZONE, Rule.NOT_A_FLAG,
    Rule.NOT_A_VARIABLE, Rule.NOT_BOUND, Rule.NOT_THERE, Rule.OTHER_TYPE, Rule.WRONG_TYPE,
    Rule.WHICH_CONTAINER, Rule.WHICH_DATABASE, Rule.UNKNOWN_SIZE, Rule.OTHER_FAMILY, Rule.NOT_OFFERED,
}  # fmt: skip
"""Rules that no night would lift: what is named is not there, or is of another kind."""
_WORST = (Grade.FAILED, Grade.WARN, Grade.OK)


def checks(book: Book, around: Callable[[str], Surroundings], scope: Scope) -> Iterator[PreflightCheck]:
    """One for each option of each scenario, and one for each service that says how many copies it has."""
    providers = SharedReadings(Cast(around))
    gate = asyncio.Semaphore(_AT_ONCE)
    for entry in book.entries:
        day = ScenarioByDay(entry, providers, gate)
        pinned = entry.pinned
        where = f"{pinned.scenario} of {pinned.service.name}"
        if pinned.evidence and scope.home:
            yield PreflightCheck(AREA, f"{where}: what is read", day.read, WITHIN)
        for option in _each((*pinned.contain, *pinned.options)):
            if option.steps and all(scope.works_for(step.uses.partition(".")[0]) for step in option.steps):
                yield PreflightCheck(AREA, f"{where}: {option.name}", partial(day.planned, option), WITHIN)
    yield from _copies(book, providers, scope)


def _each(options: Sequence[PinnedOption]) -> Iterator[PinnedOption]:
    """Every option, and what follows it."""
    for option in options:
        yield option
        yield from _each(option.then)


class SharedReadings(Providers):
    """The providers, asked once for what several scenarios read alike."""

    def __init__(self, cast: Cast) -> None:
        super().__init__(cast)
        self._looks: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:
        """As it was answered whoever asked first."""
        key = uses + canonical_json(asked.model_dump(mode="json", exclude={"as_of", "first_bad_at"}))
        if key not in self._looks:
            self._looks[key] = asyncio.create_task(super().look(uses, asked, within, why))
        return await asyncio.shield(self._looks[key])


class ScenarioByDay:
    """One scenario at one service: its evidence is read once, for all of its options."""

    def __init__(self, entry: Opens, providers: Providers, gate: asyncio.Semaphore) -> None:
        self._entry = entry
        self._providers = providers
        self._gate = gate
        self._reading: asyncio.Task[IncidentMemory] | None = None

    async def read(self) -> Finding:
        """Which of its evidence answers, each with why not."""
        memory = await self._gathered()
        evidence = memory.state.evidence.values()
        missing = [f"{one.name}: {one.missing_because}" for one in evidence if not one.known]
        if missing:
            return warn("; ".join(missing), "What speaks of it cannot be decided while it does not answer")
        return ok(", ".join(one.name for one in evidence))

    async def planned(self, option: PinnedOption) -> Finding:
        """What every step of an option would become here and now; the worst of them is the option's end."""
        basis = triage.basis(await self._gathered())
        found = [await self._step(step, basis) for step in option.steps]
        grade = min((one.grade for one in found), key=_WORST.index)
        mends = dict.fromkeys(one.mend for one in found if one.mend)
        return Finding(grade, "; then ".join(one.says for one in found), ". ".join(mends))

    async def _gathered(self) -> IncidentMemory:
        self._reading = self._reading or asyncio.create_task(self._gather())
        return await asyncio.shield(self._reading)

    async def _gather(self) -> IncidentMemory:
        async with self._gate:
            memory = opened(_by_day(self._entry.pinned), self._alert(), self._providers)
            await triage.gather(memory, everything=True)
            return memory

    def _alert(self) -> Alert:
        pinned = self._entry.pinned
        return Alert(
            source="check",
            fingerprint="check",
            name=next(iter(self._entry.names), pinned.scenario),
            firing=True,
            started_at=self._providers.now(),
            service=pinned.service.name,
        )

    async def _step(self, step: PinnedStep, basis: Basis) -> Finding:
        try:
            request = planning.plan_request(step, _MARKER, basis)
        except (MissingFact, PolicyError) as missing:
            return ok(f"{step.uses} is not planned now: {missing}")
        try:
            async with self._gate:
                change = await self._providers.plan(step.uses, PlanOrder(request=request, step=step))
        except Failed as failure:
            return _refused(step, failure)
        return ok(_becomes(change))


def _by_day(pinned: Pinned) -> Pinned:
    """Without what only an incident looks at, and with the first choice of each input."""
    asked = {one.name: one.one_of[0] for one in pinned.inputs if one.one_of}
    return pinned.model_copy(update={"checks": (), "asked": asked})


def _becomes(change: Change) -> str:
    if change.nothing_to_do:
        return f"{change.verb} has nothing to do now: {change.nothing_to_do}"
    return change.summary


def _refused(step: PinnedStep, failure: Failed) -> Finding:
    """What a night would meet: what is not there is mended in the files, the rest is only said."""
    says = f"{step.uses}: {failure.text}"
    if isinstance(failure.__cause__, ValidationError):
        return failed(says, f"Mend with: of {step.called or step.uses}, or its switch in stanch.yaml")
    match failure.kind:
        case Unauthorized.__name__:
            return failed(says, f"Put a token that may do this into providers.{step.target.provider}")
        case Rejected.__name__:
            return failed(says, f"See whether {step.target.key} has what is named")
        case ConfigError.__name__:
            return warn(says, "See under Secrets and Vendors")
    if failure.rule in _NOT_THERE:
        return failed(
            says, f"Name what {step.target.key} has, in the playbook or at the switch in stanch.yaml"
        )
    return warn(says, "As things stand the next option would be tried")


def _copies(book: Book, providers: Providers, scope: Scope) -> Iterator[PreflightCheck]:
    for name, service in book.context.services.items():
        target = service.target
        spec = book.context.catalogue.readings.get(f"{target.provider}.status") if target else None
        if target and spec and "count" in spec.result.model_fields and scope.works_for(target.provider):
            look = Look(target=target, as_of=providers.now())
            yield PreflightCheck(COPIES, f"copies of {name}", partial(_count, providers, spec.name, look))


async def _count(providers: Providers, uses: str, look: Look) -> Finding:
    try:
        seen: dict[str, Any] = await providers.look(uses, look, WITHIN, "how many copies run?")
    except Failed as failure:
        if failure.rule in _NOT_THERE:
            return ok("nothing runs there that is counted")
        return warn(f"nobody can say: {failure.text}")
    if seen.get("count") == 1:
        return warn(
            "one runs: restarting it is an outage", "Run a second one, or ask somebody before a restart"
        )
    if seen.get("count") is None:
        return ok("as many run as visitors need")
    return ok(f"{seen['count']} run")
