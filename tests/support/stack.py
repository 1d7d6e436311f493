"""Stanch as separate processes, each of which can be killed and started again."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from workers.embedded import EmbeddedTemporal
from workers.home import Home

TEAM = """
providers:
  fly: {{token: env:STANCH_TEST_FLY, base_url: {url}/fly}}
  vercel: {{token: env:STANCH_TEST_VERCEL, base_url: {url}/vercel}}
services:
  backend:
    runs_on: {{provider: fly, app: slurpy-backend}}
    health: [{url}/service/backend/healthz]
    limits: {{changes_per_hour: 1000, cool_down: 0s}}
  shop:
    runs_on: {{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}
    health: [{url}/service/shop/healthz]
    limits: {{changes_per_hour: 1000, cool_down: 0s}}
people:
  ana: {{roles: [responder, approver], token: env:STANCH_TEST_ANA}}
sources:
  alertmanager: {{token: env:STANCH_TEST_SOURCE}}
mode: auto
"""
PLAYBOOK = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: backend}
    severity: critical
    mode: auto
    evidence: {release: {uses: fly.releases, within: 60s}}
    options:
      - {when: release.is_suspect, uses: fly.roll_back, approval: nobody}
    verify: {uses: probe, every: 1s, stays_good_for: 2s, samples: 2, settles_within: 60s}
    watch: {for: 1s}
  checkout-down:
    opens_on: {alert: CheckoutDown, service: shop}
    severity: high
    mode: auto
    options:
      - {uses: vercel.roll_back, approval: {who: one, within: 10m}}
    verify: {uses: probe, every: 1s, stays_good_for: 2s, samples: 2, settles_within: 60s}
    watch: {for: 1s}
"""
SECRETS = {
    "STANCH_TEST_FLY": str(FlyKey.ALL),
    "STANCH_TEST_VERCEL": str(VercelKey.ALL),
    "STANCH_TEST_ANA": "canary-token-of-ana",
    "STANCH_TEST_SOURCE": "canary-token-of-the-source",
    "STANCH_DOOR_KEY": "canary-key-of-the-door",
}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Stack:
    """The running parts, by name."""

    folder: Path
    server: EmbeddedTemporal
    client: Client
    sandbox_url: str
    gateway_port: int
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    """Every answer of the gateway, whole."""

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.gateway_port}"

    def start(self, part: str, **environment: str) -> None:
        """Start worker or gateway, or one more of them: `worker-2`."""
        program = part.partition("-")[0]
        extra = ["--port", str(self.gateway_port)] if program == "gateway" else []
        command = [sys.executable, "-m", "stanch.cli", program, "--config", str(self.folder / "stanch.yaml")]
        ours = {name: value for name, value in os.environ.items() if not name.startswith("STANCH_")}
        with (self.folder / f"{part}.log").open("ab") as log:
            self.processes[part] = subprocess.Popen(
                [*command, "--data", str(self.folder / "data"), *extra],
                stdout=log,
                stderr=log,
                env=ours | self.secrets | {"TEMPORAL_ADDRESS": self.server.address} | environment,
            )

    async def kill(self, part: str) -> None:
        """SIGKILL, and started again at once."""
        if part == "temporal":
            os.kill(self.server.pid, signal.SIGKILL)
            await self.server.wait_dead()
            await self.server.restart()
            return
        self.stop(part)
        self.start(part)

    def stop(self, part: str) -> None:
        """SIGKILL to worker or gateway."""
        process = self.processes.pop(part)
        process.kill()
        process.wait()

    async def ready(self) -> None:
        """The gateway can store alerts; fails with the last words of a part that ended instead."""
        async with asyncio.timeout(180):
            while True:
                for part, process in self.processes.items():
                    ended = f"{part} ended with {process.poll()}: {(self.folder / f'{part}.log').read_text()}"
                    assert process.poll() is None, ended
                answer = await self.ask("GET", "/readyz")
                if answer is not None and answer.status_code == httpx.codes.OK:
                    return
                await asyncio.sleep(0.1)

    async def send(self, *alerts: dict[str, Any], patience: float = 60.0) -> list[str]:
        """Deliver until it is accepted, as an alert sender does."""
        body = {"version": "4", "status": "firing", "alerts": list(alerts)}
        token = self.secrets["STANCH_TEST_SOURCE"]
        async with asyncio.timeout(patience), self.caller(token) as http:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await http.post("/alerts/alertmanager", json=body)
                    if answer.status_code == httpx.codes.ACCEPTED:
                        return list(answer.json()["incidents"])
                    assert answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR, answer.text
                await asyncio.sleep(0.2)

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        """One request of Ana's; None while nobody answers."""
        async with self.caller(self.secrets["STANCH_TEST_ANA"]) as http:
            with contextlib.suppress(httpx.HTTPError):
                return await http.request(method, path, **options)
        return None

    def caller(self, token: str) -> httpx.AsyncClient:
        """Somebody who talks to the gateway with this token."""

        async def hear(answer: httpx.Response) -> None:
            await answer.aread()
            headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            self.heard.append(f"{answer.status_code}\n{headers}\n\n{answer.text}")

        headers = {"Authorization": f"Bearer {token}"}
        hooks = {"response": [hear]}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, event_hooks=hooks)

    async def ledger(self) -> dict[str, Any]:
        """What was done to the vendors."""
        async with httpx.AsyncClient(timeout=10) as http:
            found: dict[str, Any] = (await http.get(f"{self.sandbox_url}/sandbox/ledger")).json()
            return found

    async def reset(self) -> None:
        """The vendors as at the beginning, and quicker than vendors are."""
        quick = {"machine_state": 0, "machine_checks": 1, "alias": 1}
        async with httpx.AsyncClient(timeout=10) as http:
            (await http.post(f"{self.sandbox_url}/sandbox/reset")).raise_for_status()
            (await http.post(f"{self.sandbox_url}/sandbox/switches", json=quick)).raise_for_status()


def alert(name: str, service: str, started_at: datetime, *, firing: bool = True) -> dict[str, Any]:
    """One alert in Alertmanager's words."""
    return {
        "status": "firing" if firing else "resolved",
        "labels": {"alertname": name, "service": service},
        "annotations": {"summary": "health checks fail"},
        "startsAt": started_at.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z" if firing else datetime.now(UTC).isoformat(),
        "fingerprint": f"{name}-{service}".lower(),
    }


@contextlib.contextmanager
def sandboxed(world: str) -> Iterator[str]:
    """The sandbox in a process of its own."""
    command = [sys.executable, "-m", "sandbox.server", "--world", world]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["base_url"]
    finally:
        process.kill()
        process.wait()


@contextlib.asynccontextmanager
async def stacked(
    folder: Path,
    playbook: str = PLAYBOOK,
    world: str = "everything",
    team: str = TEAM,
    secrets: dict[str, str] | None = None,
) -> AsyncIterator[Stack]:
    """Everything running: Temporal, worker, gateway, sandbox; all of it gone afterwards.

    The sandbox's address stands for `{url}` in all of it.
    """
    with sandboxed(world) as url:
        (folder / "playbooks").mkdir(parents=True)
        (folder / "stanch.yaml").write_text(team.format(url=url))
        (folder / "playbooks" / "all.yaml").write_text(playbook.replace("{url}", url))
        told = {name: value.replace("{url}", url) for name, value in (secrets or SECRETS).items()}
        async with EmbeddedTemporal(folder / "data", port=None, ui_port=None) as server:
            client = await Client.connect(server.address, data_converter=pydantic_data_converter)
            stack = Stack(folder, server, client, url, free_port(), told)
            if "STANCH_DOOR_KEY" not in told:
                Home(folder / "data").keys()
            stack.start("worker")
            stack.start("gateway")
            try:
                await stack.ready()
                yield stack
            finally:
                for process in stack.processes.values():
                    process.kill()
                    process.wait()
