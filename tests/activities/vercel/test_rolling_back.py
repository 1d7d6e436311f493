from datetime import timedelta
from typing import Any

import pytest

from activities.converging import converge
from activities.integration import Surroundings
from activities.vercel import INTEGRATION
from activities.vercel.client import Vercel
from activities.vercel.roll_back import RollBack
from activities.vercel.set_config import SetConfig
from sandbox.faults import Fault, Trouble
from sandbox.server import serving
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.move import Rolling
from sandbox.vercel.project import HOBBY, Project
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unavailable
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import MARKER
from tests.activities.vercel.deploying import carried_out, ids, operations, planned
from tests.activities.vercel.worlds import FLAG


async def test_a_rollback_moves_the_domains_over_a_real_socket(
    sandbox: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERCEL_TOKEN", VercelKey.ALL)
    bad, good, _ = ids(project)
    async with serving(sandbox) as base:
        settings = Provider(token="env:VERCEL_TOKEN", base_url=f"{base}/vercel")
        verb = RollBack(INTEGRATION.connect(Surroundings(settings, Redactor())))
        change = await planned(verb)
        done = await carried_out(sandbox, verb, change)

    assert [(unit.was, unit.to) for unit in change.units] == [(bad, good)]
    assert (done, project.live) == ({"production"}, good)
    assert [effect.marker for effect in sandbox.ledger.effects("vercel.rollback")] == [MARKER]
    assert "do not go live until the incident closes" in change.effects[0]


async def test_a_rollback_done_twice_is_done_once(sandbox: Sandbox, vercel: Vercel) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    done = await carried_out(sandbox, verb, change)

    assert done == set()
    assert operations(sandbox) == ["vercel.rollback"]


@pytest.mark.parametrize("trouble", [Trouble.ANSWER_LOST, Trouble.ANSWER_LATE])
async def test_a_rollback_whose_answer_is_lost_is_found_under_way_and_not_asked_for_again(
    sandbox: Sandbox, vercel: Vercel, trouble: Trouble
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    sandbox.order(Fault(trouble=trouble, method="POST"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)

    asked = [request for request in sandbox.ledger.requests if request.method == "POST"]
    assert len(asked) == 1
    assert operations(sandbox) == ["vercel.rollback"]


async def test_new_builds_go_live_again_when_the_incident_closes(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    assert not project.auto_assign

    await carried_out(sandbox, verb, change.put_right())
    await carried_out(sandbox, verb, change.put_right())

    assert (project.auto_assign, project.live) == (True, ids(project)[1])
    assert operations(sandbox) == ["vercel.rollback", "vercel.update_project"]


async def test_nothing_is_given_back_that_was_not_there(vercel: Vercel, project: Project) -> None:
    project.auto_assign = False

    change = await planned(RollBack(vercel))

    assert change.afterwards == ()
    assert "promotion" in change.effects[0]


@pytest.mark.parametrize("auto_assign", [True, False])
async def test_the_undo_restores_the_domains_and_whether_new_builds_go_live(
    sandbox: Sandbox, vercel: Vercel, project: Project, *, auto_assign: bool
) -> None:
    project.auto_assign = auto_assign
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert (project.live, project.auto_assign) == (before, auto_assign)
    assert await carried_out(sandbox, verb, change.undone()) == set()


async def test_an_undo_waits_for_the_rollback_that_still_runs(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    sandbox.pace.alias = 20
    with pytest.raises(Still):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change.undone())

    assert project.live == before
    assert operations(sandbox) == ["vercel.rollback", "vercel.promote"]


async def test_a_push_since_planning_makes_the_plan_stale(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(RollBack(vercel))
    pushed = sandbox.of(VercelWorld).deploy("my-shop")

    with pytest.raises(Moved, match=pushed):
        await converge(RollBack(vercel), change, set())

    assert (operations(sandbox), project.live) == ([], pushed)


async def test_somebody_elses_move_to_another_deployment_makes_the_plan_stale(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(RollBack(vercel))
    sandbox.pass_time(timedelta(seconds=30))
    sandbox.pace.alias = 60
    project.request_move("rollback", ids(project)[2])

    with pytest.raises(Moved):
        await converge(RollBack(vercel), change, set())


async def test_domains_that_do_not_move_are_named_and_the_undo_fetches_the_others_back(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    sandbox.pass_time(timedelta(seconds=30))
    project.failing_domains.add("shop.example")

    with pytest.raises(Rejected, match=r"failed; not moved: shop\.example"):
        await carried_out(sandbox, verb, change)

    project.failing_domains.clear()
    await carried_out(sandbox, verb, change.undone())
    assert set(project.aliases.values()) == {before}
    assert operations(sandbox) == ["vercel.promote"]


@pytest.mark.parametrize("what", ["build", "move", "rolling"])
async def test_nothing_is_planned_while_a_deployment_is_under_way(
    sandbox: Sandbox, vercel: Vercel, project: Project, what: str
) -> None:
    sandbox.pace.alias = 300
    match what:
        case "build":
            sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)
            project.deployments[0].timetable.stop()
        case "move":
            project.request_move("promote", ids(project)[1])
        case _:
            project.rolling = Rolling(ids(project)[1], ids(project)[0], 0, 1)

    flag: dict[str, Any] = {"key": FLAG, "value": "false"}
    for verb, arguments in ((RollBack(vercel), {}), (SetConfig(vercel), flag)):
        with pytest.raises(PolicyError) as refused:
            await planned(verb, **arguments)
        assert refused.value.rule == "deployment-in-progress"


@pytest.mark.parametrize("what", ["build", "move"])
async def test_what_has_been_under_way_for_days_holds_up_nobody(
    sandbox: Sandbox, vercel: Vercel, project: Project, what: str
) -> None:
    good = ids(project)[1]
    days = 3 * 24 * 3_600_000
    sandbox.pace.alias = 1_000_000
    if what == "build":
        sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)
        project.deployments[0].timetable.stop()
        project.deployments[0].created -= days
    else:
        project.request_move("promote", good).requested -= days
    verb = RollBack(vercel)

    change = await planned(verb)
    sandbox.pace.alias = 1
    await carried_out(sandbox, verb, change)

    assert project.live == good


async def test_a_named_deployment_is_gone_back_to(vercel: Vercel, project: Project) -> None:
    oldest = ids(project)[2]

    change = await planned(RollBack(vercel), release=oldest)

    assert [unit.to for unit in change.units] == [oldest]


async def test_a_deployment_that_production_cannot_go_back_to_is_refused(vercel: Vercel) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(vercel), release="dpl_of_somebody")

    assert refused.value.rule == "no-such-deployment"


async def test_where_visitors_already_are_nothing_is_to_do(vercel: Vercel, project: Project) -> None:
    change = await planned(RollBack(vercel), release=project.live)

    assert (change.units, change.afterwards) == ((), ())
    assert change.nothing_to_do.startswith("visitors already get")


async def test_a_deployment_that_somebody_went_back_from_is_not_chosen(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    left, good = ids(project)[0], ids(project)[1]
    project.request_move("rollback", good)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    project.observe()
    project.auto_assign = True
    sandbox.of(VercelWorld).deploy("my-shop")

    change = await planned(RollBack(vercel))

    assert [unit.to for unit in change.units] == [good] != [left]


async def test_the_first_deployment_of_a_project_has_nothing_before_it(
    vercel: Vercel, project: Project
) -> None:
    del project.deployments[1:]

    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(vercel))

    assert refused.value.rule == "nothing-to-roll-back-to"


async def test_a_small_plan_that_may_not_go_back_so_far_is_rejected(vercel: Vercel, project: Project) -> None:
    project.plan = HOBBY
    change = await planned(RollBack(vercel), release=ids(project)[2])

    with pytest.raises(Rejected, match="402"):
        await converge(RollBack(vercel), change, set())


async def test_an_undo_that_the_project_makes_gradually_is_waited_for_and_not_asked_for_again(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, bad = RollBack(vercel), project.live
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    project.rolling = Rolling(project.live, bad, 0)

    with pytest.raises(Still, match="rolling release"):
        await converge(verb, change.undone(), set())

    assert operations(sandbox) == ["vercel.rollback"]
