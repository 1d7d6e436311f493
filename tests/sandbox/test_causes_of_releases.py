"""Causes in deployments and pages: what everybody sees of them, and what alone cures each."""

from datetime import timedelta
from typing import Any

import pytest
from worlds import catalogue_of

from sandbox import Sandbox
from sandbox.aws.world import AwsWorld
from sandbox.causes import bring_about
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.firebase.world import FirebaseWorld
from sandbox.furnishing import Furnished, furnish
from sandbox.github.world import GitHubWorld
from sandbox.heroku.world import HerokuWorld
from sandbox.instances import ImpossibleError
from sandbox.netlify.world import NetlifyWorld
from sandbox.vercel.world import VercelWorld

SCHEMA = {"says": "500: column level does not exist", "unless": {"ran": "migrate:rollback"}}


def world(team: str, *state: Any, catalogue: str = "") -> Furnished:
    furnished = furnish(Sandbox(), catalogue_of(team, catalogue), "http://127.0.0.1:7999")
    bring_about(furnished, state)
    return furnished


def heroku(*state: Any) -> Furnished:
    return world("gitquest", *state, catalogue="heroku.stanch.yaml")


def ecs(*state: Any) -> Furnished:
    return world("gitquest", *state, catalogue="ecs.stanch.yaml")


def errors(found: Furnished, service: str) -> float:
    return found.sandbox.services[service].measure().error_rate


def test_a_release_whose_phase_failed_is_the_newest_and_what_ran_before_goes_on() -> None:
    found = heroku({"release": {"of": "backend", "failed": True, "output": "error: relation exists"}})

    app = found.sandbox.of(HerokuWorld).apps["gitquest-backend"]
    assert [one.status for one in app.releases[:2]] == ["failed", "succeeded"]
    assert (app.releases[0].output, app.current) == ("error: relation exists", app.releases[1])
    assert errors(found, "backend") == 0


def test_a_release_that_ecs_gave_up_has_a_task_that_ended_badly_with_its_lines() -> None:
    found = ecs({"release": {"of": "backend", "failed": True, "exit_code": 3, "output": "relation exists"}})

    service, task = (
        found.sandbox.of(AwsWorld).services["gitquest-backend"],
        found.sandbox.of(AwsWorld).tasks[0],
    )
    assert [one.status for one in service.deployments[:2]] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    assert task.body()["containers"][0]["exitCode"] == 3
    assert (task.definition.revision, service.definition.revision) == (5, 4)


@pytest.mark.parametrize("failed", [True, False])
def test_a_deployment_that_is_not_live_leaves_the_page_as_it_is(failed: bool) -> None:
    line = {"release": {"of": "frontend", "failed": failed, "deploying": not failed}}

    here, there = heroku(line), ecs(line)

    project, site = (
        here.sandbox.of(VercelWorld).projects["gitquest"],
        there.sandbox.of(NetlifyWorld).sites["gitquest"],
    )
    assert (project.deployments[0].state, site.deploys[0].state) == (
        ("ERROR", "error") if failed else ("BUILDING", "building")
    )
    assert errors(here, "frontend") == errors(there, "frontend") == 0


def test_what_goes_on_deploying_never_arrives() -> None:
    found = heroku({"release": {"of": "backend", "deploying": True}})

    found.sandbox.pass_time(timedelta(hours=2))

    assert found.sandbox.of(HerokuWorld).apps["gitquest-backend"].releases[0].status == "pending"


def test_where_no_deployment_fails_that_is_said() -> None:
    with pytest.raises(ImpossibleError, match="no deployment fails or hangs at fly here"):
        world("slurpy", {"release": {"of": "backend", "failed": True}})


def test_a_schema_is_cured_by_the_command_that_takes_it_back_and_by_no_other() -> None:
    found = heroku({"feature": {"of": "backend", **SCHEMA}})
    app, seen = found.sandbox.of(HerokuWorld).apps["gitquest-backend"], []

    for command in ("npm run lint", "sh -c 'npm run migrate:rollback'"):
        app.run(app.releases[0], command, "standard-1x", "")
        found.sandbox.pass_time(timedelta(minutes=2))
        seen.append(errors(found, "backend"))

    assert seen == [1, 0]


def test_a_change_that_was_merged_is_on_the_branch_and_in_no_deployment() -> None:
    found = world(
        "servio",
        {"release": {"of": "servio", "good": False, "ago": "12m"}},
        {"merged": {"of": "servio", "title": "Say prices in words", "ago": "4m"}},
    )

    repository = found.sandbox.of(GitHubWorld).repositories["servio/servio"]
    live = found.sandbox.of(VercelWorld).projects["servio"].deployments[0].commit.sha
    assert repository.history("main")[0].message == "Say prices in words (#5)"
    assert repository.deployments[0].sha == live == repository.history("main")[1].sha


def test_nothing_can_be_gone_back_to_where_earlier_releases_are_gone() -> None:
    found = world("pack", {"release": {"of": "packs"}}, {"earlier": {"of": "packs"}})

    service = found.sandbox.of(FirebaseWorld).projects["packs-example"].services["us-central1/api"]
    assert [service.has_image(one.image) for one in service.revisions] == [True, False, False, False]
    assert errors(found, "packs") == 0


def test_code_that_takes_all_memory_is_cured_by_earlier_code_and_by_no_larger_size() -> None:
    found = world("pack", {"release": {"of": "packs", "good": False, "fills_memory": True, "share": 0.4}})
    service = found.sandbox.of(FirebaseWorld).projects["packs-example"].services["us-central1/api"]
    earlier, measured = service.revisions[1], []

    service.template["containers"][0]["resources"]["limits"]["memory"] = "2Gi"
    larger = service.renew(good=True, creator="ana")
    for made in (larger, earlier):
        service.traffic = [{"revision": made.id, "percent": 100}]
        service.settle()
        now = found.sandbox.services["packs"].measure()
        measured.append((now.error_rate, now.memory_used))

    assert measured == [(0.4, 1.0), (0, 0.703)]


def test_a_release_that_only_sets_something_runs_the_same_code() -> None:
    failing = {"good": False, "says": "500: an upload cannot be read"}
    there = world("pitchey", {"release": {"of": "pitchey", **failing}})
    here = heroku({"release": {"of": "backend", **failing}})
    worker = there.sandbox.of(CloudflareWorld).workers["pitchey-production"]
    app = here.sandbox.of(HerokuWorld).apps["gitquest-backend"]

    worker.deploy({worker.upload(worker.newest.code, bindings=[]).id: 100})
    app.release("Set CACHE_TTL", app.current.slug, {**app.config, "CACHE_TTL": "600"})

    assert errors(there, "pitchey") == errors(here, "backend") == 1


def test_a_stale_page_is_cured_by_a_purge() -> None:
    found = heroku({"page_files": {"of": "frontend", "are": "stale"}})
    service = found.sandbox.services["frontend"]
    front, releases = service.front, service.releases()
    before = names_what_is_there(front.page(min(releases), past_cache=False).body, front, releases)

    found.sandbox.purge_pages(lambda _: True)

    after = names_what_is_there(front.page(min(releases), past_cache=False).body, front, releases)
    assert (before, after) == (False, True)


def test_a_release_without_its_files_is_cured_by_another_release_and_by_no_purge() -> None:
    found = heroku({"release": {"of": "frontend"}}, {"page_files": {"of": "frontend", "are": "missing"}})
    service = found.sandbox.services["frontend"]
    project = found.sandbox.of(VercelWorld).projects["gitquest"]
    before = project.deployments[1].id
    seen = []

    for cure in (lambda: found.sandbox.purge_pages(lambda _: True), lambda: project.point_to(before)):
        cure()
        page = service.front.page(min(service.releases()), past_cache=False).body
        seen.append(names_what_is_there(page, service.front, service.releases()))

    assert seen == [False, True]


def names_what_is_there(page: str, front: Any, releases: set[str]) -> bool:
    return bool(front.file(page.partition("assets/")[2].partition('"')[0], releases).status == 200)
