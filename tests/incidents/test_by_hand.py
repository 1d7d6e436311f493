"""Changes that a person asks for, and what a person takes back."""

import pytest
from books import ASKED_BACK, RESTART, ROLL_BACK, SCALE, book, only, scenario
from keeper import hold_guard
from stage import Stage, kinds, texts

from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breaking, break_service
from stanch.control import Accepted
from stanch.model.alert import Severity
from stanch.model.decision import DecisionResult, Say
from stanch.model.incident import Phase
from stanch.model.plan import Fate

APP = "slurpy-backend"


async def run(stage: Stage, incident: Accepted, uses: str, **arguments: int) -> DecisionResult:
    assert stage.book is not None
    step = stage.book.verb_step("backend", uses, arguments)
    return await stage.say(incident, Say.RUN, step=step)


async def handed_over(stage: Stage, *options: str) -> Accepted:
    """An automatic incident that a person has stopped before anything was done."""
    stage.playbook(only(ASKED_BACK, *options))
    stage.machines_are_well()
    incident = await stage.open()
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)
    return incident


async def test_a_change_by_hand_is_planned_approved_and_on_record_like_any_other(stage: Stage) -> None:
    incident = await handed_over(stage)

    await run(stage, incident, "fly.scale", count=3)

    view = await stage.until(incident, Phase.APPROVE)
    assert view.state.plan is not None
    assert view.state.plan.requested_by == "ana"
    assert stage.effects() == []
    await stage.say(incident, Say.APPROVE, "li")
    view = await stage.where(incident, lambda view: view.state.applied)
    assert view.state.applied[0].approved_by == ("li",)
    assert stage.effects() == ["fly.create_machine"]


async def test_a_change_by_hand_is_held_to_the_same_limits(stage: Stage) -> None:
    incident = await handed_over(stage)

    await run(stage, incident, "fly.scale", count=50)

    view = await stage.until(incident, Phase.APPROVE)
    assert view.state.plan is not None
    assert len(view.state.plan.steps[0].change.units) == 3


async def test_a_change_by_hand_that_is_refused_starts_no_automation(stage: Stage) -> None:
    incident = await handed_over(stage, RESTART)

    await run(stage, incident, "fly.scale", count=2)

    view = await stage.where(incident, lambda view: kinds(view).count("hand-over") == 2)
    assert "2 machines run, 2 wanted" in view.state.handed_over_because
    assert stage.effects() == []


async def test_a_change_by_hand_that_does_not_help_starts_no_automation(stage: Stage) -> None:
    incident = await handed_over(stage, RESTART)
    break_service(stage.sandbox, Breaking(service="backend"))
    await run(stage, incident, "fly.scale", count=3)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)
    await stage.where(incident, lambda view: view.state.applied)

    view = await stage.skip_until(incident, Phase.HANDED_OVER)

    assert stage.effects() == ["fly.create_machine"]
    assert "asked for by hand has not ended it" in view.state.handed_over_because


async def test_a_change_by_hand_that_helps_ends_the_incident(stage: Stage) -> None:
    incident = await handed_over(stage)
    await run(stage, incident, "fly.scale", count=3)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE)

    view = await stage.skip_until(incident, Phase.WATCH)

    assert [applied.fate for applied in view.state.applied] == [Fate.KEPT]


@pytest.mark.parametrize("phase", [Phase.HANDED_OVER, Phase.WATCH])
async def test_a_change_by_hand_does_not_take_an_abort_back(stage: Stage, phase: Phase) -> None:
    slow = scenario(ASKED_BACK, name="slow", alert="Slow", severity="medium")
    stage.playbook(book(slow, scenario(RESTART)))
    stage.machines_are_well()
    if phase is Phase.HANDED_OVER:
        break_service(stage.sandbox, Breaking(service="backend"))
    incident = await stage.open(stage.alert("Slow"))
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.ABORT)
    await stage.until(incident, Phase.HANDED_OVER)
    await run(stage, incident, "fly.scale", count=3)
    await stage.until(incident, Phase.APPROVE)
    await stage.say(incident, Say.APPROVE, "li")
    await stage.where(incident, lambda view: view.state.applied)
    await stage.skip_until(incident, phase)

    await stage.open(stage.alert("SiteDown"))

    await stage.where(incident, lambda view: view.state.severity is Severity.CRITICAL)
    await stage.skip_until(incident, Phase.HANDED_OVER)
    assert stage.effects() == ["fly.create_machine"]


async def test_a_change_by_hand_need_not_wait_for_a_hold_to_pass(stage: Stage) -> None:
    stage.playbook(only("- {hold: wait and see}"))
    incident = await stage.open()
    await stage.until(incident, Phase.HOLD)

    await run(stage, incident, "fly.scale", count=3)

    await stage.until(incident, Phase.APPROVE)


async def test_what_was_kept_is_taken_back_when_a_person_asks(stage: Stage) -> None:
    stage.playbook(only(SCALE))
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))
    incident = await stage.open()
    await stage.skip_until(incident, Phase.HANDED_OVER)
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 3

    await stage.say(incident, Say.UNDO)

    view = await stage.where(incident, lambda view: "taken back, as asked" in view.state.handed_over_because)
    assert [applied.fate for applied in view.state.applied] == [Fate.UNDONE]
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 2


async def test_an_undo_by_hand_never_meets_another_incidents_change(stage: Stage) -> None:
    stage.playbook(only(SCALE))
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))
    incident = await stage.open()
    await stage.skip_until(incident, Phase.HANDED_OVER)
    await hold_guard(stage, "INC-20261121-000000")

    await stage.say(incident, Say.UNDO)

    view = await stage.where(incident, lambda view: kinds(view).count("hand-over") == 2)
    assert "INC-20261121-000000 is changing fly:slurpy-backend" in texts(view, "undo")[-1]
    assert view.state.handed_over_because == "not everything could be taken back"
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 3


async def test_an_undo_needs_the_role_of_an_approver(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    incident = await stage.open()
    await stage.until(incident, Phase.VERIFY)

    assert "sam does not have the role approver" in await stage.refused(incident, Say.UNDO, "sam")
