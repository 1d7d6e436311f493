"""The story of a demo, from the alert to its end."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from sandbox.server import serving
from stanch.cli.processes import parts
from stanch.cli.processes.demo_scene import scene_of
from stanch.cli.processes.demo_stage import DemoStage, act, alert_of, send, typed
from stanch.cli.processes.ports import Wish
from stanch.cli.texts import one_line
from stanch.cli.worlds.theatre import FollowsTime
from stanch.errors import ConfigError
from stanch.policy.telling import span
from workers.embedded import EmbeddedTemporal
from workers.process import Temporal, connected

_LOOK_EVERY = 0.2
_DEADLINE = 150.0
_WITH_PEOPLE = ("handed-over", "by-hand")


async def play(world: str, config: Path, data: Path, *, yes: bool) -> int:
    """From the alert to the post-mortem, or to the people who have it then; the exit code."""
    console = Console(soft_wrap=True, highlight=False)
    folder = data / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    scene = scene_of(world, config)
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serving(scene.sandbox))
        house = parts.House.of(scene.furnish(folder, address), folder)
        parts.speak(house, quiet=True)
        server = await stack.enter_async_context(EmbeddedTemporal(folder, time_skipping=True))
        client = await connected(server, interceptors=[FollowsTime(scene.sandbox.clock)])
        temporal = Temporal(client, server.ui_url)
        store = await stack.enter_async_context(house.stored(temporal.client))
        await stack.enter_async_context(house.working(temporal.client, store))
        door = Wish("--port", 7330).listening()
        behind = parts.Behind(temporal, store)
        rules = house.rules(house.in_force.edition)
        url = await stack.enter_async_context(parts.gateway(house, rules, behind, door))
        skipper = TimeSkipper(
            temporal.client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=10_000)
        )
        gateway = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=40))
        token = _token(house)
        gateway.headers["Authorization"] = f"Bearer {house.redactor.read(token)}"
        stage = DemoStage(
            console=console,
            gateway=gateway,
            service=f"{address}/service/{scene.service}/{scene.health}",
            alert=alert_of(scene),
            skipper=skipper,
            asks=sys.stdin.isatty() and not yes,
            signs_in_by=token.removeprefix("file:"),
            sandbox=scene.sandbox,
        )
        async with asyncio.timeout(None if stage.asks else _DEADLINE):
            return await _story(stage, house, temporal.pages)


def _token(house: Any) -> str:
    """Where the token of the first person is who may approve."""
    people = house.book.team.people.values()
    return next(str(one.token) for one in people if one.token and "approver" in one.roles)


async def _story(stage: DemoStage, house: Any, pages: str) -> int:
    say = stage.console.print
    say(f"[bold]Before:[/] {await _health(stage)}")
    number = await send(stage, house)
    say(f"[bold]Alert accepted:[/] incident {number}. Temporal UI: {pages}/workflows")
    while True:
        view = (await stage.gateway.get(f"/incidents/{number}")).raise_for_status().json()
        state = view["state"]
        _tell(stage, state)
        if state["phase"] == "closed" or state["phase"] in _WITH_PEOPLE:
            break
        await act(stage, number, view, house)
        await asyncio.sleep(_LOOK_EVERY)
    return await _ending(stage, house, state, view["page"])


async def _health(stage: DemoStage) -> str:
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get(stage.service)
    return f"{stage.service} answers {answer.status_code}"


def _tell(stage: DemoStage, state: dict[str, Any]) -> None:
    for entry in state["timeline"][stage.told :]:
        at = datetime.fromisoformat(entry["at"]).strftime("%H:%M:%S")
        stage.console.print(f"[dim]{at}[/] [cyan]{entry['kind']:>10}[/] {escape(one_line(entry['text']))}")
    stage.told = len(state["timeline"])


async def _ending(stage: DemoStage, house: Any, state: dict[str, Any], ui: str) -> int:
    say = stage.console.print
    answers = [await _health(stage) for _ in range(3)]
    healthy = all(answer.endswith(" 200") for answer in answers)
    opened = datetime.fromisoformat(state["opened_at"])
    recovered = state["recovered_at"] and datetime.fromisoformat(state["recovered_at"])
    say(f"\n[bold]After:[/] {answers[-1]}")
    closed = state["phase"] == "closed"
    if closed:
        say(f"[bold]{state['number']}[/] closed: {state['outcome']}")
        say(f"Time to recovery: {span(opened, recovered) if recovered else 'none'}")
    else:
        because = state["handed_over_because"] or state["waiting_for"]
        say(f"[bold]{state['number']}[/] is left to people: {escape(because)}")
    say(f"Temporal UI: {ui}")
    if closed:
        say(f"Post-mortem: {house.shown(house.home.journal / (state['number'] + '.md'))}")
    if closed and not healthy:
        raise ConfigError("the demo ended, but the service is not healthy: this is a defect of Stanch")
    if stage.asks:
        say("\nPress Enter to end the demo and its Temporal UI.", end=" ")
        await typed()
    return 0
