import pytest
from pydantic import ValidationError

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.set_config import SetConfig, SetConfigArguments
from sandbox.faults import Fault, Trouble
from sandbox.vercel.project import Project
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unavailable
from tests.activities.vercel.deploying import carried_out, ids, operations, planned
from tests.activities.vercel.worlds import FLAG


async def test_a_flag_is_set_and_carried_by_a_new_build(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetConfig(vercel), project.live
    change = await planned(verb, key=FLAG, value=False)

    done = await carried_out(sandbox, verb, change)

    live = project.deployment(project.live)
    assert done == {f"env:{FLAG}", "deployment"}
    assert live is not None
    assert (live.id != before, live.environment[FLAG]) == (True, "false")
    assert live.commit == project.deployments[1].commit
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]
    assert [(unit.id, unit.was) for unit in change.units] == [(f"env:{FLAG}", "true"), ("deployment", before)]


async def test_a_flag_set_twice_is_built_once(sandbox: Sandbox, vercel: Vercel) -> None:
    verb = SetConfig(vercel)
    change = await planned(verb, key=FLAG, value="false")
    await carried_out(sandbox, verb, change)

    assert await carried_out(sandbox, verb, change) == set()
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]


@pytest.mark.parametrize("path", ["/env/", "/v13/deployments$"])
async def test_a_lost_answer_leaves_one_value_and_one_build(
    sandbox: Sandbox, vercel: Vercel, path: str
) -> None:
    verb = SetConfig(vercel)
    change = await planned(verb, key=FLAG, value="false")
    method = "PATCH" if "env" in path else "POST"
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method=method, path=path))
    with pytest.raises(Unavailable):
        await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change)

    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]


async def test_a_flag_change_that_was_killed_half_way_is_finished(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = SetConfig(vercel)
    change = await planned(verb, key=FLAG, value="false")
    await verb.write(change, change.units[0])

    done = await carried_out(sandbox, verb, change)

    assert done == {"deployment"}
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]
    assert project.live == ids(project)[0]


async def test_the_undo_of_a_flag_restores_the_value_and_promotes_the_deployment_from_before(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetConfig(vercel), project.live
    change = await planned(verb, key=FLAG, value="false")
    await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())

    assert (project.live, project.variables[0].value, project.auto_assign) == (before, "true", True)
    assert operations(sandbox)[2:] == ["vercel.set_env", "vercel.promote"]
    assert await carried_out(sandbox, verb, change.undone()) == set()


async def test_the_undo_while_the_build_still_runs_stops_the_build(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetConfig(vercel), project.live
    change = await planned(verb, key=FLAG, value="false")
    with pytest.raises(Still):
        await converge(verb, change, set())
    project.deployments[0].timetable.stop()

    await carried_out(sandbox, verb, change.undone())

    assert (project.live, project.deployments[0].state) == (before, "CANCELED")
    assert project.variables[0].value == "true"


async def test_a_flag_that_was_absent_is_added_and_taken_away_again(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = SetConfig(vercel)
    change = await planned(verb, key="DISABLE_CHAT", value=1)
    await carried_out(sandbox, verb, change)
    assert (project.variables[-1].key, project.variables[-1].value) == ("DISABLE_CHAT", "1")

    await carried_out(sandbox, verb, change.undone())

    assert [one.key for one in project.variables if one.key == "DISABLE_CHAT"] == []
    assert change.units[0].was is None


async def test_a_flag_that_somebody_set_otherwise_meanwhile_is_left_alone(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(SetConfig(vercel), key=FLAG, value="false")
    project.variables[0].value = "maybe"

    with pytest.raises(Moved, match="maybe"):
        await converge(SetConfig(vercel), change, set())

    assert operations(sandbox) == []


async def test_a_push_while_the_flag_is_being_set_makes_the_plan_stale(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    change = await planned(SetConfig(vercel), key=FLAG, value="false")
    sandbox.of(VercelWorld).deploy("my-shop")

    with pytest.raises(Moved):
        await converge(SetConfig(vercel), change, set())

    assert operations(sandbox) == []


async def test_a_build_that_fails_is_said_and_visitors_keep_what_they_have(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetConfig(vercel), project.live
    change = await planned(verb, key=FLAG, value="false")
    with pytest.raises(Still):
        await converge(verb, change, set())
    project.deployments[0].timetable.set_out((10, "ERROR"))

    with pytest.raises(Rejected, match="ended error"):
        await carried_out(sandbox, verb, change)

    await carried_out(sandbox, verb, change.undone())
    assert (project.live, project.variables[0].value) == (before, "true")


async def test_a_flag_that_production_was_built_with_needs_nothing(vercel: Vercel, project: Project) -> None:
    project.variables[0].updated = project.deployments[0].created - 1000

    change = await planned(SetConfig(vercel), key=FLAG, value="true")

    assert (change.units, change.nothing_to_do) == ((), f"production was built with {FLAG}=true")


async def test_a_flag_that_was_set_after_the_build_needs_only_the_build(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    change = await planned(SetConfig(vercel), key=FLAG, value="true")

    await carried_out(sandbox, SetConfig(vercel), change)

    assert operations(sandbox) == ["vercel.redeploy"]


async def test_a_variable_shared_with_previews_says_so(vercel: Vercel, project: Project) -> None:
    project.variables[0].target = ["production", "preview"]

    change = await planned(SetConfig(vercel), key=FLAG, value="false")

    assert "shared with preview" in change.effects[1]


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("STRIPE_WEBHOOK_SECRET", "holds-a-secret"),
        ("DATABASE_URL", "holds-a-secret"),
        ("SEALED_FLAG", "unreadable"),
        ("MANIFESTO", "not-a-flag"),
    ],
)
async def test_what_is_no_flag_is_not_set_as_one(
    vercel: Vercel, project: Project, key: str, rule: str
) -> None:
    project.keep("SEALED_FLAG", "true", "sensitive")
    project.keep("MANIFESTO", "x" * 300)

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(vercel), key=key, value="false")

    assert refused.value.rule == rule


async def test_a_flag_is_not_set_where_the_new_build_would_not_go_live(
    vercel: Vercel, project: Project
) -> None:
    project.auto_assign = False

    with pytest.raises(PolicyError) as refused:
        await planned(SetConfig(vercel), key=FLAG, value="false")

    assert refused.value.rule == "auto-assign-off"


def test_a_key_is_the_name_of_a_variable() -> None:
    with pytest.raises(ValidationError):
        SetConfigArguments(key="a b", value="x")
