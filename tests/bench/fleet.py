"""`stanch up` over a fleet of small apps, alerted and watched from outside."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from ending import end_running
from sender import Sender
from stack import alert, free_port, sandboxed
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from sandbox.fly.keys import FlyKey
from workers.embedded.folder import find_embedded

SIZE = 1000
_MOST = 50
_OPEN = "WorkflowType='IncidentWorkflow' AND ExecutionStatus='Running'"
_SOURCE = "token-of-the-source"
_TEAM = """
providers:
  fly: {{token: env:STANCH_BENCH_FLY, base_url: {url}/fly}}
services:
{services}
people:
  ana: {{roles: [responder, approver], token: env:STANCH_BENCH_ANA}}
sources:
  alertmanager: {{token: env:STANCH_BENCH_SOURCE}}
mode: auto
"""
_SERVICE = """  app-{number}:
    runs_on: {{provider: fly, app: app-{number}}}
    health: [{url}/service/app-{number}/healthz]
    limits: {{changes_per_hour: 1000, cool_down: 0s}}
"""
_PLAYBOOK = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown}
    severity: critical
    mode: auto
    options:
      - {uses: fly.roll_back, approval: nobody}
    verify: {uses: probe, every: 1s, stays_good_for: 1s, samples: 2, settles_within: 60s}
    watch: {for: 1s}
  all-down:
    opens_on: {alert: AllDown}
    severity: critical
    mode: auto
    options:
      - {uses: fly.roll_back, approval: nobody}
    verify: {uses: probe, every: 5m, stays_good_for: 15m, settles_within: 30m}
"""


@dataclass
class Fleet:
    """A running `stanch up`, and the fleet it looks after."""

    temporal: Client
    sender: Sender
    process: "subprocess.Popen[bytes]"
    began: datetime
    """When the alerts say that things went bad."""
    ready_after: float
    """Seconds from the start of the process to the first good answer of `/readyz`."""
    watcher: httpx.AsyncClient
    seen: int = 0
    first: dict[str, datetime] = field(default_factory=dict)

    async def send(self, *numbers: int, name: str = "SiteDown", firing: bool = True) -> None:
        """One webhook with an alert of each of these apps; returns when all are accepted."""
        alerts = [alert(name, f"app-{number}", self.began, firing=firing) for number in numbers]
        await self.sender.post("/alerts/alertmanager", {"version": "4", "alerts": alerts})

    async def writes(self) -> dict[str, datetime]:
        """When each app was first changed."""
        answer = await self.watcher.get("/sandbox/ledger", params={"after": self.seen})
        ledger = answer.json()
        assert ledger["unexpected"] == []
        self.seen += len(ledger["effects"])
        for effect in ledger["effects"]:
            if effect["operation"] == "fly.update_machine":
                app = effect["target"].partition("/")[0]
                self.first.setdefault(app, datetime.fromisoformat(effect["at"]))
        return self.first

    async def changed(self, count: int, patience: float = 90) -> dict[str, datetime]:
        """Once so many apps have been changed."""
        async with asyncio.timeout(patience):
            while len(found := await self.writes()) < count:  # noqa: ASYNC110 - it is looked at from outside
                await asyncio.sleep(0.1)
        return found

    async def ended(self) -> None:
        """No incident is open any more: they were ended as they stood, to leave what comes alone."""
        await end_running(self.temporal, _OPEN)
        await self.quiet()

    async def quiet(self, *numbers: int, name: str = "SiteDown", patience: float = 90) -> None:
        """Once the alerts of these apps have resolved and no incident is open any more."""
        for at in range(0, len(numbers), _MOST):
            await self.send(*numbers[at : at + _MOST], name=name, firing=False)
        async with asyncio.timeout(patience):
            while (await self.temporal.count_workflows(_OPEN)).count:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.2)

    def memory(self) -> int:
        """Resident megabytes of worker and gateway."""
        total = 0
        for pid in [self.process.pid, *_ours_below(self.process.pid)]:
            status = Path(f"/proc/{pid}/status").read_text()
            total += int(status.split("VmRSS:")[1].split()[0])
        return total // 1024


def _ours_below(pid: int) -> list[int]:
    """The Python processes it started; Temporal's server is not ours."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if "python" in Path(f"/proc/{child}/exe").readlink().name]


@contextlib.asynccontextmanager
async def fleet(folder: Path, services: int = SIZE) -> AsyncIterator[Fleet]:
    """Everything running; all of it gone afterwards."""
    with sandboxed("fleet") as sandbox:
        _write(folder, sandbox, services)
        port, began = free_port(), time.monotonic()
        with _up(folder, port) as process:
            url = f"http://127.0.0.1:{port}"
            await _ready(url, process, folder)
            after = time.monotonic() - began
            found = find_embedded(folder / "data")
            assert found is not None
            temporal = await Client.connect(found.address, data_converter=pydantic_data_converter)
            async with httpx.AsyncClient(base_url=sandbox, timeout=30) as http:
                quick = {"machine_state": 0, "machine_checks": 1}
                (await http.post("/sandbox/switches", json=quick)).raise_for_status()
                since, sender = datetime.now(UTC) - timedelta(minutes=2), Sender(url, _SOURCE)
                yield Fleet(temporal, sender, process, since, after, http)
                sender.close()


def _write(folder: Path, sandbox: str, services: int) -> None:
    (folder / "playbooks").mkdir(parents=True)
    written = "".join(_SERVICE.format(number=number, url=sandbox) for number in range(services))
    (folder / "stanch.yaml").write_text(_TEAM.format(url=sandbox, services=written.rstrip()))
    (folder / "playbooks" / "all.yaml").write_text(_PLAYBOOK)


@contextlib.contextmanager
def _up(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    secrets = {
        "STANCH_BENCH_FLY": str(FlyKey.ALL),
        "STANCH_BENCH_ANA": "token-of-ana",
        "STANCH_BENCH_SOURCE": _SOURCE,
    }
    words = ["up", "--config", str(folder / "stanch.yaml"), "--data", str(folder / "data")]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "stanch.cli", *words, "--port", str(port)],
            env=os.environ | secrets,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def _ready(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        while True:
            assert process.poll() is None, (folder / "up.log").read_text()
            with contextlib.suppress(httpx.HTTPError):
                if (await http.get(f"{url}/readyz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.02)
