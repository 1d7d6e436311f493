"""Small models for the pure modules, with everything beside the point filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stanch.model.alert import Severity
from stanch.model.change import Change, Kind, Target, Undo, UndoKind, Unit
from stanch.model.guard import Ask, CountedChange, GuardState, Holder, Rules
from stanch.model.incident import IncidentState
from stanch.model.plan import Plan, PlannedStep
from stanch.model.playbook import Asking, Pinned, PinnedCheck, PinnedStep
from stanch.model.service import Limits, ServiceFacts
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.policy import limits

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BACKEND = Target(provider="fly", name="backend")
OURS = Holder(workflow_id="incident-backend", run_id="r1", incident="INC-1")
THEIRS = Holder(workflow_id="incident-shop", run_id="r2", incident="INC-2")
FREE = GuardState(target=BACKEND)
MINUTE = timedelta(minutes=1)


def check(**facts: Any) -> PinnedCheck:
    """Every 30 s, good for 5 min, 3 samples, 5 min to settle, 3 bad in a row."""
    usual: dict[str, Any] = {
        "uses": "probe",
        "good_when": "it.ok",
        "variables": {},
        "every": timedelta(seconds=30),
        "stays_good_for": timedelta(minutes=5),
        "samples": 3,
        "settles_within": timedelta(minutes=5),
        "bad_in_a_row": 3,
    }
    return PinnedCheck(**{**usual, **facts})


def change(**facts: Any) -> Change:
    """One machine from one image to another."""
    usual: dict[str, Any] = {
        "verb": "fly.roll_back",
        "kind": Kind.STATE,
        "target": BACKEND,
        "units": (Unit(id="m1", was="bad", to="good"),),
        "undo": Undo(kind=UndoKind.RESTORES),
        "summary": "roll backend back from v42 to v41",
    }
    return Change(**{**usual, **facts})


def planned(who: Approval = Approval.NOBODY, made: Change | None = None, **facts: Any) -> PlannedStep:
    """A step that asks so many people; `then` and `within` are the asking's own."""
    asking = Asking(who=who, **{name: facts.pop(name) for name in ("then", "within") if name in facts})
    usual: dict[str, Any] = {
        "uses": "fly.roll_back",
        "target": BACKEND,
        "kind": Kind.STATE,
        "undo": UndoKind.RESTORES,
        "asking": asking,
        "mode": AutomationMode.AUTO,
        "if_no_help": NoHelp.UNDO,
    }
    return PlannedStep(step=PinnedStep(**{**usual, **facts}), change=made or change())


def plan(*steps: PlannedStep, who: Approval = Approval.ONE) -> Plan:
    """An option made concrete."""
    return Plan(
        option="roll back", steps=steps or (planned(),), asking=Asking(who=who), mode=AutomationMode.AUTO
    )


def pinned(**facts: Any) -> Pinned:
    """A scenario of a service."""
    usual: dict[str, Any] = {
        "playbook": "slurpy",
        "scenario": "site-down",
        "hash": "abc",
        "severity": Severity.HIGH,
        "mode": AutomationMode.AUTO,
        "service": ServiceFacts(name="backend"),
    }
    return Pinned(**{**usual, **facts})


def state(**facts: Any) -> IncidentState:
    """An incident that has just opened."""
    return IncidentState(**{"number": "INC-20261121-7K3QXM", "opened_at": AT, **facts})


def ask(**facts: Any) -> Ask:
    """May the first step of our incident change the backend? Limits are those of its one owner."""
    limited = {name: facts.pop(name) for name in ("changes_per_hour", "cool_down") if name in facts}
    rules = (Rules(service="backend", limits=Limits(**limited)),)
    usual = {"target": BACKEND, "holder": OURS, "as_of": AT, "step": "INC-1/1", "rules": rules}
    return Ask(**{**usual, **facts})


def made(*, ago: timedelta, holder: Holder = THEIRS, step: str = "INC-2/1") -> CountedChange:
    """Somebody else's change, unless it is said otherwise."""
    return CountedChange(at=AT - ago, step=step, holder=holder)


def changed(*changes: CountedChange, holder: Holder | None = None) -> GuardState:
    """A guard that remembers these changes."""
    return GuardState(target=BACKEND, holder=holder, made=changes)


def rule(state: GuardState, asked: Ask, now: datetime = AT) -> str:
    """The limit that says no; empty when none does."""
    verdict = limits.judge(state, asked, now)
    assert verdict.granted is (not verdict.rule) is (not verdict.because)
    return verdict.rule
