import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox import Sandbox, application
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.scenes import ACCOUNT, DATABASE, FLAGS, WORKER, ZONE, pitchey
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.faults import Fault

BASE = "/cloudflare/client/v4"
SCRIPT = f"/accounts/{ACCOUNT}/workers/scripts/{WORKER}"
VALUE = f"/accounts/{ACCOUNT}/storage/kv/namespaces/{FLAGS}/values/flag"
RULES = f"/zones/{ZONE}/firewall/access_rules/rules"
POOL = f"/accounts/{ACCOUNT}/hyperdrive/configs/{DATABASE}"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(pitchey)


@pytest.fixture
def worker(sandbox: Sandbox) -> Worker:
    return sandbox.of(CloudflareWorld).workers[WORKER]


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url=f"http://sandbox.example{BASE}",
        headers={"Authorization": f"Bearer {CloudflareKey.ALL}"},
    ) as made:
        yield made


def settings(**part: Any) -> dict[str, Any]:
    return {"files": {"settings": (None, json.dumps(part), "application/json")}}


def split(**shares: float) -> dict[str, Any]:
    versions = [{"version_id": one, "percentage": share} for one, share in shares.items()]
    return {"strategy": "percentage", "versions": versions, "annotations": {"workers/message": "INC-1"}}


def code_of(answer: httpx.Response) -> tuple[int, int]:
    body = answer.json()
    assert (body["success"], body["result"]) == (False, None)
    return answer.status_code, body["errors"][0]["code"]


async def test_a_deployment_is_live_at_once_and_every_copy_is_new(
    sandbox: Sandbox, worker: Worker, client: httpx.AsyncClient
) -> None:
    worker.hang(hangs=True)
    good = worker.versions[1].id

    made = await client.post(f"{SCRIPT}/deployments", json=split(**{good: 100}))

    listed = (await client.get(f"{SCRIPT}/deployments")).json()["result"]["deployments"]
    assert listed[0] == made.json()["result"]
    assert listed[0]["versions"] == [{"version_id": good, "percentage": 100}]
    assert sandbox.services["pitchey"].measure().error_rate == 0


async def test_a_gradual_deployment_fails_as_often_as_its_bad_share(
    sandbox: Sandbox, worker: Worker, client: httpx.AsyncClient
) -> None:
    bad, good = worker.versions[0].id, worker.versions[1].id

    await client.post(f"{SCRIPT}/deployments", json=split(**{bad: 10, good: 90}))

    assert sandbox.services["pitchey"].measure().error_rate == 0.1


async def test_shares_that_are_not_the_whole_are_no_deployment(
    sandbox: Sandbox, worker: Worker, client: httpx.AsyncClient
) -> None:
    refused = await client.post(f"{SCRIPT}/deployments", json=split(**{worker.newest.id: 90}))

    assert refused.status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_a_version_since_which_a_secret_changed_is_deployed_only_by_force(
    worker: Worker, client: httpx.AsyncClient
) -> None:
    old = worker.versions[1].id
    worker.change_secret("SENDGRID_API_KEY", "second value of sendgrid_api_key")

    refused = await client.post(f"{SCRIPT}/deployments", json=split(**{old: 100}))
    forced = await client.post(f"{SCRIPT}/deployments?force=true", json=split(**{old: 100}))

    assert code_of(refused) == (400, 10220)
    assert refused.json()["errors"][0]["message"].endswith("SENDGRID_API_KEY")
    assert forced.status_code == 200


async def test_a_version_too_old_or_from_before_a_migration_is_not_deployed(
    worker: Worker, client: httpx.AsyncClient
) -> None:
    oldest, last = worker.versions[-1].id, worker.versions[0].id
    for number in range(100):
        worker.upload(f"code {number}", migration="v2")

    too_old = await client.post(f"{SCRIPT}/deployments", json=split(**{oldest: 100}))
    worker.versions.remove(worker.versions[1])
    before = await client.post(f"{SCRIPT}/deployments", json=split(**{last: 100}))

    assert (too_old.status_code, before.status_code) == (400, 400)


async def test_versions_come_in_pages_unless_the_deployable_ones_are_asked_for(
    worker: Worker, client: httpx.AsyncClient
) -> None:
    for number in range(93):
        worker.upload(f"code {number}")

    second = (await client.get(f"{SCRIPT}/versions", params={"page": 2})).json()
    deployable = (await client.get(f"{SCRIPT}/versions?deployable=true")).json()

    assert second["result_info"] == {
        "page": 2, "per_page": 10, "count": 10, "total_count": 105, "total_pages": 11,
    }  # fmt: skip
    assert second["result"]["items"][0]["number"] == 95
    assert len(deployable["result"]["items"]) == 100


async def test_a_binding_that_is_not_listed_is_gone(worker: Worker, client: httpx.AsyncClient) -> None:
    kept = [{"type": "inherit", "name": "DB"}, {"type": "plain_text", "name": "NEW", "text": "1"}]

    answer = await client.patch(f"{SCRIPT}/settings", **settings(bindings=kept))

    assert [one["name"] for one in answer.json()["result"]["bindings"]] == ["DB", "NEW"]
    assert worker.live == {worker.newest.id: 100}
    assert worker.newest.number == 13


async def test_nothing_is_inherited_that_is_not_there(client: httpx.AsyncClient) -> None:
    unknown = [{"type": "inherit", "name": "CACHE"}]

    refused = await client.patch(f"{SCRIPT}/settings", **settings(bindings=unknown))

    assert code_of(refused) == (400, 10057)


async def test_settings_are_refused_while_the_newest_version_waits(
    worker: Worker, client: httpx.AsyncClient
) -> None:
    worker.upload("code-of-13")

    refused = await client.patch(f"{SCRIPT}/settings", **settings(bindings=[]))

    assert code_of(refused) == (400, 10214)


async def test_settings_come_as_a_part_and_never_as_plain_json(
    sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    refused = await client.patch(f"{SCRIPT}/settings", json={"bindings": []})

    assert refused.status_code == 400
    assert "Missing settings part" in sandbox.ledger.unexpected[0].because


async def test_a_secret_is_shown_by_its_name_alone(sandbox: Sandbox, client: httpx.AsyncClient) -> None:
    version = (await client.get(f"{SCRIPT}/versions?deployable=true")).json()["result"]["items"][0]["id"]

    shown = [
        await client.get(f"{SCRIPT}/{path}") for path in (f"versions/{version}", "settings", "deployments")
    ]
    shown.append(await client.get(POOL))

    said = "".join(answer.text for answer in shown)
    assert "SENDGRID_API_KEY" in said
    assert not [secret for secret in sandbox.of(CloudflareWorld).secrets() if secret in said]


async def test_a_write_without_metadata_and_expiry_takes_them_away(
    sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    namespace = sandbox.of(CloudflareWorld).namespaces[FLAGS]
    parts = {"value": (None, b"on"), "metadata": (None, b'{"owner": "web"}')}
    await client.put(VALUE, files=parts, params={"expiration": 1_900_000_000})
    listed = (await client.get(f"/accounts/{ACCOUNT}/storage/kv/namespaces/{FLAGS}/keys?prefix=fl")).json()

    await client.put(VALUE, content=b"off")

    assert listed["result"] == [{"name": "flag", "metadata": {"owner": "web"}, "expiration": 1_900_000_000}]
    entry = namespace.entries["flag"]
    assert (entry.value, entry.metadata, entry.expiration) == ("off", None, None)
    assert (await client.get(VALUE)).text == "off"


async def test_workers_read_a_value_later_than_it_was_written(
    sandbox: Sandbox, worker: Worker, client: httpx.AsyncClient
) -> None:
    await client.put(VALUE, content=b"on")

    seen = [worker.instances()[0].environment.get("flag")]
    sandbox.pass_time(timedelta(minutes=1))
    seen.append(worker.instances()[0].environment.get("flag"))

    assert seen == [None, "on"]
    assert (await client.delete(VALUE)).json()["success"] is True
    assert code_of(await client.get(VALUE)) == (404, 10009)
    assert [effect.operation for effect in sandbox.ledger.effects()] == [
        "cloudflare.write_kv",
        "cloudflare.delete_kv",
    ]


@pytest.mark.parametrize("limit", [4, 101])
async def test_a_limit_that_hyperdrive_does_not_take_is_a_surprise(
    sandbox: Sandbox, client: httpx.AsyncClient, limit: int
) -> None:
    refused = await client.patch(POOL, json={"origin_connection_limit": limit})

    assert (refused.status_code, len(sandbox.ledger.unexpected)) == (400, 1)


async def test_one_zone_has_one_rule_for_the_same_addresses(client: httpx.AsyncClient) -> None:
    rule = {"mode": "block", "configuration": {"target": "ip_range", "value": "198.51.100.0/24"}}

    made, again = await client.post(RULES, json=rule), await client.post(RULES, json=rule)

    assert made.status_code == 200
    assert code_of(again) == (400, 10009)


async def test_rules_are_found_by_value_and_notes_page_by_page(
    sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    for number in range(25):
        sandbox.of(CloudflareWorld).add_rule(ZONE, f"192.0.2.{number}", notes=f"INC-{number % 2}")

    second = (await client.get(RULES, params={"page": 2})).json()
    by_notes = (await client.get(RULES, params={"notes": "inc-1", "per_page": 100})).json()
    by_value = (await client.get(RULES, params={"configuration.value": "192.0.2.7"})).json()

    assert (len(second["result"]), second["result_info"]["total_count"]) == (5, 25)
    assert len(by_notes["result"]) == 12
    assert [one["configuration"]["value"] for one in by_value["result"]] == ["192.0.2.7"]


async def test_a_rule_of_the_account_is_not_the_zones_to_delete(
    sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    rule = sandbox.of(CloudflareWorld).add_rule(ZONE, "192.0.2.7", scope="organization")

    assert code_of(await client.delete(f"{RULES}/{rule.id}")) == (404, 10001)


@pytest.mark.parametrize(
    "configuration",
    [
        {"target": "ip_range", "value": "198.51.100.0/25"},
        {"target": "ip", "value": "198.51.100.0/24"},
        {"target": "ip_range", "value": "203.0.113.7"},
        {"target": "ip", "value": "2001:db8::7"},
    ],
)
async def test_a_range_that_no_rule_takes_is_a_surprise(
    sandbox: Sandbox, client: httpx.AsyncClient, configuration: dict[str, str]
) -> None:
    refused = await client.post(RULES, json={"mode": "block", "configuration": configuration})

    assert (refused.status_code, len(sandbox.ledger.unexpected)) == (400, 1)


@pytest.mark.parametrize(
    "body", [{}, {"tags": ["a"], "files": ["b"]}, {"tags": []}, {"tags": ["t"] * 101}, {"everything": True}]
)
async def test_a_purge_of_nothing_of_two_kinds_or_of_too_much_is_a_surprise(
    sandbox: Sandbox, client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    refused = await client.post(f"/zones/{ZONE}/purge_cache", json=body)

    assert (refused.status_code, len(sandbox.ledger.unexpected)) == (400, 1)


async def test_events_come_newest_first_and_go_on_after_the_last_one(client: httpx.AsyncClient) -> None:
    asked = {
        "queryId": "q",
        "view": "events",
        "limit": 3,
        "timeframe": {"from": 0, "to": 2**43},
        "parameters": {
            "filters": [{"key": "$metadata.service", "operation": "eq", "type": "string", "value": WORKER}]
        },
    }
    path = f"/accounts/{ACCOUNT}/workers/observability/telemetry/query"

    first = (await client.post(path, json=asked)).json()["result"]["events"]
    last = first["events"][-1]["$metadata"]["id"]
    rest = (await client.post(path, json={**asked, "offset": last})).json()["result"]["events"]

    stamps = [one["timestamp"] for one in (*first["events"], *rest["events"])]
    assert (len(stamps), stamps) == (4, sorted(stamps, reverse=True))
    assert first["count"] == 4


@pytest.mark.parametrize(
    ("key", "method", "path", "expected"),
    [
        ("", "GET", f"{SCRIPT}/deployments", (400, 9106)),
        ("nobody's", "GET", f"{SCRIPT}/deployments", (401, 1000)),
        (CloudflareKey.ELSEWHERE, "GET", f"{SCRIPT}/deployments", (403, 10000)),
        (CloudflareKey.READ_ONLY, "POST", f"{SCRIPT}/deployments", (403, 10000)),
        (CloudflareKey.ALL, "GET", f"/accounts/{ACCOUNT}/workers/scripts/other/deployments", (404, 10007)),
        (CloudflareKey.ALL, "GET", f"/accounts/{'0' * 32}/workers/scripts/{WORKER}/deployments", (404, 7003)),
        (CloudflareKey.ALL, "GET", f"/zones/{'0' * 32}/firewall/access_rules/rules", (404, 7003)),
    ],
)
async def test_a_refusal_is_in_the_envelope_under_its_code(
    client: httpx.AsyncClient, key: str, method: str, path: str, expected: tuple[int, int]
) -> None:
    client.headers["Authorization"] = f"Bearer {key}"

    assert code_of(await client.request(method, path)) == expected


async def test_a_token_is_verified_where_it_belongs(client: httpx.AsyncClient) -> None:
    users = [await client.get(path) for path in ("/user/tokens/verify", f"/accounts/{ACCOUNT}/tokens/verify")]
    client.headers["Authorization"] = f"Bearer {CloudflareKey.OF_THE_ACCOUNT}"
    accounts = [
        await client.get(path) for path in ("/user/tokens/verify", f"/accounts/{ACCOUNT}/tokens/verify")
    ]

    assert [one.status_code for one in users] == [200, 401]
    assert [one.status_code for one in accounts] == [401, 200]


async def test_too_many_calls_are_told_when_they_may_go_on(
    sandbox: Sandbox, client: httpx.AsyncClient
) -> None:
    sandbox.order(Fault(status=429))

    refused = await client.get(f"{SCRIPT}/deployments")

    assert code_of(refused) == (429, 10429)
    assert refused.headers["retry-after"] == "120"
    assert refused.headers["ratelimit"] == '"default";r=0;t=120'


async def test_a_query_by_post_changes_nothing(client: httpx.AsyncClient) -> None:
    client.headers["Authorization"] = f"Bearer {CloudflareKey.READ_ONLY}"

    answer = await client.post(f"/accounts/{ACCOUNT}/workers/observability/telemetry/query", json={})

    assert answer.status_code == 400


async def test_somebody_elses_deployment_is_live_or_gradual(sandbox: Sandbox, worker: Worker) -> None:
    world, was = sandbox.of(CloudflareWorld), worker.newest.id

    gradual = world.deploy(WORKER, in_progress=True)
    assert worker.live == {gradual: 10, was: 90}
    whole = world.deploy(WORKER, good=False)

    assert worker.live == {whole: 100}
    assert world.deploy(WORKER, release=was) == was
    assert world.state()[WORKER]["live"] == {was: 100}
    assert sandbox.ledger.effects() == []
