from datetime import timedelta

from activities.vercel.client import Vercel
from activities.vercel.readings import ReadReleases
from sandbox.vercel.project import Project
from sandbox.vercel.scenes import TEAM
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.vercel.deploying import ids, read


async def test_the_reading_says_what_visitors_get_and_what_was_before(
    vercel: Vercel, project: Project
) -> None:
    bad, good, _ = project.deployments

    result = await read(vercel, first_bad_at=AT - timedelta(minutes=5))

    assert (result.name, result.previous) == (bad.id, good.id)
    assert (result.commit, result.newest, result.is_newest) == (bad.commit.sha, bad.id, True)
    assert result.finished_at == AT - timedelta(minutes=8) + timedelta(seconds=62)
    assert (result.is_suspect, result.deploying, result.held) == (True, False, False)
    assert result.line() == f"{bad.id} {bad.commit.sha[:7]} by ana, suspect; before it {good.id}"


async def test_what_visitors_get_is_what_the_domain_points_to_and_not_what_was_built_last(
    vercel: Vercel, project: Project
) -> None:
    old = project.deployments[2]
    project.aliases["shop.example"] = old.id

    result = await read(vercel)

    assert (result.name, result.previous) == (old.id, None)
    assert "nothing before it" in result.line()


async def test_without_a_configured_domain_the_projects_own_domains_say_it(
    vercel: Vercel, project: Project
) -> None:
    target = Target(provider="vercel", name="my-shop", at={"team": TEAM})

    result = await ReadReleases(vercel).read(Look(target=target, as_of=AT))

    assert result.name == project.deployments[0].id


async def test_a_team_may_be_named_by_its_slug(vercel: Vercel, project: Project) -> None:
    target = Target(provider="vercel", name="my-shop", at={"team": "team"})

    result = await ReadReleases(vercel).read(Look(target=target, as_of=AT))

    assert result.name == project.deployments[0].id


async def test_a_deployment_is_not_suspect_while_another_is_under_way(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)

    result = await read(vercel, first_bad_at=AT - timedelta(minutes=5))

    assert (result.name, result.deploying, result.is_suspect) == (project.deployments[1].id, True, False)


async def test_after_somebodys_rollback_nothing_is_suspect(
    sandbox: Sandbox, vercel: Vercel, project: Project
) -> None:
    project.request_move("rollback", ids(project)[1])
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    project.observe()

    result = await read(vercel, first_bad_at=AT + timedelta(minutes=5))

    assert (result.name, result.is_suspect, result.held) == (ids(project)[1], False, True)
