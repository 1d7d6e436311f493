"""What a pipeline writes over a change while its incident is still watched is said at the end."""

from books import ROLL_BACK, only
from stage import Stage, texts

from sandbox.faults import Fault, Trouble
from sandbox.fly.world import FlyWorld
from stanch.model.incident import Phase
from stanch.model.plan import Fate

APP = "slurpy-backend"


async def test_a_deployment_over_a_rollback_is_told_at_the_close(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    stage.sandbox.of(FlyWorld).deploy(APP, good=True)

    view = await stage.closed(incident, alert)

    told = texts(view, "changed-since")
    assert len(told) == 1
    assert "no longer as it was left" in told[0]
    assert [one.fate for one in view.state.applied] == [Fate.KEPT]
    assert "no longer as it was left" in str(stage.sandbox.inbox)


async def test_a_vendor_that_does_not_answer_at_the_close_is_not_taken_for_a_yes(
    stage: Stage,
) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)
    stage.sandbox.order(Fault(trouble=Trouble.RESET, vendor="fly", times=None))

    view = await stage.closed(incident, alert)

    told = texts(view, "changed-since")
    assert len(told) == 1
    assert "whether it is still so is not known: fly: " in told[0]


async def test_nothing_is_said_of_what_still_stands(stage: Stage) -> None:
    stage.playbook(only(ROLL_BACK))
    alert = stage.alert()
    incident = await stage.open(alert)
    await stage.skip_until(incident, Phase.WATCH)

    view = await stage.closed(incident, alert)

    assert texts(view, "changed-since") == []
    assert [one.said for one in view.state.applied] == [""]
