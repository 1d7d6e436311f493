import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.pause import Pause, Unpause
from sandbox.faults import Fault
from sandbox.vercel.project import Project
from sandbox.world import Sandbox
from stanch.errors import Moved, Unavailable
from stanch.model.verb import Approval, Risk
from tests.activities.vercel.deploying import carried_out, ids, operations, planned, read


async def test_a_pause_leaves_nobody_anything_and_is_the_last_resort(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(Pause(vercel))

    await carried_out(sandbox, Pause(vercel), change)

    assert (project.paused, sandbox.services["shop"].answer()[0]) == (True, 503)
    assert (await read(vercel)).paused
    assert "DEPLOYMENT_PAUSED" in change.effects[0]
    assert (Pause.spec.floor, Pause.spec.risk) == (Approval.ONE, Risk.HIGH)


@pytest.mark.parametrize("auto_assign", [True, False])
async def test_the_undo_restores_whether_new_builds_go_live(
    sandbox: Sandbox, vercel: Vercel, project: Project, *, auto_assign: bool
) -> None:
    project.auto_assign = auto_assign
    change = await planned(Pause(vercel))
    await carried_out(sandbox, Pause(vercel), change)

    await carried_out(sandbox, Pause(vercel), change.undone())

    assert (project.paused, project.auto_assign) == (False, auto_assign)
    assert operations(sandbox)[:2] == ["vercel.pause", "vercel.unpause"]


async def test_an_undo_that_was_killed_before_the_switch_was_put_back_puts_it_back(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    project.auto_assign = False
    verb = Pause(vercel)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    sandbox.order(Fault(status=503, method="PATCH"))
    with pytest.raises(Unavailable):
        await converge(verb, change.undone(), set())

    await carried_out(sandbox, verb, change.undone())

    assert (project.paused, project.auto_assign) == (False, False)


async def test_production_comes_back_and_a_deployment_exchanged_behind_the_pause_is_not_let_loose(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    project.paused = True
    change = await planned(Unpause(vercel))
    project.aliases["shop.example"] = ids(project)[2]

    with pytest.raises(Moved, match="paused with"):
        await converge(Unpause(vercel), change, set())
    project.aliases["shop.example"] = ids(project)[0]
    await carried_out(sandbox, Unpause(vercel), change)

    assert project.paused is False
