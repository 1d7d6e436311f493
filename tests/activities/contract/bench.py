"""Where a verb is tried: a world of its own, a line that things happen on, and every word that was said."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from activities.contract import LOOK_AGAIN, Verb
from activities.converging import converge
from activities.integration import Surroundings
from activities.send_log import SendLog
from sandbox import keys, vendors
from sandbox.app import application
from sandbox.breakable_connection import never_answer
from sandbox.clock import SandboxClock, digest_of
from sandbox.faults import Fault, Trouble
from sandbox.vendors import is_write, opened
from sandbox.world import Sandbox
from stanch.errors import Conflict, StanchError, Still, Unavailable
from stanch.model.change import Change, PlanRequest, Trail
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT, MARKER, VERBS, Case, ReadingCase

BASE = "http://sandbox.example"
FINGERPRINTS = b"the key of all fingerprints"
PATIENCE = 240
SLOW = timedelta(seconds=25)
"""Longer than our deadline, and shorter than a router's."""
RETRIED = (Still, Conflict, Unavailable)
DEAD = Fault(trouble=Trouble.RESET, times=None)
"""A killed worker sends nothing any more."""
DEATHS = {
    "before it arrives": (DEAD,),
    "when it has arrived": (Fault(trouble=Trouble.ANSWER_LOST), DEAD.model_copy(update={"after": 1})),
}


class NeverStoodError(AssertionError):
    """Nobody waits longer than this."""


class Line:
    """What workers send goes through here; something may happen just before a write arrives."""

    def __init__(self, app: ASGIApp, clock: SandboxClock | None = None) -> None:
        self._app = app
        self._clock = clock or SandboxClock(AT)
        self._happens: dict[int, Callable[[], object]] = {}
        self._strikes: dict[int, Callable[[], object]] = {}
        self._slow: set[int] = set()
        self._under_way: list[tuple[datetime, Scope, Receive]] = []
        self._nowhere: ASGIApp | None = None
        self.writes = 0

    def slow(self, write: int) -> None:
        """This write takes effect long after whoever sent it gave up."""
        self._slow.add(self.writes + write)

    def lead_nowhere(self, elsewhere: ASGIApp) -> None:
        """Writes are taken and answered, and what stands stays as it is."""
        self._nowhere = elsewhere

    def before(self, write: int, happens: Callable[[], object]) -> None:
        """Counted from now on, 1 is the next write."""
        self._happens[self.writes + write] = happens

    def strike(self, write: int, strikes: Callable[[], object]) -> None:
        """The same, and nothing else that is on its way arrives in between."""
        self._strikes[self.writes + write] = strikes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope, receive = await opened(scope, receive)
        await self._arrive()
        writes = is_write(scope)
        strikes: Callable[[], object] | None = None
        if writes:
            self.writes += 1
            self._happens.pop(self.writes, lambda: None)()
            strikes = self._strikes.pop(self.writes, None)
            if self.writes in self._slow:
                self._under_way.append((self._clock.now() + SLOW, scope, await kept(receive)))
                await never_answer(scope, receive)
                return
        await asyncio.sleep(0)  # a wire takes time, in which a worker may be cancelled
        if strikes:
            strikes()
        await (self._nowhere if writes and self._nowhere else self._app)(scope, receive, send)

    async def _arrive(self) -> None:
        due = [late for late in self._under_way if late[0] <= self._clock.now()]
        for late in due:
            self._under_way.remove(late)
            await self._app(late[1], late[2], nobody)


async def kept(receive: Receive) -> Receive:
    """A request's body, to be read later."""
    unread, more = [], True
    while more:
        message = await receive()
        unread.append(message)
        more = message.get("more_body", False)

    async def again() -> Message:
        return unread.pop(0)

    return again


async def nobody(message: Message) -> None:
    """Who sent it has gone."""


class Connections:
    """What each integration connected with each credential, once: a TLS context takes long to make."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Any] = {}
        self._references: dict[str, dict[str, str]] = {}

    def to(self, case: Case | ReadingCase, base: str = BASE) -> Any:
        """Whatever the verbs and readings of this case are given, there."""
        integration, name = case.integration, f"{case.integration.name}-{digest_of(case.key)[:8]}"
        references = self._keep(name, case.secrets)
        if base + name not in self._made:
            told = {"token": self._kept(name, case.key), "base_url": f"{base}/{integration.provider}"}
            more = case.settings(lambda secret: self._kept(f"{name}-{digest_of(secret)[:8]}", secret))
            settings = Provider.model_validate({**told, **more})
            around = Surroundings(settings, Redactor(), FINGERPRINTS, references)
            self._made[base + name] = integration.connect(around)
        return self._made[base + name]

    def _keep(self, connection: str, secrets: Mapping[str, str | None]) -> dict[str, str]:
        """The team's secrets as this case has them, each in a file of its own."""
        references = self._references.setdefault(connection, {"admin": f"file:{self._folder / connection}"})
        for name, value in secrets.items():
            path = self._folder / f"{connection}-{name}"
            path.unlink(missing_ok=True)
            if value is not None:
                path.write_text(value)
            references[name] = f"file:{path}"
        return references

    def _kept(self, name: str, value: str) -> str:
        """A reference to a secret that stands in a file."""
        secret = self._folder / name
        secret.write_text(value)
        return f"file:{secret}"


@dataclass
class Settled:
    """What it took: the units written, and everything that was met on the way."""

    send_log: SendLog = field(default_factory=SendLog)
    met: list[StanchError] = field(default_factory=list)

    @property
    def done(self) -> set[str]:
        """The units that were written and answered."""
        return self.send_log.done

    @property
    def troubles(self) -> list[StanchError]:
        """What was met beside waiting."""
        return [error for error in self.met if not isinstance(error, Still)]


class Bench:
    """One case, tried."""

    def __init__(self, case: Case, connections: Connections, sandbox: Sandbox | None = None) -> None:
        self.case = case
        self.sandbox = sandbox or Sandbox(case.scene, SandboxClock(AT))
        self.line = Line(application(self.sandbox), self.sandbox.clock)
        self.said: list[str] = []
        self._outside = connections.to(case)

    def verb(self) -> Verb:
        """As a worker that has just started has it, answered in this process and not over a socket."""
        self.case.attach(self._outside, self.line)
        return VERBS[self.case.verb][1](self._outside)

    def request(self, base: str = BASE, **arguments: Any) -> PlanRequest:
        """What planning is asked."""
        asked = {
            key: value.replace("{base}", base) if isinstance(value, str) else value
            for key, value in (arguments or self.case.arguments).items()
        }
        case = self.case
        return PlanRequest(target=case.target, arguments=asked, as_of=AT, marker=MARKER, limits=case.limits)

    async def plan(self, **arguments: Any) -> Change:
        """The change as it comes out of Temporal's history."""
        change = await self.verb().plan(self.request(**arguments))
        self.said += [repr(change), change.model_dump_json(), change.digest]
        return Change.model_validate_json(change.model_dump_json())

    def later(self, send_log: SendLog) -> SendLog:
        """What the next attempt knows, at the instant that it is made."""
        return SendLog.of(
            Trail.model_validate_json(send_log.trail.model_dump_json()), self.sandbox.clock.now()
        )

    async def attempt(self, change: Change, known: SendLog | set[str]) -> None:
        """One attempt, with what is known of those before it."""
        try:
            await converge(self.verb(), change, known)
        except StanchError as error:
            self.said += [str(error), repr(error), repr(error.__cause__), repr(vars(error))]
            raise

    async def settle(
        self, change: Change, before: SendLog | None = None, *, attempts: int = PATIENCE
    ) -> Settled:
        """Tried again as Temporal would, with what is known to be sent kept in between."""
        settled = Settled(before or SendLog())
        for _ in range(attempts):
            settled.send_log = self.later(settled.send_log)
            try:
                await self.attempt(change, settled.send_log)
            except RETRIED as error:
                settled.met.append(error)
                # The longer it takes, the later one comes than was asked: what is late loses nothing.
                self.sandbox.pass_time(wait_after(error) * (1 + len(settled.met) // 4))
                continue
            return settled
        message = f"it never stood: {settled.met[-1]}"
        raise NeverStoodError(message)

    async def stopped(self, change: Change) -> StanchError:
        """The first thing beside waiting that it met."""
        return (await self.ended(change, SendLog()))[0]

    async def ended(self, change: Change, send_log: SendLog) -> tuple[StanchError, SendLog]:
        """The first thing beside waiting that it met, and what was known to be sent then."""
        for _ in range(PATIENCE):
            send_log = self.later(send_log)
            try:
                await self.attempt(change, send_log)
            except Still as error:
                self.sandbox.pass_time(error.look_again_in)
            except StanchError as error:
                return error, send_log
        message = "nothing stopped it"
        raise AssertionError(message)

    async def killed(self, change: Change, write: int, *faults: Fault) -> None:
        """The worker dies at this write; who comes after it knows nothing of what it did."""
        self.order(write, *faults)
        await self.stopped(change)
        self.sandbox.faults.clear()

    def order(self, write: int, *faults: Fault) -> None:
        """These troubles strike when this write arrives."""
        self.line.strike(write, lambda: [self.sandbox.order(fault) for fault in faults])

    def lead_nowhere(self) -> None:
        """From now on the vendor takes every write and keeps none."""
        self.line.lead_nowhere(application(deepcopy(self.sandbox)))

    def effects(self) -> list[str]:
        """What the ledger says, in order."""
        return [effect.operation for effect in self.sandbox.ledger.effects()]

    def look(self) -> Any:
        """What stands in the world."""
        return self.case.look(self.sandbox)

    def secrets(self) -> set[str]:
        """Everything that must appear nowhere."""
        return {keys.SERVICE, FINGERPRINTS.decode(), *vendors.secrets(self.sandbox)}


def tried(bench: Bench) -> Iterator[Bench]:
    """Afterwards nothing unexpected was asked of a vendor, and nothing secret was said by anybody."""
    yield bench
    assert bench.sandbox.ledger.unexpected == []
    said = "\n".join(bench.said)
    assert [secret for secret in bench.secrets() if secret in said] == []


def wait_after(error: StanchError) -> timedelta:
    """How long the next attempt waits."""
    if isinstance(error, Still):
        return error.look_again_in
    return (error.retry_after if isinstance(error, Unavailable) else None) or LOOK_AGAIN
