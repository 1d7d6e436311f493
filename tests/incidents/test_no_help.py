"""What becomes of a change that did not help."""

from datetime import timedelta

from books import RESTART, ROLL_BACK, SCALE, only
from stage import Stage, kinds, texts

from sandbox.faults import Fault
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breaking, break_service, mend_service
from stanch.model.decision import Say
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Fate
from stanch.model.record import View

APP = "slurpy-backend"
BACK_THEN_SCALE = """- steps:
    - {uses: fly.roll_back}
    - {uses: fly.scale, with: {count: 3}}
  approval: nobody
  if_no_help: undo"""
RESTART_THEN_LARGER = """- steps:
    - {uses: fly.restart}
    - {uses: fly.scale, with: {size: shared-cpu-2x}}
  approval: nobody"""


def broken_elsewhere(stage: Stage) -> None:
    """The machines are well and the service is not: nothing that Fly can do will help."""
    stage.machines_are_well()
    break_service(stage.sandbox, Breaking(service="backend"))


def fates(view: View) -> list[tuple[str, Fate]]:
    return [(applied.planned.change.verb, applied.fate) for applied in view.state.applied]


def images(stage: Stage) -> set[str]:
    return {str(machine.config["image"]) for machine in stage.sandbox.of(FlyWorld).apps[APP].standing()}


async def test_a_rollback_that_does_not_help_is_taken_back_and_the_next_option_decided_on(
    stage: Stage,
) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    before = images(stage)
    broken_elsewhere(stage)

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert fates(view) == [("fly.roll_back", Fate.UNDONE), ("fly.scale", Fate.KEPT)]
    assert images(stage) == before
    assert stage.effects("fly.update_machine") == ["fly.update_machine"] * 4
    assert texts(view, "undo") == [f"undone: roll {APP} back from v42 to v41 (2 machines)"]
    assert view.state.handed_over_because == "no option is left"


async def test_added_capacity_that_does_not_help_stays_and_the_next_option_is_decided_on(
    stage: Stage,
) -> None:
    stage.playbook(only(SCALE, RESTART))
    broken_elsewhere(stage)

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert fates(view) == [("fly.scale", Fate.KEPT), ("fly.restart", Fate.KEPT)]
    assert f"did not help, but stays: scale {APP} from 2 to 3 machines" in texts(view, "kept")
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 3


async def test_an_undo_that_fails_is_a_hand_over_and_no_other_option_is_tried(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    broken_elsewhere(stage)
    incident = await stage.open()
    await stage.until(incident, Phase.VERIFY)
    stage.sandbox.order(Fault(status=403, vendor="fly", method="POST", path="/lease", times=None))

    view = await stage.skip_until(incident, Phase.HANDED_OVER)

    assert fates(view) == [("fly.roll_back", Fate.UNDO_FAILED)]
    assert view.state.handed_over_because == "it did not help, and could not be undone"
    assert stage.effects() == ["fly.update_machine"] * 2


async def test_what_could_not_be_undone_by_itself_can_be_undone_by_hand_later(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    before = images(stage)
    broken_elsewhere(stage)
    incident = await stage.open()
    await stage.until(incident, Phase.VERIFY)
    stage.sandbox.order(Fault(status=403, vendor="fly", method="POST", path="/lease", times=None))
    await stage.skip_until(incident, Phase.HANDED_OVER)
    stage.sandbox.faults.clear()

    await stage.say(incident, Say.UNDO)

    await stage.where(incident, lambda view: fates(view) == [("fly.roll_back", Fate.UNDONE)])
    assert images(stage) == before


async def test_several_steps_are_one_plan_and_are_undone_in_reverse(stage: Stage) -> None:
    stage.playbook(only(BACK_THEN_SCALE))
    broken_elsewhere(stage)

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert len(texts(view, "plan")) == 1
    assert fates(view) == [("fly.roll_back", Fate.UNDONE), ("fly.scale", Fate.UNDONE)]
    assert [text.split(":")[1].split()[0] for text in texts(view, "undo")] == ["scale", "roll"]
    assert len(stage.sandbox.of(FlyWorld).apps[APP].standing()) == 2


async def test_a_plan_stops_at_the_first_step_that_fails_and_what_was_done_is_undone(stage: Stage) -> None:
    stage.playbook(only(BACK_THEN_SCALE))
    broken_elsewhere(stage)
    stage.sandbox.order(Fault(status=422, vendor="fly", method="POST", path="/machines$", times=None))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert fates(view) == [("fly.roll_back", Fate.UNDONE)]
    assert stage.effects() == ["fly.update_machine"] * 4
    assert "422" in texts(view, "failed")[0]


async def test_an_act_in_an_undone_plan_is_skipped_and_named(stage: Stage) -> None:
    stage.playbook(only(RESTART_THEN_LARGER))
    broken_elsewhere(stage)
    stage.sandbox.order(Fault(status=422, vendor="fly", method="POST", path=r"machines/\w+$", times=None))

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert fates(view) == [("fly.restart", Fate.CANNOT_UNDO)]
    assert "cannot be undone: a restart cannot be taken back" in texts(view, "undo")[0]


async def test_a_half_done_step_is_undone_as_far_as_it_went(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    broken_elsewhere(stage)
    before = images(stage)
    fault = Fault(status=422, vendor="fly", method="POST", path=r"machines/\w+$", after=1, times=1)
    stage.sandbox.order(fault)

    incident = await stage.open()

    view = await stage.skip_until(incident, Phase.HANDED_OVER)
    assert [len(applied.begun) for applied in view.state.applied] == [1]
    assert fates(view) == [("fly.roll_back", Fate.UNDONE)]
    assert images(stage) == before


async def test_an_act_that_does_not_help_is_not_repeated(stage: Stage) -> None:
    stage.playbook(only(RESTART))
    broken_elsewhere(stage)

    incident = await stage.open()

    await stage.skip_until(incident, Phase.HANDED_OVER)
    assert stage.effects() == ["fly.restart_machine"] * 2


async def test_checks_that_cannot_tell_hand_over_and_leave_the_change(stage: Stage) -> None:
    unreadable = "{uses: fly.status, every: 30s, stays_good_for: 1m, settles_within: 1m, samples: 2}"
    stage.playbook(only(ROLL_BACK, verify=unreadable))
    incident = await stage.open()
    await stage.until(incident, Phase.VERIFY)
    stage.sandbox.order(Fault(status=503, vendor="fly", times=None))

    view = await stage.skip_until(incident, Phase.HANDED_OVER)

    assert "cannot tell whether it helped" in view.state.handed_over_because
    assert fates(view) == [("fly.roll_back", Fate.KEPT)]


async def test_an_alert_that_goes_on_firing_over_good_checks_is_told_once_and_never_closed(
    stage: Stage,
) -> None:
    stage.playbook(only(ROLL_BACK))
    incident = await stage.open()
    await stage.skip_until(incident, Phase.WATCH)

    await stage.skip(incident, timedelta(minutes=30))

    view = await stage.view(incident)
    assert view.state.phase is Phase.WATCH
    assert kinds(view).count("still-firing") == 1
    assert fates(view) == [("fly.roll_back", Fate.KEPT)]


async def test_checks_that_fail_without_any_alert_are_handed_over_once_until_they_are_good(
    stage: Stage,
) -> None:
    stage.playbook(only(ROLL_BACK, SCALE))
    broken_elsewhere(stage)
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.until(incident, Phase.VERIFY)
    await stage.send(stage.resolved(alert))

    await stage.skip(incident, timedelta(minutes=10))

    view = await stage.view(incident)
    assert kinds(view).count("hand-over") == 1
    assert "fly.create_machine" not in stage.effects()
    mend_service(stage.sandbox, "backend")
    assert (await stage.closed(incident)).state.outcome is Outcome.HANDED_OVER
