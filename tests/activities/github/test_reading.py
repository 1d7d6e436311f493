from datetime import timedelta

from activities.github.client import GitHub
from activities.github.readings import ReadCommits
from sandbox.github.repository import Repository
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.github.asking import commits, recent
from tests.activities.github.cases import SHOP


async def test_commits_are_counted_over_all_pages(github: GitHub, shop: Repository) -> None:
    for number in range(130):
        shop.push("main", f"fix {number}\n\nwith a longer text", timedelta(minutes=3))

    found = await commits(github)

    assert (found.count, len(found.commits), found.commits[0].title) == (131, 20, "fix 129")
    assert not found.at_least


async def test_a_quiet_branch_is_told(github: GitHub) -> None:
    found = await commits(github, within="5m")

    assert (found.count, found.newest_at, found.line()) == (0, None, "no commit on main")


async def test_in_a_check_only_what_was_committed_since_the_change_is_listed(
    github: GitHub, shop: Repository
) -> None:
    shop.push("main", "the mending", timedelta(minutes=1))
    asked = Look(target=SHOP, as_of=AT, since=AT - timedelta(minutes=2))

    found = await ReadCommits(github).read(asked)

    assert [one.title for one in found.commits] == ["the mending"]


async def test_a_deployment_that_failed_or_still_runs_is_told_as_such(
    github: GitHub, shop: Repository
) -> None:
    shop.deploy(shop.branches["main"], timedelta(minutes=2), "in_progress")

    found = await recent(github)

    assert [one.what.partition(" ")[2] for one in found.happenings] == [
        "to production, in_progress",
        "to production",
    ]


async def test_a_deployment_of_which_nothing_was_told_is_not_shown_as_finished(
    github: GitHub, shop: Repository
) -> None:
    shop.deploy(shop.branches["main"], timedelta(minutes=2), state="")

    assert (await recent(github)).happenings[0].what.endswith("to production, no status told")


async def test_deployments_elsewhere_are_not_told(github: GitHub, shop: Repository) -> None:
    shop.deploy(shop.branches["main"], timedelta(minutes=2)).environment = "preview"

    assert (await recent(github)).deploys == 1
