"""A control that remembers instead of Temporal, and a team whose playbooks are real."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from activities.registry import catalogue
from stanch.control import Accepted, Away, Group, Ready, Unknown
from stanch.errors import PolicyError
from stanch.gateway import Authenticator, Dependencies, HouseRules, application
from stanch.model.change import Change, Kind, Target, Undo, UndoKind, Unit
from stanch.model.decision import Decision, DecisionResult
from stanch.model.incident import IncidentState, Phase
from stanch.model.pause import Pause
from stanch.model.plan import Plan, PlannedStep, Round
from stanch.model.playbook import Asking, Pinned, PinnedStep
from stanch.model.record import Summary, View
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.secrets import Redactor
from stanch.store import StoreHealth

SENDER = "the-secret-of-the-sender"
PASSWORD = "the-password-of-the-sender"
TOKENS = {
    "ana": "token-of-ana-0123456789",
    "li": "token-of-li-0123456789",
    "kim": "token-of-kim-0123456789",
    "root": "token-of-root-0123456789",
}
NUMBER = "INC-20261121-7K3QXM"
AT = datetime(2026, 11, 21, 3, 12, tzinfo=UTC)

TEAM = """
providers:
  fly: {token: env:FLY_TOKEN_OF_TESTS}
services:
  backend: {runs_on: {provider: fly, app: slurpy-backend}}
  worker: {runs_on: {provider: fly, app: slurpy-worker}}
people:
  ana: {roles: [responder, approver], token: env:ANA}
  li: {roles: [responder], token: env:LI}
  kim: {token: env:KIM}
  root: {roles: [admin], token: env:ROOT}
sources:
  alertmanager: {token: env:SENDER, username: alertmanager, password: env:PASSWORD}
playbooks: [playbook.yaml]
mode: auto
"""
PLAYBOOK = """
scenarios:
  down:
    opens_on: {alert: Down, service: [backend, worker]}
    severity: high
    mode: approve
    options: [{uses: fly.restart, approval: one}]
  lame:
    opens_on: {alert: Lame, service: backend}
    severity: low
    mode: approve
  one-each:
    opens_on: {alert: Each, service: backend}
    severity: low
    mode: approve
    group_by: [alert.fingerprint]
  back:
    opens_on: {asked: {app: {one_of: [blue, green]}}, service: backend}
    severity: high
    mode: approve
    options: [{uses: fly.roll_back, approval: two}]
  put-back:
    opens_on: {asked: {code: {one_of: [health.statuses]}}, service: backend}
    severity: high
    evidence: {health: {uses: probe, with: {url: https://api.slurpy.example}}}
    options: [{when: asked.code == "503", uses: fly.restart, approval: two}]
commands:
  restart-all: {uses: fly.restart, target: [backend, worker]}
"""
ENVIRONMENT = {
    "SENDER": SENDER,
    "PASSWORD": PASSWORD,
    **{name.upper(): token for name, token in TOKENS.items()},
}


def book_in(folder: Path, team: str = TEAM) -> Book:
    (folder / "stanch.yaml").write_text(team)
    (folder / "playbook.yaml").write_text(PLAYBOOK)
    return load_book(folder / "stanch.yaml", catalogue())


@dataclass
class FakeControl:
    """Keeps what it is given, joins groups as Temporal would, and can be away."""

    book: Book
    is_away: bool = False
    store_away: bool = False
    refuses: str = ""
    breaks: Exception | None = None
    taken: list[Group] = field(default_factory=list)
    heard: list[Decision] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    switches: dict[str, Pause] = field(default_factory=dict)
    resumed_by: list[str] = field(default_factory=list)

    def _must_be_there(self) -> None:
        if self.breaks:
            raise self.breaks
        if self.is_away:
            raise Away("Temporal does not answer: connection refused")

    async def take(self, group: Group) -> Accepted | None:
        self._must_be_there()
        firing = any(alert.firing for alert in group.alerts)
        if not firing and all(one.key != group.key for one in self.taken):
            return None
        self.taken.append(group)
        keys = list(dict.fromkeys(one.key for one in self.taken))
        return Accepted(f"INC-20261121-00000{keys.index(group.key)}", group.key)

    async def incidents(self, *, open_only: bool = False, limit: int = 200) -> list[Summary]:
        self._must_be_there()
        rows = [_row(view) for view in self.views.values()]
        return [row for row in rows if row.open or not open_only][:limit]

    async def view(self, name: str) -> View:
        self._must_be_there()
        if name.upper() not in self.views:
            raise Unknown(f"there is no incident {name.upper()}")
        return self.views[name.upper()]

    async def say(self, decision: Decision) -> DecisionResult:
        self._must_be_there()
        if decision.incident in self.gone:
            raise Unknown("this incident is closed")
        if self.refuses:
            raise PolicyError("decision", self.refuses)
        self.heard.append(decision)
        return DecisionResult(
            accepted=True, text=f"{decision.say} by {decision.person}", digest=decision.digest
        )

    async def pause(self, pause: Pause) -> bool:
        self._must_be_there()
        return self.switches.setdefault(pause.scope, pause) is pause

    async def resume(self, scope: str, by: str) -> bool:
        self._must_be_there()
        self.resumed_by.append(by)
        return self.switches.pop(scope, None) is not None

    async def paused(self) -> list[str]:
        self._must_be_there()
        return [f"{one.scope} is paused by {one.by}: {one.why}" for one in self.switches.values()]

    async def readiness(self, queues: Sequence[str]) -> Ready:
        if self.is_away:
            return Ready(ready=False, problem="Temporal does not answer")
        return Ready(warnings=tuple(f"nobody works on {queue}" for queue in queues))

    async def store_health(self) -> StoreHealth:
        if self.store_away:
            return StoreHealth(where="store", why="connection refused")
        return StoreHealth(where="store", is_writable=True, schema_version="0001", namespace="default")

    def open(self, number: str = NUMBER, **state: Any) -> View:
        """An incident that is there."""
        pinned = next(pinned for pinned in self.book.scenarios if pinned.options)
        waiting = Round(plan=a_plan(pinned), asked_at=AT)
        known: dict[str, Any] = {"pinned": pinned, "phase": Phase.APPROVE, "round": waiting, "opened_at": AT}
        remembered = IncidentState(number=number, **(known | state))
        view = View(
            workflow_id=f"incident-{pinned.service.name}",
            first_run_id="the-first-run",
            state=remembered,
            digest=remembered.plan.digest if remembered.plan else "",
        )
        self.views[number] = view
        return view


def a_plan(pinned: Pinned) -> Plan:
    target = Target(provider="fly", name="slurpy-backend", at={"app": "slurpy-backend"})
    change = Change(
        verb="fly.scale",
        kind=Kind.STATE,
        target=target,
        units=(Unit(id="machines", was=2, to=4),),
        undo=Undo(kind=UndoKind.RESTORES),
        summary="scale slurpy-backend from 2 to 4",
    )
    asking = Asking(who=Approval.ONE, within=timedelta(minutes=15))
    step = PinnedStep(
        uses="fly.scale",
        target=target,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        asking=asking,
        mode=AutomationMode.APPROVE,
        if_no_help=NoHelp.KEEP,
    )
    planned = PlannedStep(step=step, change=change)
    return Plan(option="1", steps=(planned,), asking=asking, mode=AutomationMode.APPROVE)


def _row(view: View) -> Summary:
    return Summary(
        number=view.state.number,
        workflow_id=view.workflow_id,
        run_id=view.first_run_id,
        service="backend",
        scenario="down",
        severity=view.state.severity,
        phase=view.state.phase,
        open=view.state.phase is not Phase.CLOSED,
        opened_at=view.state.opened_at,
    )


def authenticator_of(book: Book, redactor: Redactor | None = None) -> Authenticator:
    return Authenticator(book.team, redactor or Redactor())


def rules_of(book: Book) -> HouseRules:
    return HouseRules(book, authenticator_of(book))


def client_of(app: FastAPI, secret: str = "") -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://stanch.example", headers=headers
    )


def app_of(control: Any, book: Book, **more: Any) -> FastAPI:
    sdk_metrics = more.pop("sdk_metrics", None)
    return application(Dependencies(control, rules_of(book), **more), sdk_metrics)


def alert(name: str = "Down", service: str = "backend", **fields: Any) -> dict[str, Any]:
    """One alert as Alertmanager sends it."""
    labels = {"alertname": name, "service": service, **fields.pop("labels", {})}
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{name} on {service}"},
        "startsAt": "2026-11-21T03:12:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{name}-{service}",
        **fields,
    }


def webhook(*alerts: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": "4", "status": "firing", "alerts": list(alerts)}
