from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox import Sandbox, SandboxClock
from sandbox.fly.keys import FlyKey
from sandbox.fly.machine import lend_to_someone_else
from sandbox.fly.world import FlyWorld

MACHINES = "/fly/v1/apps/slurpy-backend/machines"
NONCE = "fly-machine-lease-nonce"


def good_image(sandbox: Sandbox) -> str:
    return sandbox.of(FlyWorld).apps["slurpy-backend"].releases[1].image_ref


async def machines(fly: httpx.AsyncClient) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await fly.get(MACHINES)).json()
    return listed


async def update(fly: httpx.AsyncClient, machine: dict[str, Any], image: str, **more: Any) -> httpx.Response:
    config = {**machine["config"], "image": image}
    headers = more.pop("headers", {})
    return await fly.post(f"{MACHINES}/{machine['id']}", json={"config": config, **more}, headers=headers)


async def test_an_update_makes_a_new_instance_that_starts_and_then_passes_its_checks(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    machine = (await machines(fly))[0]

    answer = (await update(fly, machine, good_image(sandbox), current_version=machine["instance_id"])).json()

    url = f"{MACHINES}/{machine['id']}"
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_state))
    waited = await fly.get(f"{url}/wait", params={"state": "started", "version": answer["instance_id"]})
    assert (machine["checks"][0]["status"], answer["state"], waited.status_code) == (
        "critical",
        "replacing",
        200,
    )
    assert answer["instance_id"] != machine["instance_id"]
    reads = [(await fly.get(url)).json()]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_checks))
    reads.append((await fly.get(url)).json())
    assert [read["checks"][0]["status"] for read in reads] == ["warning", "passing"]
    read = reads[-1]
    assert read["state"] == "started"
    assert [event["type"] for event in read["events"][:2]] == ["start", "update"]
    assert (await fly.get(f"{url}/versions")).json()[0]["version"] == answer["instance_id"]
    (effect,) = sandbox.ledger.effects("fly.update_machine")
    assert (effect.was["image"], effect.to["image"]) == (machine["config"]["image"], good_image(sandbox))


async def test_the_same_configuration_again_changes_nothing(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    machine = (await machines(fly))[0]

    answer = await update(fly, machine, machine["config"]["image"])

    assert answer.json()["instance_id"] == machine["instance_id"]
    assert sandbox.ledger.effects() == []


async def test_a_stale_version_is_refused(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    machine = (await machines(fly))[0]

    answer = await update(fly, machine, good_image(sandbox), current_version="01ELSE")

    assert answer.status_code == 409
    assert sandbox.ledger.effects() == []


async def test_only_the_holder_of_a_lease_can_change_the_machine(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    machine = (await machines(fly))[0]
    lease_url = f"{MACHINES}/{machine['id']}/lease"
    lease = (await fly.post(lease_url, json={"ttl": 60, "description": "stanch INC-1"})).json()["data"]

    foreign = await update(fly, machine, good_image(sandbox))
    second = await fly.post(lease_url, json={"ttl": 60})
    own = await update(fly, machine, good_image(sandbox), headers={NONCE: lease["nonce"]})

    assert [foreign.status_code, second.status_code, own.status_code] == [409, 409, 200]
    assert sandbox.ledger.effects()[0].marker == "stanch INC-1"
    assert (await fly.get(lease_url)).json()["data"]["description"] == "stanch INC-1"
    assert (await fly.delete(lease_url, headers={NONCE: "another"})).status_code == 409
    assert (await fly.delete(lease_url, headers={NONCE: lease["nonce"]})).status_code == 200
    assert (await fly.get(lease_url)).status_code == 404


async def test_a_lease_ends_by_itself() -> None:
    sandbox = Sandbox.slurpy(SandboxClock())
    machine = next(iter(sandbox.of(FlyWorld).apps["slurpy-backend"].machines.values()))
    lend_to_someone_else(machine, ttl=120)
    before = machine.holder()

    sandbox.pass_time(timedelta(seconds=121))

    assert before is not None
    assert machine.holder() is None


async def test_a_vanished_image_is_refused_before_the_machine_is_touched(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    machine = (await machines(fly))[0]
    sandbox.of(FlyWorld).apps["slurpy-backend"].images[good_image(sandbox)].pruned = True

    answer = await update(fly, machine, good_image(sandbox))

    assert answer.status_code == 400
    assert (await machines(fly))[0]["instance_id"] == machine["instance_id"]
    assert sandbox.ledger.unexpected == []


async def test_a_restart_leaves_a_newer_start_event_and_the_same_instance(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    machine = (await machines(fly))[0]

    await fly.post(f"{MACHINES}/{machine['id']}/restart", params={"timeout": "30s"})
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_state))

    read = (await machines(fly))[0]
    assert (read["instance_id"], read["state"]) == (machine["instance_id"], "started")
    assert read["events"][0]["type"] == "start"
    assert read["events"][0]["timestamp"] > machine["events"][0]["timestamp"]
    assert [effect.kind for effect in sandbox.ledger.effects("fly.restart_machine")] == ["act"]


async def test_a_machine_is_created_once_under_its_name_and_goes_the_way_back(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    peer = (await machines(fly))[0]
    wanted = {"name": "stanch-inc-1", "region": "ord", "config": peer["config"]}
    made = (await fly.post(MACHINES, json=wanted)).json()

    again = await fly.post(MACHINES, json=wanted)
    url = f"{MACHINES}/{made['id']}"
    too_early = await fly.delete(url)
    steps = [await fly.post(f"{url}/{verb}") for verb in ("cordon", "stop")]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_state))
    waited = await fly.get(f"{url}/wait", params={"state": "stopped"})
    deleted = await fly.delete(url)

    assert (again.status_code, too_early.status_code) == (409, 412)
    assert [step.status_code for step in (*steps, waited, deleted)] == [200] * 4
    assert len(await machines(fly)) == 2
    assert len((await fly.get(MACHINES, params={"include_deleted": "true"})).json()) == 3
    assert [effect.operation for effect in sandbox.ledger.effects()] == [
        "fly.create_machine",
        "fly.cordon_machine",
        "fly.stop_machine",
        "fly.delete_machine",
    ]


async def test_waiting_for_a_state_that_does_not_come_times_out(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    machine = (await machines(fly))[0]
    await update(fly, machine, good_image(sandbox))

    wait = f"{MACHINES}/{machine['id']}/wait"
    early = [(await fly.get(wait, params={"timeout": "1"})).status_code for _ in range(3)]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_state))
    in_time = (await fly.get(wait, params={"timeout": "1"})).status_code

    assert (early, in_time) == ([408, 408, 408], 200)


async def test_new_secrets_reach_a_machine_only_by_an_update(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    secrets = "/fly/v1/apps/slurpy-backend/secrets"
    app = sandbox.of(FlyWorld).apps["slurpy-backend"]
    machine = (await machines(fly))[0]

    version = (await fly.post(secrets, json={"values": {"CLERK_SECRET_KEY": "second value"}})).json()[
        "version"
    ]
    await fly.post(f"{MACHINES}/{machine['id']}/restart")
    after_restart = dict(app.machines[machine["id"]].secrets)
    await update(fly, machine, machine["config"]["image"], min_secrets_version=version)

    assert after_restart["CLERK_SECRET_KEY"] != "second value"
    assert app.machines[machine["id"]].secrets["CLERK_SECRET_KEY"] == "second value"
    assert "second value" not in (await fly.get(secrets)).text
    assert "second value" not in str(sandbox.ledger.entries)


@pytest.mark.parametrize(
    ("key", "method", "path", "status"),
    [
        ("unknown", "GET", MACHINES, 401),
        (FlyKey.ELSEWHERE, "GET", MACHINES, 403),
        (FlyKey.READ_ONLY, "GET", MACHINES, 200),
        (FlyKey.READ_ONLY, "POST", "/fly/v1/apps/slurpy-backend/secrets", 403),
        (FlyKey.ALL, "GET", "/fly/v1/apps/other/machines", 404),
        (FlyKey.ALL, "GET", f"{MACHINES}/none", 404),
    ],
)
async def test_credentials_and_names_are_checked(
    fly: httpx.AsyncClient, key: str, method: str, path: str, status: int
) -> None:
    answer = await fly.request(method, path, headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == status


async def test_rate_limits_hold_per_action_and_machine_where_they_are_switched_on(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    sandbox.enforce_rate_limits = True
    urls = [f"{MACHINES}/{machine['id']}/restart" for machine in await machines(fly)]

    answers = [(await fly.post(urls[0])).status_code for _ in range(4)]
    other = await fly.post(urls[1])
    sandbox.pass_time(timedelta(seconds=1))
    later = await fly.post(urls[0])

    assert answers == [200, 200, 200, 429]
    assert (other.status_code, later.status_code) == (200, 200)


async def test_logs_go_on_from_where_a_reader_left_off(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    logs = "/fly/api/v1/apps/slurpy-backend/logs"
    first = (await fly.get(logs, params={"next_token": ""})).json()
    sandbox.of(FlyWorld).apps["slurpy-backend"].say("one more line")

    second = (await fly.get(logs, params={"next_token": first["meta"]["next_token"]})).json()

    assert len(first["data"]) == 1
    assert [line["attributes"]["message"] for line in second["data"]] == ["one more line"]
