from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.project import HOBBY
from sandbox.vercel.world import VercelWorld

PROJECT = "/vercel/v9/projects/my-shop"


async def project(vercel: httpx.AsyncClient) -> dict[str, Any]:
    read: dict[str, Any] = (await vercel.get(PROJECT)).json()
    return read


async def candidates(vercel: httpx.AsyncClient) -> list[str]:
    query = {"projectId": "my-shop", "target": "production", "state": "READY"}
    listed = (await vercel.get("/vercel/v7/deployments", params=query)).json()["deployments"]
    return [one["uid"] for one in listed if one["isRollbackCandidate"]]


async def live(vercel: httpx.AsyncClient) -> str:
    alias = (await vercel.get("/vercel/v4/aliases/shop.example")).json()
    return str(alias["deploymentId"])


async def roll_back(vercel: httpx.AsyncClient, to: str, description: str = "") -> httpx.Response:
    url = f"/vercel/v1/projects/my-shop/rollback/{to}"
    return await vercel.post(url, params={"description": description}, json={})


async def test_a_rollback_moves_the_domains_and_stops_new_pushes_from_going_live(
    sandbox: Sandbox, vercel: httpx.AsyncClient
) -> None:
    bad, (good, _) = await live(vercel), await candidates(vercel)

    asked = await roll_back(vercel, good, "INC-1")
    during = await project(vercel)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    after = await project(vercel)

    assert asked.status_code == 201
    assert (during["lastAliasRequest"]["jobStatus"], during["targets"]["production"]["id"]) == (
        "in-progress",
        bad,
    )
    assert (after["lastAliasRequest"]["jobStatus"], after["targets"]["production"]["id"]) == (
        "succeeded",
        good,
    )
    assert after["autoAssignCustomDomains"] is False
    assert sandbox.of(VercelWorld).deploy("my-shop") != await live(vercel) == good
    (effect,) = sandbox.ledger.effects("vercel.rollback")
    assert (effect.was, effect.to, effect.marker) == (bad, good, "INC-1")


async def test_a_second_rollback_waits_for_the_first(vercel: httpx.AsyncClient) -> None:
    first, second = await candidates(vercel)
    await roll_back(vercel, first)

    refused = await roll_back(vercel, second)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")


async def test_a_small_plan_rolls_back_one_step_only(sandbox: Sandbox, vercel: httpx.AsyncClient) -> None:
    sandbox.of(VercelWorld).projects["my-shop"].plan = HOBBY
    previous, older = await candidates(vercel)

    refused, taken = await roll_back(vercel, older), await roll_back(vercel, previous)

    assert (refused.status_code, taken.status_code) == (402, 201)


async def test_promotion_restores_the_domains_and_their_assignment(
    sandbox: Sandbox, vercel: httpx.AsyncClient
) -> None:
    bad, (good, _) = await live(vercel), await candidates(vercel)
    await roll_back(vercel, good)
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))

    asked = await vercel.post(f"/vercel/v10/projects/my-shop/promote/{bad}")
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    after = await project(vercel)

    assert asked.status_code == 201
    assert (after["targets"]["production"]["id"], after["autoAssignCustomDomains"]) == (bad, True)


async def test_domains_that_do_not_move_are_listed(sandbox: Sandbox, vercel: httpx.AsyncClient) -> None:
    sandbox.of(VercelWorld).projects["my-shop"].failing_domains.add("shop.example")
    await roll_back(vercel, (await candidates(vercel))[0])
    statuses = [(await project(vercel))["lastAliasRequest"]["jobStatus"]]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    statuses.append((await project(vercel))["lastAliasRequest"]["jobStatus"])

    failed = (await vercel.get(f"{PROJECT}/rollback/aliases", params={"failedOnly": "true"})).json()

    assert statuses == ["in-progress", "failed"]
    assert [line["alias"]["alias"] for line in failed["aliases"]] == ["shop.example"]
    assert sandbox.ledger.effects() == []


async def test_a_variable_counts_from_the_next_build_on(sandbox: Sandbox, vercel: httpx.AsyncClient) -> None:
    env = "/vercel/v10/projects/my-shop/env"
    flag = (await vercel.get(env)).json()["envs"][0]
    value = (await vercel.get(f"/vercel/v1/projects/my-shop/env/{flag['id']}")).json()["value"]
    before = await live(vercel)
    await vercel.patch(f"/vercel/v9/projects/my-shop/env/{flag['id']}", json={"value": "false"})
    unchanged = sandbox.of(VercelWorld).projects["my-shop"].deployment(before)

    made = (
        await vercel.post(
            "/vercel/v13/deployments",
            params={"forceNew": "1"},
            json={
                "name": "my-shop",
                "deploymentId": before,
                "target": "production",
                "meta": {"action": "redeploy", "stanchChange": "c1"},
            },
        )
    ).json()
    states = []
    for _ in range(3):
        sandbox.pass_time(timedelta(seconds=sandbox.pace.build / 3))
        states.append((await vercel.get(f"/vercel/v13/deployments/{made['id']}")).json()["readyState"])

    assert flag["value"] != value == "true"
    assert unchanged is not None
    assert unchanged.environment[flag["key"]] == "true"
    assert [made["readyState"], *states] == ["QUEUED", "INITIALIZING", "BUILDING", "READY"]
    assert await live(vercel) == made["id"]
    rebuilt = sandbox.of(VercelWorld).projects["my-shop"].deployment(made["id"])
    assert rebuilt is not None
    assert rebuilt.environment[flag["key"]] == "false"
    assert [(one.operation, one.was, one.marker) for one in sandbox.ledger.effects()] == [
        ("vercel.set_env", "true", ""),
        ("vercel.redeploy", before, "c1"),
    ]


async def test_a_variable_is_added_once_or_overwritten_on_demand(vercel: httpx.AsyncClient) -> None:
    env = "/vercel/v10/projects/my-shop/env"
    body = {"key": "FLAG", "value": "on", "type": "encrypted", "target": ["production"]}
    first = await vercel.post(env, json=body)

    second = await vercel.post(env, json=body)
    third = await vercel.post(env, params={"upsert": "true"}, json={**body, "value": "off"})

    assert [one.status_code for one in (first, second, third)] == [201, 409, 201]
    assert first.json()["created"]["id"] == third.json()["created"]["id"]


async def test_a_sensitive_variable_cannot_be_read(sandbox: Sandbox, vercel: httpx.AsyncClient) -> None:
    variable = sandbox.of(VercelWorld).projects["my-shop"].variables[2]

    read = (await vercel.get(f"/vercel/v1/projects/my-shop/env/{variable.id}")).json()

    assert read["type"] == "sensitive"
    assert "value" not in read


async def test_a_build_can_be_cancelled_until_it_is_finished(
    sandbox: Sandbox, vercel: httpx.AsyncClient
) -> None:
    building = sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)

    answers = [await vercel.patch(f"/vercel/v12/deployments/{building}/cancel") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[0].json()["readyState"] == "CANCELED"


async def test_automatic_assignment_is_a_switch(sandbox: Sandbox, vercel: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await vercel.patch(PROJECT, json={"autoAssignCustomDomains": False})

    assert answer.json()["autoAssignCustomDomains"] is False
    assert [(one.was, one.to) for one in sandbox.ledger.effects()] == [(True, False)]


async def test_a_list_of_deployments_comes_in_pages(vercel: httpx.AsyncClient) -> None:
    seen, query = [], {"projectId": "my-shop", "limit": "2"}
    while True:
        page = (await vercel.get("/vercel/v7/deployments", params=query)).json()
        seen += [one["uid"] for one in page["deployments"]]
        if page["pagination"]["next"] is None:
            break
        query["until"] = str(page["pagination"]["next"])

    assert len(seen) == len(set(seen)) == 3


@pytest.mark.parametrize(
    ("key", "query", "status"),
    [
        ("unknown", {"teamId": "team_sandbox"}, 401),
        (VercelKey.ELSEWHERE, {"teamId": "team_sandbox"}, 403),
        (VercelKey.ALL, {}, 403),
        (VercelKey.ALL, {"teamId": "team_other"}, 403),
        (VercelKey.ALL, {"slug": "team"}, 200),
    ],
)
async def test_a_project_of_a_team_needs_the_teams_name(
    vercel: httpx.AsyncClient, key: str, query: dict[str, str], status: int
) -> None:
    vercel.params = httpx.QueryParams()

    answer = await vercel.get(PROJECT, params=query, headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == status
    assert status == 200 or set(answer.json()["error"]) == {"code", "message"}
