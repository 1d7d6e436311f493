from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from sandbox import Sandbox
from sandbox.netlify.keys import NetlifyKey
from sandbox.netlify.scenes import ACCOUNT, gitquest, gitquest_stale
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld
from tests.sandbox.conftest import client_of

FLAG = f"/netlify/accounts/{ACCOUNT}/env/ENABLE_CHECKOUT"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(gitquest)


@pytest.fixture
def site(sandbox: Sandbox) -> Site:
    return sandbox.of(NetlifyWorld).sites["gitquest"]


@pytest.fixture
async def netlify(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, NetlifyKey.ALL) as client:
        yield client


async def published(netlify: httpx.AsyncClient, site: Site) -> str:
    shown = (await netlify.get(f"/netlify/sites/{site.id}")).json()
    return str(shown["published_deploy"]["id"])


async def restore(netlify: httpx.AsyncClient, site: Site, deploy: str) -> httpx.Response:
    return await netlify.post(f"/netlify/sites/{site.id}/deploys/{deploy}/restore")


async def test_restoring_publishes_at_once_and_twice_is_once(
    sandbox: Sandbox, netlify: httpx.AsyncClient, site: Site
) -> None:
    good = site.deploys[1].id

    answers = [await restore(netlify, site, good) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert await published(netlify, site) == good
    assert [effect.operation for effect in sandbox.ledger.effects()] == ["netlify.restore"]
    assert sandbox.services["frontend"].measure().error_rate == 0


async def test_a_restored_deploy_is_replaced_by_the_next_push_unless_it_is_locked(
    sandbox: Sandbox, netlify: httpx.AsyncClient, site: Site
) -> None:
    good = site.deploys[1].id
    await restore(netlify, site, good)
    pushed = sandbox.of(NetlifyWorld).deploy("gitquest")
    assert await published(netlify, site) == pushed

    await restore(netlify, site, good)
    await netlify.post(f"/netlify/deploys/{good}/lock")
    sandbox.of(NetlifyWorld).deploy("gitquest")

    assert await published(netlify, site) == good


async def test_a_locked_site_stays_locked_when_another_deploy_is_restored(
    netlify: httpx.AsyncClient, site: Site
) -> None:
    bad, good, _ = (one.id for one in site.deploys)
    await netlify.post(f"/netlify/deploys/{bad}/lock")

    answer = await restore(netlify, site, good)

    assert answer.json()["locked"] is True
    assert (await netlify.get(f"/netlify/deploys/{bad}")).json()["locked"] is None


@pytest.mark.parametrize("action", ["lock", "unlock", "cancel"])
async def test_only_the_published_deploy_is_locked_and_only_a_running_one_cancelled(
    netlify: httpx.AsyncClient, site: Site, action: str
) -> None:
    answer = await netlify.post(f"/netlify/deploys/{site.deploys[1].id}/{action}")

    assert answer.status_code == 422
    assert set(answer.json()) == {"code", "message"}


async def test_a_deleted_deploy_and_another_teams_site_are_not_found(
    sandbox: Sandbox, netlify: httpx.AsyncClient, site: Site
) -> None:
    site.deploys[1].deleted = True

    gone = await restore(netlify, site, site.deploys[1].id)
    async with client_of(sandbox, NetlifyKey.ELSEWHERE) as other:
        hidden = await other.get(f"/netlify/sites/{site.id}")
    async with client_of(sandbox, "nobody") as nobody:
        denied = await nobody.get(f"/netlify/sites/{site.id}")

    assert [gone.status_code, hidden.status_code, denied.status_code] == [404, 404, 401]


async def test_deploys_come_in_pages(netlify: httpx.AsyncClient, site: Site) -> None:
    seen = []
    for page in (1, 2, 3):
        asked = {"per_page": "2", "page": str(page), "production": "true"}
        seen += [
            one["id"] for one in (await netlify.get(f"/netlify/sites/{site.id}/deploys", params=asked)).json()
        ]

    assert seen == [one.id for one in site.deploys]


async def test_a_variable_counts_from_the_next_build_on(
    sandbox: Sandbox, netlify: httpx.AsyncClient, site: Site
) -> None:
    asked = {"site_id": site.id}
    await netlify.patch(FLAG, params=asked, json={"context": "production", "value": "false"})
    before = site.live
    made = (await netlify.post(f"/netlify/sites/{site.id}/builds", params={"title": "c1"})).json()
    sandbox.pass_time(timedelta(seconds=sandbox.pace.build))
    await published(netlify, site)

    assert before is not None
    assert before.environment["ENABLE_CHECKOUT"] == "true"
    assert site.live is not None
    assert (site.live.id, site.live.environment["ENABLE_CHECKOUT"]) == (made["deploy_id"], "false")


async def test_a_secret_is_not_shown(netlify: httpx.AsyncClient, site: Site) -> None:
    listed = (await netlify.get(f"/netlify/accounts/{ACCOUNT}/env", params={"site_id": site.id})).json()

    secret = next(one for one in listed if one["is_secret"])

    assert [value["value"] for value in secret["values"]] == [""]


async def test_purging_cures_a_site_whose_edge_serves_old_pages(netlify: httpx.AsyncClient) -> None:
    sandbox = Sandbox(gitquest_stale)
    site = sandbox.of(NetlifyWorld).sites["gitquest"]
    assert sandbox.services["frontend"].measure().error_rate == 1
    async with client_of(sandbox, NetlifyKey.ALL) as client:
        answer = await client.post("/netlify/purge", json={"site_id": site.id})

    assert (answer.status_code, answer.content) == (202, b"")
    assert sandbox.services["frontend"].measure().error_rate == 0


async def test_logs_go_back_only_as_far_as_they_are_kept(netlify: httpx.AsyncClient, site: Site) -> None:
    site.say("checkout", "long ago", timedelta(days=3))

    answer = await netlify.get(f"/netlify/analytics/v2/sites/{site.id}/function_logs/checkout")

    assert [one["message"] for one in answer.json()["logs"]] == [
        "ERROR totals of undefined",
        "ERROR totals of undefined",
        "took 88 ms",
    ]
