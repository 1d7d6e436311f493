from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.contract import Surroundings, Verb
from activities.converging import converge
from activities.http import Api
from activities.vercel import PART
from activities.vercel.client import Vercel
from activities.vercel.readings import Deployments, ReadDeployments
from activities.vercel.roll_back import RollBack
from activities.vercel.set_flag import SetFlag, SetFlagArguments
from stanch.errors import Moved, PolicyError, Rejected, Still, Unauthorized, Unavailable
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.sandbox.app import application
from stanch.sandbox.clock import Clock
from stanch.sandbox.faults import Fault, Trouble
from stanch.sandbox.scenes import TEAM
from stanch.sandbox.server import serving
from stanch.sandbox.vercel.keys import VercelKey
from stanch.sandbox.vercel.project import HOBBY, Project
from stanch.sandbox.vercel.world import VercelWorld
from stanch.sandbox.world import Sandbox
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SHOP = Target(provider="vercel", name="my-shop", at={"team": TEAM, "domain": "shop.example"})
FLAG = "NEXT_PUBLIC_ENABLE_PACK_PURCHASE"
PATIENCE = 20


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.shop(Clock(AT))


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    return sandbox.of(VercelWorld).projects["my-shop"]


def vercel_of(sandbox: Sandbox, key: str = VercelKey.ALL) -> Vercel:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example/vercel/",
        headers={"Authorization": f"Bearer {key}"},
    )
    return Vercel(Api("vercel", client, Redactor([key])))


@pytest.fixture
def vercel(sandbox: Sandbox) -> Vercel:
    return vercel_of(sandbox)


async def planned(verb: Verb, *, target: Target = SHOP, **arguments: Any) -> Change:
    change = await verb.plan(PlanRequest(target=target, arguments=arguments, as_of=AT, marker="INC-1/1"))
    return Change.model_validate_json(change.model_dump_json())


async def carried_out(verb: Verb, change: Change) -> set[str]:
    """The change as Temporal carries it out: looked at again and again until it stands."""
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except Still:
            continue
        return done
    message = "it never stood"
    raise AssertionError(message)


async def read(vercel: Vercel, **facts: Any) -> Deployments:
    return await ReadDeployments(vercel).read(Look(target=SHOP, as_of=AT, **facts))


def operations(sandbox: Sandbox) -> list[str]:
    return [effect.operation for effect in sandbox.ledger.effects()]


def ids(project: Project) -> list[str]:
    return [deployment.id for deployment in project.deployments]


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []


async def test_the_reading_says_what_visitors_get_and_what_was_before(
    vercel: Vercel, project: Project
) -> None:
    bad, good, _ = project.deployments

    result = await read(vercel, first_bad_at=AT - timedelta(minutes=5))

    assert (result.id, result.previous_id) == (bad.id, good.id)
    assert (result.commit, result.previous_commit) == (bad.commit.sha, good.commit.sha)
    assert result.finished_at == AT - timedelta(minutes=8) + timedelta(seconds=62)
    assert (result.is_suspect, result.deploying, result.rolling_release) == (True, False, False)
    assert result.line() == f"{bad.commit.sha[:7]} by ana, suspect; before it {good.commit.sha[:7]}"


async def test_what_visitors_get_is_what_the_domain_points_to_and_not_what_was_built_last(
    vercel: Vercel, project: Project
) -> None:
    old = project.deployments[2]
    project.aliases["shop.example"] = old.id

    result = await read(vercel)

    assert (result.id, result.previous_id) == (old.id, None)
    assert result.line().endswith("before it nothing")


async def test_without_a_configured_domain_the_projects_own_domains_say_it(
    vercel: Vercel, project: Project
) -> None:
    target = Target(provider="vercel", name="my-shop", at={"team": TEAM})

    result = await ReadDeployments(vercel).read(Look(target=target, as_of=AT))

    assert result.id == project.deployments[0].id


async def test_a_team_may_be_named_by_its_slug(vercel: Vercel, project: Project) -> None:
    target = Target(provider="vercel", name="my-shop", at={"team": "team"})

    result = await ReadDeployments(vercel).read(Look(target=target, as_of=AT))

    assert result.id == project.deployments[0].id


async def test_a_deployment_is_not_suspect_while_another_is_under_way(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    sandbox.pace.build = 50
    sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)

    result = await read(vercel, first_bad_at=AT - timedelta(minutes=5))

    assert (result.id, result.deploying, result.is_suspect) == (project.deployments[1].id, True, False)


async def test_after_somebodys_rollback_nothing_is_suspect(vercel: Vercel, project: Project) -> None:
    project.request_move("rollback", ids(project)[1])
    for _ in range(2):
        project.observe()

    result = await read(vercel, first_bad_at=AT + timedelta(minutes=5))

    assert (result.id, result.is_suspect, result.auto_assign) == (ids(project)[1], False, False)


async def test_a_rollback_moves_the_domains_over_a_real_socket(
    sandbox: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERCEL_TOKEN", VercelKey.ALL)
    bad, good, _ = ids(project)
    async with serving(sandbox) as base:
        settings = Provider(token="env:VERCEL_TOKEN", base_url=f"{base}/vercel")
        verb = RollBack(PART.connect(Surroundings(settings, Redactor())))
        change = await planned(verb)
        done = await carried_out(verb, change)

    assert [(unit.was, unit.to) for unit in change.units] == [(bad, good)]
    assert (done, project.live) == ({"production"}, good)
    assert [effect.marker for effect in sandbox.ledger.effects("vercel.rollback")] == ["INC-1/1"]
    assert "do not go live until the incident closes" in change.effects[0]


async def test_a_rollback_done_twice_is_done_once(sandbox: Sandbox, vercel: Vercel) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    await carried_out(verb, change)

    done = await carried_out(verb, change)

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

    await carried_out(verb, change)

    asked = [request for request in sandbox.ledger.requests if request.method == "POST"]
    assert len(asked) == 1
    assert operations(sandbox) == ["vercel.rollback"]


async def test_new_builds_go_live_again_when_the_incident_closes(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    await carried_out(verb, change)
    assert not project.auto_assign

    await carried_out(verb, change.put_right())
    await carried_out(verb, change.put_right())

    assert (project.auto_assign, project.live) == (True, ids(project)[1])
    assert operations(sandbox) == ["vercel.rollback", "vercel.update_project"]


async def test_nothing_is_given_back_that_was_not_there(vercel: Vercel, project: Project) -> None:
    project.auto_assign = False

    change = await planned(RollBack(vercel))

    assert change.afterwards == ()
    assert "promotion" in change.effects[0]


@pytest.mark.parametrize("auto_assign", [True, False])
async def test_the_undo_restores_the_domains_and_whether_new_builds_go_live(
    vercel: Vercel, project: Project, *, auto_assign: bool
) -> None:
    project.auto_assign = auto_assign
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    await carried_out(verb, change)

    await carried_out(verb, change.undone())

    assert (project.live, project.auto_assign) == (before, auto_assign)
    assert await carried_out(verb, change.undone()) == set()


async def test_an_undo_waits_for_the_rollback_that_still_runs(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = RollBack(vercel), project.live
    change = await planned(verb)
    sandbox.pace.alias = 4
    with pytest.raises(Still):
        await converge(verb, change, set())

    await carried_out(verb, change.undone())

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
    sandbox.pace.alias = 9
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
        await carried_out(verb, change)

    project.failing_domains.clear()
    await carried_out(verb, change.undone())
    assert set(project.aliases.values()) == {before}
    assert operations(sandbox) == ["vercel.promote"]


@pytest.mark.parametrize("what", ["build", "move", "rolling"])
async def test_nothing_is_planned_while_a_deployment_is_under_way(
    sandbox: Sandbox, vercel: Vercel, project: Project, what: str
) -> None:
    sandbox.pace.alias = 50
    match what:
        case "build":
            sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)
            project.deployments[0].course = ["BUILDING"] * 50
        case "move":
            project.request_move("promote", ids(project)[1])
        case _:
            project.rolling_release = {"state": "ACTIVE", "activeStage": {"index": 1}}

    flag: dict[str, Any] = {"key": FLAG, "value": "false"}
    for verb, arguments in ((RollBack(vercel), {}), (SetFlag(vercel), flag)):
        with pytest.raises(PolicyError) as refused:
            await planned(verb, **arguments)
        assert refused.value.rule == "deployment-in-progress"


async def test_a_named_deployment_is_gone_back_to(vercel: Vercel, project: Project) -> None:
    oldest = ids(project)[2]

    change = await planned(RollBack(vercel), deployment=oldest)

    assert [unit.to for unit in change.units] == [oldest]


async def test_a_deployment_that_production_cannot_go_back_to_is_refused(vercel: Vercel) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(RollBack(vercel), deployment="dpl_of_somebody")

    assert refused.value.rule == "no-such-deployment"


async def test_where_visitors_already_are_nothing_is_to_do(vercel: Vercel, project: Project) -> None:
    change = await planned(RollBack(vercel), deployment=project.live)

    assert (change.units, change.afterwards) == ((), ())
    assert change.nothing_to_do.startswith("visitors already get")


async def test_a_deployment_that_somebody_went_back_from_is_not_chosen(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    left, good = ids(project)[0], ids(project)[1]
    project.request_move("rollback", good)
    for _ in range(2):
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
    change = await planned(RollBack(vercel), deployment=ids(project)[2])

    with pytest.raises(Rejected, match="402"):
        await converge(RollBack(vercel), change, set())


async def test_a_flag_is_set_and_carried_by_a_new_build(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetFlag(vercel), project.live
    change = await planned(verb, key=FLAG, value=False)

    done = await carried_out(verb, change)

    live = project.deployment(project.live)
    assert done == {f"env:{FLAG}", "deployment"}
    assert live is not None
    assert (live.id != before, live.environment[FLAG]) == (True, "false")
    assert live.commit == project.deployments[1].commit
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]
    assert [(unit.id, unit.was) for unit in change.units] == [(f"env:{FLAG}", "true"), ("deployment", before)]


async def test_a_flag_set_twice_is_built_once(sandbox: Sandbox, vercel: Vercel) -> None:
    verb = SetFlag(vercel)
    change = await planned(verb, key=FLAG, value="false")
    await carried_out(verb, change)

    assert await carried_out(verb, change) == set()
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]


@pytest.mark.parametrize("path", ["/env/", "/v13/deployments$"])
async def test_a_lost_answer_leaves_one_value_and_one_build(
    sandbox: Sandbox, vercel: Vercel, path: str
) -> None:
    verb = SetFlag(vercel)
    change = await planned(verb, key=FLAG, value="false")
    method = "PATCH" if "env" in path else "POST"
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, method=method, path=path))
    with pytest.raises(Unavailable):
        await carried_out(verb, change)

    await carried_out(verb, change)

    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]


async def test_a_flag_change_that_was_killed_half_way_is_finished(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb = SetFlag(vercel)
    change = await planned(verb, key=FLAG, value="false")
    await verb.write(change, change.units[0])

    done = await carried_out(verb, change)

    assert done == {"deployment"}
    assert operations(sandbox) == ["vercel.set_env", "vercel.redeploy"]
    assert project.live == ids(project)[0]


async def test_the_undo_of_a_flag_restores_the_value_and_promotes_the_deployment_from_before(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetFlag(vercel), project.live
    change = await planned(verb, key=FLAG, value="false")
    await carried_out(verb, change)

    await carried_out(verb, change.undone())

    assert (project.live, project.variables[0].value, project.auto_assign) == (before, "true", True)
    assert operations(sandbox)[2:] == ["vercel.set_env", "vercel.promote"]
    assert await carried_out(verb, change.undone()) == set()


async def test_the_undo_while_the_build_still_runs_stops_the_build(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    verb, before = SetFlag(vercel), project.live
    sandbox.pace.build = 4
    change = await planned(verb, key=FLAG, value="false")
    with pytest.raises(Still):
        await converge(verb, change, set())
    project.deployments[0].course = ["BUILDING"] * 50

    await carried_out(verb, change.undone())

    assert (project.live, project.deployments[0].state) == (before, "CANCELED")
    assert project.variables[0].value == "true"


async def test_a_flag_that_was_absent_is_added_and_taken_away_again(vercel: Vercel, project: Project) -> None:
    verb = SetFlag(vercel)
    change = await planned(verb, key="DISABLE_CHAT", value=1)
    await carried_out(verb, change)
    assert (project.variables[-1].key, project.variables[-1].value) == ("DISABLE_CHAT", "1")

    await carried_out(verb, change.undone())

    assert [one.key for one in project.variables if one.key == "DISABLE_CHAT"] == []
    assert change.units[0].was is None


async def test_a_flag_that_somebody_set_otherwise_meanwhile_is_left_alone(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    change = await planned(SetFlag(vercel), key=FLAG, value="false")
    project.variables[0].value = "maybe"

    with pytest.raises(Moved, match="maybe"):
        await converge(SetFlag(vercel), change, set())

    assert operations(sandbox) == []


async def test_a_push_while_the_flag_is_being_set_makes_the_plan_stale(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    change = await planned(SetFlag(vercel), key=FLAG, value="false")
    sandbox.of(VercelWorld).deploy("my-shop")

    with pytest.raises(Moved):
        await converge(SetFlag(vercel), change, set())

    assert operations(sandbox) == []


async def test_a_build_that_fails_is_said_and_visitors_keep_what_they_have(
    vercel: Vercel, project: Project
) -> None:
    verb, before = SetFlag(vercel), project.live
    change = await planned(verb, key=FLAG, value="false")
    with pytest.raises(Still):
        await converge(verb, change, set())
    project.deployments[0].course = ["ERROR"]

    with pytest.raises(Rejected, match="ended error"):
        await carried_out(verb, change)

    await carried_out(verb, change.undone())
    assert (project.live, project.variables[0].value) == (before, "true")


async def test_a_flag_that_production_was_built_with_needs_nothing(vercel: Vercel, project: Project) -> None:
    project.variables[0].updated = project.deployments[0].created - 1000

    change = await planned(SetFlag(vercel), key=FLAG, value="true")

    assert (change.units, change.nothing_to_do) == ((), f"production was built with {FLAG}=true")


async def test_a_flag_that_was_set_after_the_build_needs_only_the_build(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    change = await planned(SetFlag(vercel), key=FLAG, value="true")

    await carried_out(SetFlag(vercel), change)

    assert operations(sandbox) == ["vercel.redeploy"]


async def test_a_variable_shared_with_previews_says_so(vercel: Vercel, project: Project) -> None:
    project.variables[0].target = ["production", "preview"]

    change = await planned(SetFlag(vercel), key=FLAG, value="false")

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
        await planned(SetFlag(vercel), key=key, value="false")

    assert refused.value.rule == rule


async def test_a_flag_is_not_set_where_the_new_build_would_not_go_live(
    vercel: Vercel, project: Project
) -> None:
    project.auto_assign = False

    with pytest.raises(PolicyError) as refused:
        await planned(SetFlag(vercel), key=FLAG, value="false")

    assert refused.value.rule == "auto-assign-off"


@pytest.mark.parametrize("key", [VercelKey.ELSEWHERE, "no-key-at-all"])
async def test_a_credential_that_does_not_reach_the_project_is_said_and_never_shown(
    sandbox: Sandbox, key: str
) -> None:
    vercel = vercel_of(sandbox, key)

    with pytest.raises(Unauthorized) as refused:
        await planned(RollBack(vercel))

    assert key not in str(refused.value)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_vercel_is_asked_again_when_it_says(
    sandbox: Sandbox, vercel: Vercel, status: int
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    sandbox.order(Fault(status=status, method="POST", headers={"Retry-After": "4"}))

    with pytest.raises(Unavailable) as refused:
        await converge(verb, change, set())

    assert refused.value.retry_after == timedelta(seconds=4)
    await carried_out(verb, change)
    assert operations(sandbox) == ["vercel.rollback"]


async def test_garbage_is_no_reason_to_act(sandbox: Sandbox, vercel: Vercel) -> None:
    change = await planned(RollBack(vercel))
    sandbox.order(Fault(trouble=Trouble.GARBAGE, path="/v4/aliases"))

    with pytest.raises(Unavailable):
        await converge(RollBack(vercel), change, set())

    assert operations(sandbox) == []


async def test_empty_answers_are_no_reason_to_act(sandbox: Sandbox, vercel: Vercel) -> None:
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, path="deployments", times=None))

    with pytest.raises(PolicyError):
        await planned(RollBack(vercel))


async def test_a_domain_of_another_project_is_refused(sandbox: Sandbox, vercel: Vercel) -> None:
    sandbox.of(VercelWorld).add("blog", TEAM, ["blog.example"]).aliases["blog.example"] = "dpl_blog"
    target = Target(provider="vercel", name="my-shop", at={"team": TEAM, "domain": "blog.example"})

    with pytest.raises(Rejected, match="belongs to another project"):
        await planned(RollBack(vercel), target=target)


def test_a_key_is_the_name_of_a_variable() -> None:
    with pytest.raises(ValidationError):
        SetFlagArguments(key="a b", value="x")
