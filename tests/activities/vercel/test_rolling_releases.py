import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.roll_back import RollBack
from activities.vercel.rolling_release import AbortRollingRelease, CompleteRollingRelease
from sandbox.clock import SandboxClock
from sandbox.vercel.project import Project
from sandbox.vercel.scenes import shop_rolling
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected
from stanch.model.verb import Approval
from tests.activities.contract.case import AT, MARKER
from tests.activities.vercel.deploying import carried_out, ids, operations, planned, read


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(shop_rolling, SandboxClock(AT))


async def test_a_gradual_release_is_read_with_how_many_get_it(vercel: Vercel, project: Project) -> None:
    result = await read(vercel)

    assert (result.name, result.rolling_share) == (ids(project)[1], 0.25)
    assert ", 25% get the next" in result.line()


async def test_a_rollback_during_a_gradual_release_is_refused_and_names_what_ends_it(vercel: Vercel) -> None:
    with pytest.raises(PolicyError, match=r"vercel\.abort_rolling_release") as refused:
        await planned(RollBack(vercel))

    assert refused.value.rule == "deployment-in-progress"


async def test_aborting_sends_everybody_back_and_new_builds_go_live_again_at_the_close(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, (_, good, _) = AbortRollingRelease(vercel), ids(project)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    assert sandbox.services["shop"].measure().error_rate == 0

    await carried_out(sandbox, verb, change.put_right())

    assert (project.live, project.auto_assign, project.rolling.state) == (good, True, "ABORTED")  # type: ignore[union-attr]
    assert [effect.marker for effect in sandbox.ledger.effects("vercel.rollback")] == [MARKER]
    assert "25 %" in change.summary


async def test_completing_sends_everybody_on(sandbox: Sandbox, vercel: Vercel, project: Project) -> None:
    verb, (new, _, _) = CompleteRollingRelease(vercel), ids(project)
    change = await planned(verb)

    await carried_out(sandbox, verb, change)

    assert (project.live, project.auto_assign, change.afterwards) == (new, True, ())
    assert CompleteRollingRelease.spec.floor is Approval.ONE


@pytest.mark.parametrize("state", ["COMPLETE", "another"])
async def test_a_release_that_somebody_else_ended_or_began_is_left_alone(
    sandbox: Sandbox, vercel: Vercel, project: Project, state: str
) -> None:
    assert project.rolling is not None
    change = await planned(AbortRollingRelease(vercel))
    if state == "another":
        project.rolling.canary = ids(project)[2]
    else:
        project.rolling.state = state

    with pytest.raises(Moved):
        await converge(AbortRollingRelease(vercel), change, set())

    assert operations(sandbox) == []


async def test_where_nothing_is_released_gradually_nothing_can_be_ended(
    vercel: Vercel, project: Project
) -> None:
    project.rolling = None

    with pytest.raises(PolicyError) as refused:
        await planned(AbortRollingRelease(vercel))

    assert refused.value.rule == "no-rolling-release"


async def test_domains_that_do_not_move_are_said(sandbox: Sandbox, vercel: Vercel, project: Project) -> None:
    change = await planned(AbortRollingRelease(vercel))
    sandbox.pass_time(AbortRollingRelease.look_again_in)
    project.failing_domains.add("shop.example")

    with pytest.raises(Rejected, match="not all"):
        await carried_out(sandbox, AbortRollingRelease(vercel), change)
