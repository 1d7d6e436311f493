from datetime import timedelta

import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.pause import Pause
from activities.vercel.readings import ReadReleases
from activities.vercel.roll_back import RollBack
from activities.vercel.rolling_release import CompleteRollingRelease
from activities.vercel.set_attack_mode import SetAttackMode
from activities.vercel.set_config import SetConfig
from sandbox.faults import Fault
from sandbox.vercel.move import Rolling
from sandbox.vercel.project import Project
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.errors import Rejected, Still, Unavailable
from stanch.model.change import Change
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.vercel.deploying import carried_out, ids, operations, planned, read
from tests.activities.vercel.worlds import FLAG, SHOP

OTHER = "my-shop.vercel.example"


async def test_a_job_that_never_ends_counts_for_less_than_the_domains(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    project.jobs_hang = True

    await carried_out(sandbox, verb, change)

    assert project.move is not None
    assert (project.live, project.move.runs) == (change.units[0].to, True)
    assert operations(sandbox) == ["vercel.rollback"]


async def test_a_way_back_whose_job_never_ends_is_whole_with_the_domains(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetConfig(vercel), project.live
    change = await planned(verb, key=FLAG, value="false")
    await carried_out(sandbox, verb, change)
    project.jobs_hang = True

    await carried_out(sandbox, verb, change.undone())

    assert project.live == before


async def test_a_rollback_is_done_only_when_no_domain_has_visitors_on_what_was_left(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    project.late_domains[OTHER] = timedelta(hours=2)

    with pytest.raises(AssertionError, match="never stood"):
        await carried_out(sandbox, verb, change)
    with pytest.raises(Still, match=OTHER):
        await converge(verb, change, {"production"})
    sandbox.pass_time(timedelta(hours=2))
    await converge(verb, change, {"production"})

    assert operations(sandbox) == ["vercel.rollback"]


async def test_a_build_is_live_only_when_every_domain_has_it(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = SetConfig(vercel)
    change = await planned(verb, key=FLAG, value="false")
    project.late_domains[OTHER] = timedelta(hours=2)

    with pytest.raises(AssertionError, match="never stood"):
        await carried_out(sandbox, verb, change)
    sandbox.pass_time(timedelta(hours=2))
    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]


async def test_a_completed_release_is_done_only_when_every_domain_has_it(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    new, old, _ = ids(project)
    project.point_to(old)
    project.rolling = Rolling(old, new, 0, stage=1)
    sandbox.pass_time(timedelta(minutes=5))
    change = await planned(CompleteRollingRelease(vercel))
    project.late_domains[OTHER] = timedelta(minutes=2)

    with pytest.raises(Still, match=OTHER):
        await converge(CompleteRollingRelease(vercel), change, set())
    sandbox.pass_time(timedelta(minutes=2))

    await carried_out(sandbox, CompleteRollingRelease(vercel), change)


async def test_a_domain_that_stays_behind_is_named_though_visitors_mostly_get_the_other(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    sandbox.pass_time(timedelta(seconds=30))
    project.failing_domains.add(OTHER)

    with pytest.raises(Rejected, match=f"failed; not moved: {OTHER}"):
        await carried_out(sandbox, verb, change)

    assert project.live != before
    seen = await read(vercel)
    assert seen.elsewhere == {OTHER: before}
    assert f"{OTHER} gets {before}" in seen.line()


async def test_a_move_that_vercel_skips_is_said(sandbox: Sandbox, vercel: Vercel, project: Project) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    sandbox.pass_time(timedelta(seconds=30))
    project.jobs_skip = True

    with pytest.raises(Rejected, match="skipped"):
        await carried_out(sandbox, verb, change)


async def test_a_host_that_vercel_makes_up_for_a_branch_is_none_of_productions(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    branch = "my-shop-git-main-team.vercel.app"
    project.domains.append(branch)
    project.aliases[branch] = project.live
    change = await planned(RollBack(vercel))
    project.late_domains[branch] = timedelta(days=1)

    await carried_out(sandbox, RollBack(vercel), change)


async def test_an_undo_that_starts_a_gradual_release_is_waited_for(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    project.promotes_gradually = True

    with pytest.raises(Still, match="rolling release"):
        await converge(verb, change.undone(), set())

    assert project.rolling is not None
    project.rolling.state, project.auto_assign = "COMPLETE", True
    project.point_to(before)
    await carried_out(sandbox, verb, change.undone())


PATHS = {
    "the domain": "/v4/aliases/",
    "the project": "/v9/projects/my-shop$",
    "the deployment": "/rollback/dpl_",
}


@pytest.mark.parametrize("what", list(PATHS))
async def test_what_is_known_and_not_found_once_is_asked_again(
    sandbox: Sandbox, vercel: Vercel, project: Project, what: str
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    sandbox.order(Fault(status=404, path=PATHS[what]))

    with pytest.raises(Unavailable, match=what) as late:
        await carried_out(sandbox, verb, change)
    await carried_out(sandbox, verb, change)

    assert late.value.untouched
    assert (project.live, operations(sandbox)) == (change.units[0].to, ["vercel.rollback"])


@pytest.mark.parametrize("verb", [Pause, SetAttackMode, SetConfig])
async def test_no_change_ends_by_a_project_that_is_not_found_once(
    sandbox: Sandbox, vercel: Vercel, verb: type
) -> None:
    arguments = {"key": FLAG, "value": "false"} if verb is SetConfig else {}
    change: Change = await planned(verb(vercel), **arguments)
    sandbox.order(Fault(status=404, path="/v9/projects/my-shop$"))

    with pytest.raises(Unavailable):
        await converge(verb(vercel), change, set())


async def test_a_deployment_that_is_gone_is_not_asked_for_again(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(RollBack(vercel))
    project.deployments[1].deleted = True

    with pytest.raises(Rejected, match="404"):
        await converge(RollBack(vercel), change, set())


async def test_a_domain_that_was_taken_off_meanwhile_hides_nothing(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    del project.aliases[OTHER]

    await carried_out(sandbox, RollBack(vercel), await planned(RollBack(vercel)))


async def test_what_people_went_back_from_twice_is_no_place_to_go_back_to(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    oldest = ids(project)[2]
    for goal in (ids(project)[1], oldest):
        sandbox.pass_time(timedelta(minutes=1))
        project.request_move("rollback", goal)
        sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
        project.observe()
    project.auto_assign = True
    sandbox.pass_time(timedelta(minutes=1))
    sandbox.of(VercelWorld).deploy("my-shop")

    change = await planned(RollBack(vercel))

    assert [unit.to for unit in change.units] == [oldest]


async def test_a_promotion_of_something_older_is_going_back_too(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    good = ids(project)[1]
    sandbox.pass_time(timedelta(minutes=1))
    project.request_move("promote", good)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    project.observe()
    for one in project.deployments:
        one.alias_assigned = 1  # the first time, should Vercel keep that
    sandbox.pass_time(timedelta(minutes=1))
    sandbox.of(VercelWorld).deploy("my-shop")

    change = await planned(RollBack(vercel))

    assert [unit.to for unit in change.units] == [good]


async def test_a_push_after_a_rollback_can_be_suspect_again(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    sandbox.pass_time(timedelta(minutes=1))
    project.request_move("rollback", ids(project)[1])
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    project.observe()
    bad_at = AT + timedelta(minutes=21)
    at_work = await read(vercel, first_bad_at=bad_at)
    project.auto_assign = True
    sandbox.pass_time(timedelta(minutes=19))
    sandbox.of(VercelWorld).deploy("my-shop")

    look = Look(target=SHOP, as_of=AT + timedelta(minutes=22), first_bad_at=bad_at)
    pushed = await ReadReleases(vercel).read(look)

    assert (at_work.is_suspect, pushed.is_suspect) == (False, True)
