"""`stanch plan`: an alert's way through its playbook, decided by the very code that decides an incident."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from activities.contract import planned
from stanch.cli.plan.live_providers import Cast
from stanch.errors import ConfigError, Conflict, PolicyError, StanchError, Unavailable
from stanch.model.alert import Alert
from stanch.model.change import Change
from stanch.model.evidence import Look
from stanch.model.guard import Ask, GuardState, Let, Verdict
from stanch.model.incident import IncidentState, Phase
from stanch.model.message import Delivered, Message
from stanch.model.notice import Notice
from stanch.model.plan import Plan, PlanOrder, Purpose
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.team import Team
from stanch.model.verb import AutomationMode
from stanch.policy import conditions, facts, limits, telling
from stanch.secrets import Redactor
from workflows import alerts, calls
from workflows.memory import IncidentMemory
from workflows.outside import Failed
from workflows.phases import choose, decide, triage

T = TypeVar("T")

_ATTEMPTS = 3
_PAUSE = timedelta(milliseconds=500)


@dataclass(frozen=True)
class Weighed:
    """One option, and what its condition says; always true where it has none."""

    option: PinnedOption
    truth: conditions.Truth
    because: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """Everything that an incident of this alert would know and decide before anybody is asked."""

    alert: Alert
    pinned: Pinned
    state: IncidentState
    options: tuple[Weighed, ...]
    contained: tuple[Plan, ...] = ()
    """What would be held back first, whatever is decided then."""
    taken: PinnedOption | None = None
    """The option that holds, or that is left to people."""
    asks: str = ""
    """What somebody would have to choose first."""

    @property
    def hold(self) -> PinnedOption | None:
        """The option by which nothing would be changed."""
        return self.taken if self.taken and self.taken.hold else None

    @property
    def by_hand(self) -> PinnedOption | None:
        """The option that people would do."""
        return self.taken if self.taken and self.taken.manual else None

    @property
    def plan(self) -> Plan | None:
        """What would be done, or in shadow mode what would be said that it would be done."""
        state = self.state
        if state.round:
            return state.round.plan
        shadow, refused = state.refused_plan, {no.option for no in state.refused}
        return (
            shadow
            if shadow and shadow.mode is AutomationMode.SHADOW and shadow.option not in refused
            else None
        )

    @property
    def because(self) -> str:
        """Why nothing would be done."""
        if self.state.phase is Phase.WATCH:
            return f"{telling.good_checks(self.state)} although the alert fires, so it is only watched"
        return self.asks or self.state.handed_over_because

    @property
    def acts(self) -> bool:
        """True when there is a plan, a reason to hold, or something for people to do."""
        return bool(self.plan or self.taken or self.contained)


async def rehearse(pinned: Pinned, alert: Alert, cast: Cast, team: Team) -> Rehearsal:
    """Evidence, options, and the first of them that can be planned."""
    memory = opened(pinned, alert, Providers(cast, team))
    await triage.gather(memory, everything=True)
    options = tuple(_weighed(memory, option) for option in (*pinned.contain, *pinned.options))
    contained = [plan async for plan in _held_back(memory)]
    chosen = memory.state.phase in (Phase.HOLD, Phase.BY_HAND)
    taken = triage.choice(memory).option if chosen else None
    asks = choose.question(memory) if memory.state.phase is Phase.CHOOSE else ""
    return Rehearsal(alert, pinned, memory.state, options, tuple(contained), taken, asks)


def opened(pinned: Pinned, alert: Alert, outside: "Providers") -> IncidentMemory:
    """An incident that this alert has just opened, and that tells nobody."""
    memory = IncidentMemory(IncidentState(number="plan", opened_at=outside.now()), outside)
    silent = pinned.model_copy(update={"tell": (), "speaks": {}})
    notice = Notice(alerts=(alert,), pinned=silent, issued_at=memory.state.opened_at, proved=True)
    alerts.join(memory, notice)
    return memory


async def _held_back(memory: IncidentMemory) -> AsyncIterator[Plan]:
    """Decide until there is something else to do than to hold something back; that is taken for done."""
    state = memory.state
    state.phase = Phase.DECIDE
    while state.phase is Phase.DECIDE:
        state.phase = await decide.run(memory)
        plan = state.round.plan if state.round else None
        if plan is not None and plan.purpose is Purpose.CONTAIN:
            yield plan
            state.tried, state.round = (*state.tried, plan.option), None
            state.phase = Phase.DECIDE


def _weighed(memory: IncidentMemory, option: PinnedOption) -> Weighed:
    if not option.when:
        return Weighed(option, conditions.Truth.TRUE)
    basis = triage.basis(memory)
    said = conditions.evaluate(option.when, facts.declared(basis.pinned.variables), basis.known)
    return Weighed(option, said.truth, said.because)


class Providers:
    """The outside of a decision without Temporal: the real providers, only ever asked."""

    def __init__(self, cast: Cast, team: Team | None = None) -> None:
        self._cast = cast
        self._team = team or Team()

    def now(self) -> datetime:
        """The clock of the machine."""
        return datetime.now(UTC)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Look every few milliseconds."""
        while not condition():  # noqa: ASYNC110 - what is waited for are several tasks, each with its own end
            await asyncio.sleep(0.01)

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:  # noqa: ARG002
        """A reading of the provider itself."""
        found = await self._asked(lambda: self._cast.reader(uses).read(asked), within)
        return {**found.model_dump(mode="json"), "said": self._cast.clean(found.said)}

    async def plan(self, uses: str, order: PlanOrder) -> Change:
        """A plan of the verb itself."""
        verb = self._cast.verb
        return await self._asked(lambda: planned(verb(uses), order.request), calls.PLAN_DEADLINE)

    async def ask(self, question: Ask) -> Verdict:
        """The limits that hold whatever happened before: freezes, and an hour's changes."""
        asked = limits.in_force(question, self._team)
        return limits.judge(GuardState(target=asked.target), asked, asked.as_of)

    async def let_go(self, let: Let) -> None:
        """Nothing was held."""

    async def tell(self, message: Message) -> Delivered:  # noqa: ARG002 - a rehearsal tells nobody
        """Nobody is told."""
        return Delivered()

    def show(self, card: Callable[[], str]) -> None:
        """Nobody looks on."""

    async def _asked(self, ask: Callable[[], Awaitable[T]], within: timedelta) -> T:
        try:
            return await _answered(ask, within)
        except (StanchError, ValidationError, TimeoutError, httpx.InvalidURL, UnicodeError) as error:
            kind, text = _reason(error)
            rule = error.rule if isinstance(error, PolicyError) else ""
            raise Failed(kind, self._cast.clean(text), rule=rule) from error


async def _answered(ask: Callable[[], Awaitable[T]], within: timedelta) -> T:
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
    if isinstance(error, httpx.InvalidURL | UnicodeError):
        # Their texts hold what was written, which may be a secret.
        return ConfigError.__name__, "no request can be made of its address and its token"
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
