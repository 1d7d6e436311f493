import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from sandbox import Sandbox
from sandbox.fly.world import FlyWorld
from sandbox.server import serving_in_thread


async def post(anyone: httpx.AsyncClient, name: str, /, **body: Any) -> Any:
    answer = await anyone.post(f"/sandbox/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_somebody_else_deploys_and_is_not_taken_for_a_client(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    image = (await post(anyone, "deploy", vendor="fly", name="slurpy-backend", good=True))["release"]

    state = (await anyone.get("/sandbox/state")).json()["fly"]["slurpy-backend"]
    assert state["releases"][0] == {"version": 43, "image": image, "status": "complete"}
    assert {one["image"] for one in state["machines"]} == {image}
    assert sandbox.ledger.effects() == []
    ledger = (await anyone.get("/sandbox/ledger")).json()
    assert [one["by"] for one in ledger["effects"]] == ["someone else"]


async def test_somebody_elses_deployment_in_progress_shows_in_releases_and_leases(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    await post(anyone, "deploy", vendor="fly", name="slurpy-backend", in_progress=True)

    app = sandbox.of(FlyWorld).apps["slurpy-backend"]
    assert (app.releases[0].version, app.releases[0].status) == (43, "running")
    assert all(machine.holder() for machine in app.machines.values())


async def test_everything_can_be_driven_from_another_process(anyone: httpx.AsyncClient) -> None:
    await post(anyone, "deploy", vendor="fly", name="slurpy-backend")
    broken = await post(anyone, "break", service="backend", breakage="cache")
    mended = await post(anyone, "mend", service="backend")
    await post(anyone, "status", page="fly", weather="outage")
    await post(anyone, "switches", enforce_rate_limits=True, machine_state=3)
    await post(anyone, "clock", seconds=60)
    ordered = await post(anyone, "faults", trouble="status", status=500, path="healthz")
    struck = await anyone.get("/service/backend/healthz")

    assert (broken["error_rate"], mended["error_rate"]) == (1, 0)
    assert (ordered[0]["status"], struck.status_code) == (500, 500)
    assert (await anyone.get("/status/fly/api/v2/status.json")).json()["status"]["indicator"] == "critical"


async def test_a_reset_brings_the_beginning_back(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    await post(anyone, "deploy", vendor="fly", name="slurpy-backend")
    await post(anyone, "faults", status=500)

    await post(anyone, "reset")

    assert sandbox.of(FlyWorld).apps["slurpy-backend"].releases[0].version == 42
    assert (await anyone.get("/sandbox/faults")).json() == []
    assert (await anyone.get("/service/backend/healthz")).status_code == 503


async def test_unknown_names_are_answered_with_the_known_ones(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.post("/sandbox/deploy", json={"vendor": "fly", "name": "other"})

    assert answer.status_code == 404
    assert "slurpy-backend" in answer.json()["error"]


async def test_what_cannot_happen_somewhere_is_refused_with_the_reason(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.post("/sandbox/break", json={"service": "shop", "breakage": "stuck"})

    assert answer.status_code == 409
    assert "no copy can hang" in answer.json()["error"]


def test_a_thread_serves_code_that_has_no_loop() -> None:
    with serving_in_thread(Sandbox.slurpy()) as url:
        assert httpx.get(f"{url}/service/backend/healthz").status_code == 503


def test_a_process_of_its_own_says_where_it_listens(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    command = [
        sys.executable,
        "-m",
        "sandbox.server",
        "--world",
        "slurpy",
        "--port-file",
        str(port_file),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        answer = httpx.get(f"{said['base_url']}/sandbox/state", timeout=5)
    finally:
        process.terminate()
        process.wait(10)

    assert answer.status_code == 200
    assert int(port_file.read_text()) == said["port"]
