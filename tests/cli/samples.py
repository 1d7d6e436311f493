"""Incidents as the gateway shows them, made of the real models."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stanch.model.alert import Alert, LastHeard, Outbreak, Severity
from stanch.model.change import Change, Kind, Target, Undo, UndoKind, Unit
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState, Phase
from stanch.model.message import TimelineEntry
from stanch.model.plan import Applied, Plan, PlannedStep, Round
from stanch.model.playbook import Asking, Pinned, PinnedStep
from stanch.model.record import View
from stanch.model.service import ServiceFacts
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.policy import change_text, telling

FIRST = "INC-20261121-7K3QXM"
SECOND = "INC-20261121-9ZZTOP".replace("O", "0")
NOW = datetime.now(UTC)
OPENED = NOW - timedelta(minutes=3)
TARGET = Target(provider="fly", name="slurpy-backend")


def change(
    was: str = "registry.fly.io/backend@sha256:bad", to: str = "registry.fly.io/backend@sha256:good"
) -> Change:
    return Change(
        verb="fly.roll_back",
        kind=Kind.STATE,
        target=TARGET,
        units=(Unit(id="9c487adb", was=was, to=to),),
        undo=Undo(kind=UndoKind.RESTORES),
        summary="roll backend back from v42 to v41",
        because="the release finished two minutes before the first failed check",
    )


def planned(**values: str) -> PlannedStep:
    step = PinnedStep(
        uses="fly.roll_back",
        target=TARGET,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        asking=Asking(who=Approval.ONE),
        mode=AutomationMode.APPROVE,
        if_no_help=NoHelp.UNDO,
    )
    return PlannedStep(step=step, change=change(**values))


def plan() -> Plan:
    return Plan(
        option="release", steps=(planned(),), asking=Asking(who=Approval.ONE), mode=AutomationMode.APPROVE
    )


def alert(summary: str = "502 at the edge", **labels: str) -> Alert:
    return Alert(
        source="alertmanager",
        fingerprint="fa65a21db3335b7d",
        name="SiteDown",
        firing=True,
        started_at=OPENED,
        service="backend",
        labels={"alertname": "SiteDown", "severity": "P0", **labels},
        summary=summary,
    )


def outbreak(*alerts: Alert) -> Outbreak:
    """These alerts, firing."""
    return Outbreak(
        firing={one.hash: LastHeard(at=int(one.started_at.timestamp()), name=0) for one in alerts},
        names=("SiteDown",),
        shown={one.key: one for one in alerts},
    )


def evidence() -> dict[str, Evidence]:
    known = Evidence(
        name="release",
        uses="fly.releases",
        result={"version": 42},
        line="v42 finished 2 min ago",
        read_at=NOW,
    )
    missing = Evidence(name="vendor", uses="status.page", missing_because="no answer in 20 s", read_at=NOW)
    return {"release": known, "vendor": missing}


def waiting(number: str = FIRST, **changes: Any) -> View:
    """An incident whose plan waits for an approval; in another phase, no plan does."""
    facts = ServiceFacts(name="backend")
    pinned = Pinned(
        playbook="slurpy",
        scenario="site-down",
        hash="0",
        severity=Severity.CRITICAL,
        mode=AutomationMode.APPROVE,
        service=facts,
    )
    state = IncidentState(
        number=number,
        opened_at=OPENED,
        phase=Phase.APPROVE,
        pinned=pinned,
        severity=Severity.CRITICAL,
        outbreak=outbreak(alert()),
        evidence=evidence(),
        round=Round(plan=plan(), asked_at=NOW),
        timeline=(
            TimelineEntry(at=OPENED, kind="alert", text="SiteDown fires: 502 at the edge", by="alertmanager"),
        ),
    ).model_copy(update=changes)
    digest = state.plan.digest if state.plan else ""
    if digest:
        state.waiting_for = f"approval of {digest} by one: roll backend back from v42 to v41"
    return View(workflow_id=f"incident-{number}", first_run_id="1", state=state, digest=digest)


def applied() -> Applied:
    step = planned()
    begun = tuple(unit.id for unit in step.change.units)
    return Applied(planned=step, at=NOW, begun=begun, approved_by=("ana",))


def shown(view: View) -> dict[str, Any]:
    """`GET /incidents/{number}`."""
    text = change_text.plan_text(view.state.plan) if view.state.plan else ""
    return view.model_dump(mode="json") | {"headline": telling.headline(view.state), "plan_text": text}


def row(view: View) -> dict[str, Any]:
    """One of `GET /incidents`."""
    state = view.state
    return {
        "number": state.number,
        "workflow_id": view.workflow_id,
        "run_id": "1",
        "service": state.pinned.service.name if state.pinned else "",
        "scenario": state.pinned.scenario if state.pinned else "",
        "severity": str(state.severity),
        "phase": str(state.phase),
        "open": state.phase is not Phase.CLOSED,
        "opened_at": state.opened_at.isoformat(),
        "closed_at": None,
    }
