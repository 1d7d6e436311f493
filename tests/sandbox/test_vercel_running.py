from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.project import Project
from sandbox.vercel.scenes import STORE, shop_rolling, shop_stale
from sandbox.vercel.world import VercelWorld
from tests.sandbox.conftest import client_of

V1 = "/vercel/v1/projects/my-shop"
FLAG = f"{V1}/feature-flags/flags/pack-purchase"
ITEMS = f"/vercel/v1/global-config/{STORE}/items"
TEAM = {"teamId": "team_sandbox"}


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    return sandbox.of(VercelWorld).projects["my-shop"]


async def production(vercel: httpx.AsyncClient) -> tuple[dict[str, Any], str]:
    answer = await vercel.get(FLAG)
    return answer.json()["environments"]["production"], answer.headers["etag"]


async def write(vercel: httpx.AsyncClient, part: dict[str, Any], tag: str) -> httpx.Response:
    body = {"message": "INC-1", "environments": {"production": part}}
    return await vercel.patch(FLAG, json=body, headers={"If-Match": tag})


async def test_a_flag_is_written_only_over_what_was_read(sandbox: Sandbox, vercel: httpx.AsyncClient) -> None:
    part, tag = await production(vercel)
    paused = {**part, "active": False}

    answers = [await write(vercel, paused, tag) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 412]
    assert answers[0].headers["etag"] == (await production(vercel))[1] != tag
    assert [effect.marker for effect in sandbox.ledger.effects()] == ["INC-1"]


async def test_a_flag_without_all_its_parts_is_no_request_of_ours(
    sandbox: Sandbox, vercel: httpx.AsyncClient
) -> None:
    _, tag = await production(vercel)

    answer = await write(vercel, {"active": False}, tag)

    assert (answer.status_code, len(sandbox.ledger.unexpected)) == (400, 1)


async def operate(vercel: httpx.AsyncClient, *operations: dict[str, Any]) -> int:
    return (await vercel.patch(ITEMS, json={"items": list(operations)})).status_code


async def test_items_are_created_once_updated_where_they_are_and_written_all_or_none(
    vercel: httpx.AsyncClient, project: Project
) -> None:
    new, known = {"key": "new", "value": 1}, {"key": "enable_pack_purchase", "value": False}

    statuses = [
        await operate(vercel, {"operation": "update", **new}),
        await operate(vercel, {"operation": "update", **known}, {"operation": "delete", "key": "new"}),
        await operate(vercel, {"operation": "create", **new}),
        await operate(vercel, {"operation": "create", **new}),
        await operate(vercel, {"operation": "upsert", **known}),
    ]

    assert statuses == [409, 409, 200, 409, 200]
    assert project.items == {"enable_pack_purchase": False, "new": 1}


@pytest.mark.parametrize(("old", "statuses"), [(False, [200, 404]), (True, [404, 200])])
async def test_stores_answer_under_one_of_their_two_names(
    sandbox: Sandbox, vercel: httpx.AsyncClient, statuses: list[int], *, old: bool
) -> None:
    sandbox.of(VercelWorld).stores_are_old = old

    answers = [await vercel.get(f"/vercel/v1/{name}/{STORE}") for name in ("global-config", "edge-config")]

    assert [answer.status_code for answer in answers] == statuses


async def test_a_gradual_release_serves_both_and_ends_once() -> None:
    sandbox = Sandbox(shop_rolling)
    service = sandbox.services["shop"]
    async with client_of(sandbox, VercelKey.ALL) as client:
        client.params = httpx.QueryParams(TEAM)
        rolling = (await client.get(f"{V1}/rolling-release")).json()["rollingRelease"]
        both = service.measure().releases
        body = {"canaryDeploymentId": rolling["canaryDeployment"]["id"]}
        answers = [await client.post(f"{V1}/rolling-release/complete", json=body) for _ in range(2)]

    assert len(both) == 2
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[0].json()["rollingRelease"]["state"] == "COMPLETE"
    assert service.measure().releases == (rolling["canaryDeployment"]["id"],)


async def test_a_pause_stops_new_builds_from_going_live_and_its_end_lets_them(
    sandbox: Sandbox, vercel: httpx.AsyncClient, project: Project
) -> None:
    one = f"/vercel/v1/projects/{project.id}"

    refused, paused = await vercel.post(f"{V1}/pause"), await vercel.post(f"{one}/pause")
    held = project.auto_assign
    await vercel.post(f"{one}/unpause")

    assert (refused.status_code, paused.status_code, held, project.auto_assign) == (400, 200, False, True)
    assert [effect.operation for effect in sandbox.ledger.effects()] == ["vercel.pause", "vercel.unpause"]


async def test_purging_everything_cures_a_project_whose_edge_serves_old_pages() -> None:
    sandbox = Sandbox(shop_stale)
    assert sandbox.services["shop"].measure().error_rate == 1
    async with client_of(sandbox, VercelKey.ALL) as client:
        asked = {**TEAM, "projectIdOrName": "my-shop"}
        answer = await client.post("/vercel/v1/edge-cache/purge-all", params=asked)

    assert answer.status_code == 200
    assert sandbox.services["shop"].measure().error_rate == 0


async def test_a_deployments_log_is_one_object_a_line(vercel: httpx.AsyncClient, project: Project) -> None:
    project.say("took 12 ms")

    answer = await vercel.get(f"{V1}/deployments/{project.live}/runtime-logs")

    assert answer.headers["content-type"] == "application/stream+json"
    assert len(answer.text.splitlines()) == 2
