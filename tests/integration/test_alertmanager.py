"""Debian's own Alertmanager in front of a whole Stanch."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from stack import SECRETS, Stack, free_port, stacked

PROGRAM = shutil.which("prometheus-alertmanager")
TEMPLATE = Path("/usr/share/prometheus/alertmanager/default.tmpl")
"""Comes with the Debian package; without it Alertmanager sends nothing."""

CONFIG = """
route:
  receiver: stanch
  group_by: [alertname, service]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1m
receivers:
  - name: stanch
    webhook_configs:
      - url: {url}/alerts/alertmanager
        send_resolved: true
        http_config: {{authorization: {{type: Bearer, credentials: {token}}}}}
"""
PLAYBOOK = """
scenarios:
  site-down:
    opens_on: {alert: SiteDown, service: backend}
    severity: critical
    mode: auto
    evidence: {release: {uses: fly.releases}}
    options: [{when: release.is_suspect, uses: fly.roll_back, approval: nobody}]
    verify: {uses: probe, every: 1s, stays_good_for: 2s, samples: 2, settles_within: 60s}
    watch: {for: 1s}
"""


@dataclass
class Monitor:
    """Somebody who tells Alertmanager what is wrong, and what Stanch makes of it."""

    url: str
    stack: Stack
    began: datetime

    async def fires(self) -> None:
        """The site is down from now on: what overlaps with an earlier fire is that fire to Alertmanager."""
        self.began = datetime.now(UTC)
        await self._post({})

    async def resolves(self) -> None:
        """The site is up again."""
        await self._post({"endsAt": datetime.now(UTC).isoformat()})

    async def _post(self, more: dict[str, str]) -> None:
        alert = {
            "labels": {"alertname": "SiteDown", "service": "backend", "severity": "critical"},
            "annotations": {"summary": "health checks fail"},
            "startsAt": self.began.isoformat(),
        }
        async with httpx.AsyncClient(base_url=self.url) as http:
            (await http.post("/api/v2/alerts", json=[alert | more])).raise_for_status()

    async def has_failed_to_deliver(self) -> bool:
        """Alertmanager has met a closed door."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            lines = (await http.get("/metrics")).text.splitlines()
        name = 'alertmanager_notification_requests_failed_total{integration="webhook"}'
        return any(line.startswith(name) and not line.endswith(" 0") for line in lines)

    async def is_ready(self) -> bool:
        """Alertmanager answers."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            try:
                return (await http.get("/-/ready")).is_success
            except httpx.TransportError:
                return False

    async def open_incidents(self) -> list[str]:
        """The numbers of what Stanch is at."""
        answer = await self.stack.ask("GET", "/incidents", params={"open": "true"})
        return [row["number"] for row in answer.json()["incidents"]] if answer is not None else []

    async def incident(self, number: str) -> dict[str, Any]:
        """Everything that it remembers."""
        answer = await self.stack.ask("GET", f"/incidents/{number}")
        state: dict[str, Any] = answer.json().get("state", {}) if answer is not None else {}
        return state

    async def is_in(self, number: str, *phases: str) -> bool:
        """The incident has come that far."""
        return (await self.incident(number)).get("phase") in phases

    async def machines_changed(self) -> int:
        """How often the vendor was told to change one."""
        effects = (await self.stack.ledger())["effects"]
        return sum(effect["operation"] == "fly.update_machine" for effect in effects)


async def until(ask: Any, *words: str) -> Any:
    """What is asked for, as soon as there is any of it."""
    async with asyncio.timeout(40):
        while True:
            if found := await ask(*words):
                return found
            await asyncio.sleep(0.2)


@contextmanager
def alertmanager(folder: Path, stack_url: str) -> Iterator[str]:
    """Alertmanager with Stanch as its receiver; gives its own address."""
    config, log = folder / "alertmanager.yml", folder / "alertmanager.log"
    config.write_text(CONFIG.format(url=stack_url, token=SECRETS["STANCH_TEST_SOURCE"]))
    address = f"127.0.0.1:{free_port()}"
    options = {
        "--config.file": config,
        "--storage.path": folder / "data",
        "--web.listen-address": address,
        "--cluster.listen-address": "",
    }
    with log.open("wb") as words:
        command = [str(PROGRAM), *(f"{name}={value}" for name, value in options.items())]
        process = subprocess.Popen(command, stdout=words, stderr=words)
    try:
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def installed() -> None:
    if PROGRAM is None or not TEMPLATE.exists():
        assert not os.environ.get("CI"), "install prometheus-alertmanager"
        pytest.skip("install prometheus-alertmanager")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def monitor(installed: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Monitor]:
    folder = tmp_path_factory.mktemp("alertmanager")
    async with stacked(folder / "stack", PLAYBOOK) as stack:
        with alertmanager(folder, stack.url) as url:
            running = Monitor(url, stack, datetime.now(UTC))
            await until(running.is_ready)
            yield running


async def test_a_fire_that_alertmanager_reports_is_put_out_and_closed_when_it_says_so(
    monitor: Monitor,
) -> None:
    await monitor.stack.reset()

    await monitor.fires()

    (number,) = await until(monitor.open_incidents)
    await until(monitor.is_in, number, "watch")
    assert await monitor.machines_changed() == 2
    await monitor.resolves()
    await until(monitor.is_in, number, "closed")
    assert (await monitor.incident(number))["outcome"] == "fixed by a change"


async def test_a_fire_that_breaks_out_while_the_gateway_is_down_is_told_later_and_once(
    monitor: Monitor,
) -> None:
    await monitor.stack.reset()
    monitor.stack.stop("gateway")
    await monitor.fires()
    await until(monitor.has_failed_to_deliver)

    monitor.stack.start("gateway")

    (number,) = await until(monitor.open_incidents)
    await until(monitor.is_in, number, "verify", "watch")
    state = await monitor.incident(number)
    assert [entry["kind"] for entry in state["timeline"]].count("alert") == 1
    assert await monitor.machines_changed() == 2
