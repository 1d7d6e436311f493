"""One test's world, and what a person or a monitor would do in it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.registry import catalogue
from sandbox import Sandbox
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breakage, Breaking, break_service
from stanch.control import Accepted, Control, Group
from stanch.errors import PolicyError
from stanch.model.alert import Alert
from stanch.model.decision import Decision, DecisionResult, Say
from stanch.model.incident import Phase
from stanch.model.record import View
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.policy.signing import Keyring
from stanch.store import Store

DOOR_KEY = b"the door's own key, known to tests"
DOOR = Keyring(DOOR_KEY)
ROLES = {
    "ana": ("responder", "approver"),
    "li": ("responder", "approver"),
    "sam": ("responder",),
    "temporal-ui": ("responder", "approver"),
}
TEAM = """
providers:
  fly: {{token: env:STANCH_TEST_FLY, base_url: {url}/fly}}
  vercel: {{token: env:STANCH_TEST_VERCEL, base_url: {url}/vercel}}
status_pages:
  fly: {{url: {url}/status/fly}}
  supabase: {{url: {url}/status/supabase}}
  clerk: {{url: {url}/status/clerk}}
  openai: {{url: {url}/status/openai}}
  vercel: {{url: {url}/status/vercel}}
services:
  backend:
    runs_on: {{provider: fly, app: slurpy-backend}}
    health: [{url}/service/backend/healthz]
    limits: {{max_count: 5, largest_size: performance-2x, changes_per_hour: 6, cool_down: 10m}}
    owners: [ana]
  shop:
    runs_on: {{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}
    health: [{url}/service/shop/healthz]
people:
  ana: {{roles: [responder, approver, tech-lead]}}
  li: {{roles: [responder, approver]}}
  sam: {{roles: [responder]}}
  temporal-ui: {{roles: [responder, approver]}}
channels:
  inbox: {{webhook: env:STANCH_TEST_INBOX}}
playbooks: [playbook.yaml]
mode: auto
"""
MORE_CHANNELS = """
  other: {{webhook: env:STANCH_TEST_OTHER}}
  incidents:
    {{provider: slack, channel: "#incidents", token: env:STANCH_TEST_SLACK, base_url: "{url}/slack/api/"}}
  pager: {{provider: pagerduty, token: env:STANCH_TEST_PAGER, base_url: {url}/pagerduty}}
"""
"""What the workers can tell beside the inbox; a test says which of them its team has."""
ROTA = "on_call: {{order: [li, sam], hands_over: Mon 09:00, time_zone: Europe/Berlin, begins: 2026-11-30}}\n"
"""By which the workers know who is on call; a test says whether its team's file has it too."""
MESSAGES = {"declared": "{{ impact }}, since {{ started }}; next word {{ next_update }}"}
LONG = timedelta(hours=2)


class World(NamedTuple):
    """What all tests of a process share."""

    sandbox: Sandbox
    url: str
    client: Client
    store: Store


@dataclass
class Stage:
    """One test's world, and what a person or a monitor would do in it."""

    sandbox: Sandbox
    url: str
    client: Client
    store: Store
    folder: Path
    book: Book | None = None
    control: Control = field(init=False)
    token: str = field(default_factory=lambda: uuid4().hex)
    began: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=2))

    def __post_init__(self) -> None:
        self.control = Control(self.client, DOOR, self.store)
        self.skipper = TimeSkipper(
            self.client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=100_000)
        )

    def playbook(self, scenarios: str, extra: str = "", changed: Mapping[str, str] | None = None) -> None:
        """The playbook of this test; `extra` is added to stanch.yaml, `changed` replaces texts of it."""
        team = TEAM
        for old, new in (changed or {}).items():
            assert old in team
            team = team.replace(old, new)
        (self.folder / "stanch.yaml").write_text(team.format(url=self.url) + extra)
        (self.folder / "playbook.yaml").write_text(scenarios)
        self.book = load_book(self.folder / "stanch.yaml", catalogue())

    def machines_are_well(self) -> None:
        """Whatever is wrong with the backend, no release of it is to blame, and any change ends it."""
        self.nothing_is_wrong()
        self.fails_until_something_is_done()

    def fails_until_something_is_done(self) -> None:
        """The backend fails from now on; the next change anywhere ends it."""
        break_service(self.sandbox, Breaking(service="backend", breakage=Breakage.PASSING))

    def nothing_is_wrong(self) -> None:
        """The backend is well, whatever an alert says."""
        for image in self.sandbox.of(FlyWorld).apps["slurpy-backend"].images.values():
            image.good = True

    def alert(self, name: str = "SiteDown", service: str = "backend", **changed: Any) -> Alert:
        """A firing alert."""
        values = {
            "source": "test",
            # What a test before this one has closed while it fired must not count here.
            "fingerprint": f"{name}-{service}-{self.token}",
            "name": name,
            "firing": True,
            "started_at": self.began,
            "service": service,
            "summary": "health checks fail",
        }
        return Alert.model_validate(values | changed)

    def resolved(self, alert: Alert) -> Alert:
        """The same alert, resolved now."""
        return alert.model_copy(update={"firing": False, "ended_at": datetime.now(UTC)})

    async def send(self, *alerts: Alert) -> Accepted | None:
        """As the gateway would: matched, grouped, stored."""
        assert self.book is not None, "call stage.playbook(...) first"
        pinned = self.book.match(alerts[0])
        return await self.control.take(Group(self.book.group_key(alerts[0], pinned), pinned, alerts))

    async def open(self, *alerts: Alert) -> Accepted:
        """Send, and the incident that it went to."""
        accepted = await self.send(*(alerts or (self.alert(),)))
        assert accepted is not None
        return accepted

    async def view(self, incident: Accepted) -> View:
        """What the incident remembers."""
        handle = self.client.get_workflow_handle(incident.workflow_id)
        return await handle.query("view", result_type=View)

    async def until(self, incident: Accepted, *phases: Phase) -> View:
        """Wait, in real time, until the incident is in one of these phases."""
        return await self.where(incident, lambda view: view.state.phase in phases)

    async def where(self, incident: Accepted, claim: Callable[[View], object]) -> View:
        """Wait, in real time, until this is true of the incident."""
        try:
            async with asyncio.timeout(20):
                while True:
                    view = await self.view(incident)
                    if claim(view):
                        return view
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(await self._stuck(incident)) from None

    async def _stuck(self, incident: Accepted) -> str:
        """What an incident is at that does not come to where a test waits for it."""
        described = await self.client.get_workflow_handle(incident.workflow_id).describe()
        pending = described.raw_description.pending_activities
        at = [f"{one.activity_type.name} {one.attempt} {one.last_failure.message}" for one in pending]
        state = (await self.view(incident)).state
        lines = [f"{entry.kind}: {entry.text}" for entry in state.timeline]
        return "\n".join((f"{state.phase}, {state.outcome}, waits for {state.waiting_for}", *lines, *at))

    async def skip(self, incident: Accepted, span: timedelta) -> None:
        """Let this much of the incident's own time pass; one that has closed has none left."""
        await self._forward(self.client.get_workflow_handle(incident.workflow_id), span)

    async def _forward(self, handle: WorkflowHandle[Any, Any], *span: timedelta) -> None:
        """So much time, or all until it has closed."""
        try:
            await self.skipper.fast_forward(handle, *span)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def skip_until(self, incident: Accepted, *phases: Phase) -> View:
        """Let time pass until the incident is in one of these phases."""
        async with asyncio.timeout(60):
            while True:
                view = await self.view(incident)
                if view.state.phase in phases:
                    return view
                await self.skip(incident, timedelta(minutes=1))

    async def closed(self, incident: Accepted, *resolving: Alert) -> View:
        """Resolve these alerts and let time pass until the incident has closed."""
        if resolving:
            await self.send(*(self.resolved(alert) for alert in resolving))
        handle = self.client.get_workflow_handle(incident.workflow_id)
        async with asyncio.timeout(60):
            await self._forward(handle)
        assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
        return await self.view(incident)

    async def word(self, incident: Accepted, say: Say, person: str = "ana", **more: Any) -> Decision:
        """One word about what is waiting now, not signed by any door."""
        view = await self.view(incident)
        return Decision.model_validate(
            {
                "say": say,
                "person": person,
                "roles": ROLES[person],
                "incident": view.workflow_id,
                "run": view.first_run_id,
                "at": datetime.now(UTC),
                "digest": view.digest if say in (Say.APPROVE, Say.REJECT) else "",
                "asked": view.state.asks,
            }
            | more
        )

    async def reverted(self, view: View) -> str:
        """Let the time pass until the first kept change has gone back, or has not; how that ended."""
        marker = view.state.applied[0].planned.change.marker
        handle = self.client.get_workflow_handle(f"revert-{marker}", result_type=str)
        async with asyncio.timeout(60):
            await self._forward(handle)
            return await handle.result()

    async def say(self, incident: Accepted, say: Say, person: str = "ana", **more: Any) -> DecisionResult:
        """One signed word, as the gateway would pass it on."""
        return await self.control.say(await self.word(incident, say, person, **more))

    async def refused(self, incident: Accepted, say: Say, person: str = "ana", **more: Any) -> str:
        """Why a signed word is refused."""
        try:
            answer = await self.say(incident, say, person, **more)
        except PolicyError as error:
            return str(error)
        raise AssertionError(f"was not refused: {answer.text}")

    async def pass_on(self, decision: Decision) -> DecisionResult:
        """A word as it is, past every door; a refusal is raised with the incident's reason."""
        handle = self.client.get_workflow_handle(decision.incident)
        answer: DecisionResult = await handle.execute_update(
            "decide", decision, id=decision.update_id, result_type=DecisionResult
        )
        return answer

    def effects(self, operation: str = "") -> list[str]:
        """What was really changed at vendors, by operation."""
        return [
            effect.operation for effect in self.sandbox.ledger.effects(operation) if effect.vendor != "people"
        ]


def kinds(view: View) -> list[str]:
    """The kinds of a timeline's lines."""
    return [entry.kind for entry in view.state.timeline]


def texts(view: View, kind: str) -> list[str]:
    """What a timeline's lines of one kind say."""
    return [entry.text for entry in view.state.timeline if entry.kind == kind]
