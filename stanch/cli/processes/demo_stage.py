"""What people and the monitoring do in a demo."""

import asyncio
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from sandbox.wellbeing import pass_by, wrong_in
from stanch.cli.processes.demo_scene import DemoScene

_MOMENT = 2.0
_LOOK_AGAIN = 0.5
_SKIP = timedelta(minutes=5)
_HOLDS = timedelta(minutes=10)
"""So long a vendor's trouble lasts here."""
_PASSES = ("hold", "verify", "watch")
"""Where nothing happens but that time passes."""


@dataclass
class DemoStage:
    """Everything the story needs at hand."""

    console: Console
    gateway: httpx.AsyncClient
    service: str
    alert: dict[str, Any]
    skipper: Any
    asks: bool
    signs_in_by: str
    """Where the token is by which somebody signs in at the pages."""
    sandbox: Any
    held_since: datetime | None = None
    told: int = 0
    decided: set[str] = field(default_factory=set)
    resolved: bool = False
    skipping: "asyncio.Task[bool] | None" = None


def alert_of(scene: DemoScene) -> dict[str, Any]:
    """As Alertmanager sends it, two minutes after it began."""
    began = datetime.now(UTC) - timedelta(minutes=2)
    return {
        "status": "firing",
        "labels": {
            "alertname": scene.alert,
            "service": scene.service,
            "severity": "critical",
            **scene.labels,
        },
        "annotations": {"summary": scene.says},
        "startsAt": began.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "5ca1ab1e0ddba11",
    }


async def act(stage: DemoStage, number: str, view: dict[str, Any], house: Any) -> None:
    """What a person and the monitoring would do: approve the plan; report the recovery."""
    phase, handle = view["state"]["phase"], stage.skipper.client.get_workflow_handle(view["workflow_id"])
    if phase == "approve" and view["digest"] not in stage.decided:
        await _approve(stage, number, view)
    if phase == "hold":
        _recovers_in_time(stage)
    if phase in _PASSES and stage.skipping is None:
        stage.console.print(
            "[dim]From here on Temporal skips the waiting; the clock is the incident's own.[/]"
        )
    if phase in _PASSES and (stage.skipping is None or stage.skipping.done()):
        stage.skipping = asyncio.create_task(stage.skipper.fast_forward(handle, _SKIP))
    if phase in _PASSES and not stage.resolved and not wrong_in(stage.sandbox):
        stage.resolved = True
        # By the incident's own clock, which has skipped: otherwise it would end before it was repaired.
        stage.alert |= {"status": "resolved", "endsAt": view["state"]["timeline"][-1]["at"]}
        await send(stage, house)


def _recovers_in_time(stage: DemoStage) -> None:
    """After some time the vendor's trouble is over."""
    now = stage.sandbox.clock.now()
    stage.held_since = stage.held_since or now
    if now - stage.held_since >= _HOLDS:
        pass_by(stage.sandbox)


async def send(stage: DemoStage, house: Any) -> str:
    """As Alertmanager would."""
    token = house.redactor.read(house.book.team.sources["alertmanager"].token)
    body = {
        "version": "4",
        "groupKey": "{}:{}",
        "status": stage.alert["status"],
        "receiver": "stanch",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [stage.alert],
    }
    answer = await stage.gateway.post(
        "/alerts/alertmanager", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    incidents = answer.raise_for_status().json()["incidents"]
    return str(incidents[0]) if incidents else ""


async def _approve(stage: DemoStage, number: str, view: dict[str, Any]) -> None:
    say = stage.console.print
    say(f"\n[bold yellow]Approval needed[/] for {number}:\n{escape(view['plan_text'])}\n")
    if stage.asks:
        page = stage.gateway.base_url.join(f"/incident/{number}")
        say(f"Decide on its page, {page} (sign in with the token in {escape(stage.signs_in_by)}), or here.")
        say("Approve this change? [Y/n]", end=" ")
        word = await _typed_or_decided(stage, number, view["digest"])
        if word is None:
            stage.decided.add(view["digest"])
            say("It was decided on elsewhere.\n")
            return
        yes = bool(word) and word.strip().lower() in ("", "y", "yes")
    else:
        say(f"[dim]Nobody is asked here: approving by itself in {_MOMENT:.0f} s.[/]")
        await asyncio.sleep(_MOMENT)
        yes = True
    word = "approve" if yes else "reject"
    answer = await stage.gateway.post(f"/incidents/{number}/{word}", json={"digest": view["digest"]})
    stage.decided.add(view["digest"])
    said = answer.json()
    say(f"[bold]{word}:[/] {escape(str(said.get('text') or said.get('error', {}).get('message')))}\n")


async def _typed_or_decided(stage: DemoStage, number: str, digest: str) -> str | None:
    """What is typed here; None where somebody has decided on it at another door meanwhile."""
    typing = asyncio.create_task(typed())
    try:
        while True:
            done, _ = await asyncio.wait([typing], timeout=_LOOK_AGAIN)
            if done:
                return typing.result()
            view = (await stage.gateway.get(f"/incidents/{number}")).raise_for_status().json()
            if (view["state"]["phase"], view["digest"]) != ("approve", digest):
                return None
    finally:
        typing.cancel()


async def typed() -> str:
    """A line that a person types, empty at the end of input; no thread reads, so that Ctrl-C ends it."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()
