"""Incidents as the pages show them, and a control that changes them as Temporal would."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from stanch.errors import PolicyError
from stanch.model.alert import Alert, Outbreak, Severity
from stanch.model.change import Change, Kind, Target, Undo, UndoKind, Unit
from stanch.model.decision import Decision, DecisionResult, Say
from stanch.model.evidence import Evidence
from stanch.model.incident import Phase, ToDo
from stanch.model.message import TimelineEntry
from stanch.model.plan import Applied, Fate, Plan, PlannedStep, Round
from stanch.model.record import View
from stanch.policy import approving
from tests.gateway.doubles import NUMBER, FakeControl, a_plan

WORK = "INC-20261121-WQRK22"
OVER = "INC-20261120-DQNE33"


def asked(control: FakeControl, number: str = NUMBER, **more: Any) -> View:
    """An incident that waits for a yes, with everything that an incident can know."""
    now = datetime.now(UTC)
    pinned = next(one for one in control.book.scenarios if one.options)
    waiting = Round(plan=a_plan_of_two(control), asked_at=now, put_at=now - timedelta(minutes=2))
    known: dict[str, Any] = {
        "round": waiting,
        "severity": Severity.CRITICAL,
        "label": "P0",
        "opened_at": now - timedelta(minutes=4),
        "entered_at": now - timedelta(minutes=2),
        "waiting_for": f"approval of {waiting.plan.digest} by one: {waiting.plan.summary}",
        "pinned": pinned,
        "outbreak": Outbreak(shown={"1": _alert(now)}),
        "evidence": {one.name: one for one in _evidence(now)},
        "timeline": _timeline(now),
    }
    opened = known | more
    return control.open(number, **opened)


def worked_on(control: FakeControl, number: str = WORK, **more: Any) -> View:
    """An incident that waits for what people do by hand, after a change that did not help."""
    now = datetime.now(UTC)
    plan = a_plan_of_two(control)
    first = Applied(
        planned=plan.steps[0], at=now - timedelta(minutes=20), approved_by=("ana",), fate=Fate.UNDONE
    )
    known: dict[str, Any] = {
        "phase": Phase.BY_HAND,
        "round": None,
        "severity": Severity.HIGH,
        "opened_at": now - timedelta(minutes=25),
        "waiting_for": "people: Look at the queue; Tell support",
        "acknowledged_by": "li",
        "applied": (first,),
        "to_do": (
            ToDo(number=1, do="Look at the queue", type="redis-cli -u $REDIS_URL llen jobs", option="2"),
            ToDo(number=2, do="Tell support", option="2"),
        ),
        "timeline": _timeline(now),
    }
    return control.open(number, **(known | more))


def a_plan_of_two(control: FakeControl) -> Plan:
    pinned = next(one for one in control.book.scenarios if one.options)
    plan = a_plan(pinned)
    step = plan.steps[0]
    target = Target(provider="fly", name="slurpy-backend")
    image = "registry.fly.example/slurpy-backend:deployment-01J{}"
    back = Change(
        verb="fly.roll_back",
        kind=Kind.STATE,
        target=target,
        units=tuple(
            Unit(id=machine, was=image.format("Q8XB2NM9"), to=image.format("PZ47T0KA"))
            for machine in ("9c487adb", "1d22f07e")
        ),
        undo=Undo(kind=UndoKind.RESTORES),
        summary="roll slurpy-backend back from v42 to v41 (2 machines)",
        because="v42 was finished 3 min before the first bad sample",
        effects=("restarts each machine, one after the other",),
    )
    return plan.model_copy(update={"steps": (PlannedStep(step=step.step, change=back), *plan.steps)})


def _alert(now: datetime) -> Alert:
    return Alert(
        source="alertmanager",
        fingerprint="1",
        name="SiteDown",
        firing=True,
        started_at=now - timedelta(minutes=5),
        summary="health checks fail with 503",
        labels={"alertname": "SiteDown", "service": "backend", "region": "fra"},
    )


def _evidence(now: datetime) -> list[Evidence]:
    said = {
        "release": "v42 by ana@team.example, suspect; before it v41",
        "copies": "2 of 2 machines run, 2 failing, shared-cpu-1x 256 MB",
        "vendors": "fly: all systems operational",
    }
    known = [Evidence(name=name, uses="x", result={}, line=line, read_at=now) for name, line in said.items()]
    missing = Evidence(name="log", uses="fly.logs", missing_because="answered 503 three times", read_at=now)
    return [*known, missing]


def _timeline(now: datetime) -> tuple[TimelineEntry, ...]:
    said = (
        ("opened", "SiteDown on backend fires: health checks fail with 503", "stanch"),
        ("evidence", "release: v42 by ana@team.example, suspect; before it v41", "stanch"),
        ("plan", "roll slurpy-backend back from v42 to v41 (2 machines)", "stanch"),
        ("note", "the deploy was mine, going back is fine", "li, on the page"),
    )
    return tuple(
        TimelineEntry(
            at=now - timedelta(minutes=4) + timedelta(seconds=9 * turn), kind=kind, text=text, by=by
        )
        for turn, (kind, text, by) in enumerate(said)
    )


@dataclass
class DecidingControl(FakeControl):
    """Hears a word by the incident's own rules, and lets it change what is shown."""

    def open(self, number: str = NUMBER, **state: Any) -> View:
        view = super().open(number, **state)
        self.views[number] = view.model_copy(update={"workflow_id": f"incident-{number}"})
        return self.views[number]

    async def say(self, decision: Decision) -> DecisionResult:
        view = next(one for one in self.views.values() if one.workflow_id == decision.incident)
        state = view.state
        waiting = state.plan if state.phase is Phase.APPROVE else None
        if decision.say in (Say.APPROVE, Say.REJECT):
            because = approving.decided_before(decision, waiting, state) or approving.refuse_approval(
                decision, waiting, state.approvals
            )
            if because:
                raise PolicyError("decision", because)
        answer = await super().say(decision)
        match decision.say:
            case Say.APPROVE:
                self._decided(view, phase=Phase.CHANGE, decisions=(decision,))
            case Say.REJECT:
                self._decided(view, phase=Phase.HANDED_OVER, rejected_by=decision.person)
            case Say.DONE:
                ticked = {"done": decision.done, "by": decision.person}
                items = [
                    one.model_copy(update=ticked) if one.number == decision.item else one
                    for one in state.to_do
                ]
                self.shows(view, to_do=tuple(items))
        return answer

    def _decided(self, view: View, phase: Phase, **decided: Any) -> None:
        round_ = view.state.round
        assert round_ is not None
        self.shows(view, phase=phase, round=round_.model_copy(update=decided))

    def shows(self, view: View, **state: Any) -> View:
        """The incident, with this of it changed."""
        changed = view.state.model_copy(update=state)
        digest = changed.plan.digest if changed.plan else ""
        self.views[view.state.number] = view.model_copy(update={"state": changed, "digest": digest})
        return self.views[view.state.number]
