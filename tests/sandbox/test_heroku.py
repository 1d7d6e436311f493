from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import Sandbox, application
from sandbox.clock import SandboxClock
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.keys import HerokuKey
from sandbox.heroku.log import RING
from sandbox.heroku.scenes import BACKEND, gitquest
from sandbox.heroku.world import HerokuWorld
from sandbox.mischief import Breakage, Breaking, break_service

APP = f"/heroku/apps/{BACKEND}"
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
VERSION = "application/vnd.heroku+json; version=3"


def client_of(sandbox: Sandbox, key: str, accept: str = VERSION) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example",
        headers={"Authorization": f"Bearer {key}", "Accept": accept},
    )


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(gitquest, SandboxClock(AT))


@pytest.fixture
def app(sandbox: Sandbox) -> HerokuApp:
    return sandbox.of(HerokuWorld).apps[BACKEND]


@pytest.fixture
async def heroku(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, HerokuKey.ALL) as client:
        yield client


async def states(heroku: httpx.AsyncClient) -> list[str]:
    return [one["state"] for one in (await heroku.get(f"{APP}/dynos")).json()]


async def test_releases_come_page_by_page(heroku: httpx.AsyncClient) -> None:
    first = await heroku.get(f"{APP}/releases", headers={"Range": "version ..; order=desc,max=3"})
    second = await heroku.get(f"{APP}/releases", headers={"Range": first.headers["next-range"]})
    unasked = await heroku.get(f"{APP}/releases")

    assert (first.status_code, first.headers["content-range"]) == (206, "version 42..40")
    assert first.headers["next-range"] == "version ]40..; order=desc,max=3"
    assert [one["version"] for one in second.json()] == [39, 38]
    assert (second.status_code, "next-range" in second.headers) == (200, False)
    assert [one["version"] for one in unasked.json()] == [38, 39, 40, 41, 42]


async def test_each_rollback_is_another_release_with_its_code_and_config_vars(
    heroku: httpx.AsyncClient, app: HerokuApp
) -> None:
    old = (await heroku.get(f"{APP}/releases/40")).json()

    made = [await heroku.post(f"{APP}/releases", json={"release": old["id"]}) for _ in range(2)]

    assert [(one.status_code, one.json()["version"]) for one in made] == [(201, 43), (201, 44)]
    assert made[0].json()["description"] == "Rollback to v40"
    assert made[0].json()["slug"] == old["slug"]
    assert "DB_POOL_MAX" not in (await heroku.get(f"{APP}/config-vars")).json()
    assert (await heroku.get(f"{APP}/releases/42/config-vars")).json()["DB_POOL_MAX"] == "10"


async def test_what_is_not_eligible_is_not_gone_back_to(heroku: httpx.AsyncClient) -> None:
    failed = (await heroku.get(f"{APP}/releases/39")).json()

    refused = await heroku.post(f"{APP}/releases", json={"release": failed["id"]})

    assert (failed["status"], failed["eligible_for_rollback"]) == ("failed", False)
    assert (refused.status_code, refused.json()["id"]) == (422, "invalid_params")


@pytest.mark.parametrize(("ends", "current"), [("succeeded", 43), ("failed", 42)])
async def test_a_release_phase_takes_its_time_and_only_its_success_reaches_the_dynos(
    sandbox: Sandbox, heroku: httpx.AsyncClient, app: HerokuApp, ends: str, current: int
) -> None:
    app.phase_seconds, app.phase_ends = 60, ends
    old = (await heroku.get(f"{APP}/releases/40")).json()["id"]

    made = (await heroku.post(f"{APP}/releases", json={"release": old})).json()
    seen = []
    for _ in range(3):
        seen.append((await heroku.get(f"{APP}/releases/43")).json()["status"])
        sandbox.pass_time(timedelta(seconds=40))

    assert (made["status"], seen[0], seen[-1]) == ("pending", "pending", ends)
    assert {one["release"]["version"] for one in (await heroku.get(f"{APP}/dynos")).json()} == {current}
    async with client_of(sandbox, "") as anyone:
        output = await anyone.get(made["output_stream_url"], headers={"Authorization": ""})
    assert output.text.startswith("running npm run migrate")


async def test_config_vars_are_one_map_and_null_takes_one_away(
    sandbox: Sandbox, heroku: httpx.AsyncClient, app: HerokuApp
) -> None:
    await heroku.get(f"{APP}/dynos")
    before = {dyno.id for dyno in app.dynos}

    answer = await heroku.patch(f"{APP}/config-vars", json={"CACHE_TTL": None, "DB_POOL_MAX": "20"})
    again = await heroku.patch(f"{APP}/config-vars", json={"DB_POOL_MAX": "20"})

    assert ("CACHE_TTL" in answer.json(), answer.json()["DB_POOL_MAX"]) == (False, "20")
    assert app.releases[0].version == 43
    assert before.isdisjoint(dyno.id for dyno in app.dynos)
    assert again.json() == answer.json()
    assert len(sandbox.ledger.effects("heroku.set_config")) == 1


async def test_a_config_var_of_an_add_on_cannot_be_set(heroku: httpx.AsyncClient) -> None:
    refused = await heroku.patch(f"{APP}/config-vars", json={"DATABASE_URL": "postgres://elsewhere"})

    assert refused.status_code == 422


async def web_1(heroku: httpx.AsyncClient) -> dict[str, Any]:
    """The first web dyno as it is listed."""
    found: list[dict[str, Any]] = (await heroku.get(f"{APP}/dynos")).json()
    return next(one for one in found if one["name"] == "web.1")


async def test_a_restarted_dyno_keeps_its_name_and_takes_its_time(
    sandbox: Sandbox, heroku: httpx.AsyncClient, app: HerokuApp
) -> None:
    was = app.dynos[0].id

    answer = await heroku.delete(f"{APP}/dynos/web.1")
    seen = [await web_1(heroku)]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.dyno))
    seen.append(await web_1(heroku))

    assert (answer.status_code, answer.json()) == (202, {})
    assert [one["state"] for one in seen] == ["starting", "up"]
    assert seen[0]["id"] != was
    assert (await heroku.delete(f"{APP}/dynos/{was}")).status_code == 404


async def test_all_dynos_restart_at_once(sandbox: Sandbox, heroku: httpx.AsyncClient) -> None:
    await heroku.delete(f"{APP}/dynos")

    assert await states(heroku) == ["starting"] * 3
    sandbox.pass_time(timedelta(seconds=sandbox.pace.dyno))
    assert await states(heroku) == ["up"] * 3


@pytest.mark.parametrize(
    ("update", "status"),
    [
        ({"type": "web", "quantity": 4}, 200),
        ({"type": "web", "dyno_size": {"name": "Standard-2X"}}, 200),
        ({"type": "web", "quantity": 1, "dyno_size": {"name": "eco"}}, 422),
        ({"type": "web", "dyno_size": {"name": "huge"}}, 404),
        ({"type": "clock", "quantity": 1}, 404),
    ],
)
async def test_the_formation_is_what_is_declared_within_herokus_tiers(
    heroku: httpx.AsyncClient, update: dict[str, Any], status: int
) -> None:
    answer = await heroku.patch(f"{APP}/formation", json={"updates": [update]})

    assert answer.status_code == status


async def test_small_dynos_run_once_for_each_process_type(heroku: httpx.AsyncClient, app: HerokuApp) -> None:
    for one in app.types.values():
        one.size, one.quantity = "basic", 1

    refused = await heroku.patch(f"{APP}/formation", json={"updates": [{"type": "web", "quantity": 2}]})

    assert refused.json() == {
        "id": "invalid_params",
        "message": "Cannot update to more than 1 Basic size dynos per process type.",
    }


async def test_the_log_is_a_ring_read_without_a_credential(
    sandbox: Sandbox, heroku: httpx.AsyncClient, app: HerokuApp
) -> None:
    for number in range(RING + 10):
        app.say("app", "web.1", f"line {number}")

    session = (await heroku.post(f"{APP}/log-sessions", json={"lines": 1500, "tail": False})).json()
    lines = (await heroku.get(session["logplex_url"], headers={"Authorization": ""})).text.splitlines()

    assert len(lines) == RING
    assert lines[0].endswith("app[web.1]: line 10")
    assert sandbox.ledger.unexpected == []
    await heroku.get(session["logplex_url"])
    assert "credential" in sandbox.ledger.unexpected[0].because


async def test_a_one_off_dyno_is_started_each_time_and_says_its_end_in_the_log_only(
    sandbox: Sandbox, heroku: httpx.AsyncClient, app: HerokuApp
) -> None:
    app.run_status = 2
    wanted = {"command": "npm run report", "attach": False, "type": "run", "time_to_live": 600}

    made = [(await heroku.post(f"{APP}/dynos", json=wanted)).json()["name"] for _ in "ab"]
    sandbox.pass_time(timedelta(minutes=1))
    await heroku.get(f"{APP}/dynos")

    assert made == ["run.4412", "run.4413"]
    assert (await heroku.get(f"{APP}/dynos/run.4412")).status_code == 404
    assert sum(line.endswith("heroku[run.4412]: Process exited with status 2") for line in app.log) == 1


async def test_a_pool_of_requests_fills_up_again(sandbox: Sandbox, heroku: httpx.AsyncClient) -> None:
    sandbox.enforce_rate_limits = True
    sandbox.of(HerokuWorld).requests_left = 1
    await heroku.get(APP)

    refused = await heroku.get(APP)
    free = await heroku.get("/heroku/account/rate-limits")
    sandbox.pass_time(timedelta(seconds=5))

    assert (refused.status_code, refused.json()["id"]) == (429, "rate_limit")
    assert (refused.headers["ratelimit-remaining"], "retry-after" in refused.headers) == ("0", False)
    assert free.json() == {"remaining": 0}
    assert (await heroku.get(APP)).status_code == 200


@pytest.mark.parametrize(
    ("key", "path", "status", "said"),
    [
        ("nobody", APP, 401, "unauthorized"),
        (HerokuKey.ELSEWHERE, APP, 403, "forbidden"),
        (HerokuKey.ALL, "/heroku/apps/other", 404, "not_found"),
    ],
)
async def test_refusals_are_in_herokus_words(
    sandbox: Sandbox, key: str, path: str, status: int, said: str
) -> None:
    async with client_of(sandbox, key) as client:
        refused = await client.get(path)

    assert (refused.status_code, refused.json()["id"]) == (status, said)
    assert refused.headers["ratelimit-remaining"]


async def test_a_credential_that_only_reads_may_open_the_log_and_nothing_else(sandbox: Sandbox) -> None:
    async with client_of(sandbox, HerokuKey.READ_ONLY) as client:
        opened = await client.post(f"{APP}/log-sessions", json={})
        refused = await client.patch(APP, json={"maintenance": True})

    assert (opened.status_code, refused.status_code) == (201, 403)


async def test_a_call_without_a_version_is_nobodys(sandbox: Sandbox) -> None:
    async with client_of(sandbox, HerokuKey.ALL, "application/json") as client:
        refused = await client.get(APP)

    assert (refused.status_code, len(sandbox.ledger.unexpected)) == (406, 1)


@pytest.mark.parametrize("breakage", [Breakage.STUCK, Breakage.MEMORY])
async def test_a_restart_cures_what_hangs_and_memory_leaves_its_lines(
    sandbox: Sandbox, heroku: httpx.AsyncClient, app: HerokuApp, breakage: Breakage
) -> None:
    service = sandbox.services["gitquest"]
    sandbox.of(HerokuWorld).deploy(BACKEND)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.dyno))
    await states(heroku)
    break_service(sandbox, Breaking(service="gitquest", breakage=breakage, amount=700))
    ill = service.measure().complaints

    await heroku.delete(f"{APP}/dynos")
    await heroku.patch(
        f"{APP}/formation", json={"updates": [{"type": "web", "dyno_size": {"name": "standard-2x"}}]}
    )
    sandbox.pass_time(timedelta(seconds=sandbox.pace.dyno))
    await states(heroku)

    assert service.measure().error_rate == 0
    assert bool(ill) or breakage is Breakage.MEMORY
    assert any("Error R15" in line for line in app.log) is (breakage is Breakage.MEMORY)


async def test_a_deployment_that_was_begun_is_pending(sandbox: Sandbox, heroku: httpx.AsyncClient) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    newest = (await heroku.get(f"{APP}/releases", headers={"Range": "version ..; order=desc,max=1"})).json()[
        0
    ]

    assert (newest["status"], newest["current"]) == ("pending", False)
    assert sandbox.of(HerokuWorld).state()[BACKEND]["releases"][0]["status"] == "pending"
