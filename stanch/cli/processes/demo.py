"""`demo`: a bad release on the sandbox, from the alert to the post-mortem, told as it happens."""

import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from stanch.cli.processes.ports import Wish
from stanch.cli.texts import one_line
from stanch.errors import ConfigError

SCENARIOS = {"slurpy-1": ("SiteDown", "backend")}
_LOOK_EVERY = 0.2
_MOMENT = 2.0
_DEADLINE = 150.0
_SKIP = timedelta(minutes=5)
_HURRY = 4
"""Nobody waits in a demo for as long as a machine takes to start."""


def demo(
    scenario: Annotated[str, typer.Argument(help="Which scenario to play.")] = "slurpy-1",
    data: Annotated[Path, typer.Option(help="Where its data goes.")] = Path(".stanch/demo"),
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking.")] = False,
) -> None:
    """Break a service in the sandbox and watch Stanch repair it.

    Example: stanch demo slurpy-1 --yes
    """
    from stanch.cli.processes.parts import run

    if scenario not in SCENARIOS:
        raise typer.BadParameter(f"there is no scenario {scenario}; there is {', '.join(SCENARIOS)}")
    raise typer.Exit(run(_play(scenario, data, yes=yes)))


@dataclass
class DemoStage:
    """Everything the story needs at hand."""

    console: Console
    gateway: httpx.AsyncClient
    service: str
    alert: dict[str, Any]
    skipper: Any
    asks: bool
    told: int = 0
    decided: set[str] = field(default_factory=set)
    resolved: bool = False
    skipping: "asyncio.Task[bool] | None" = None


async def _play(scenario: str, data: Path, *, yes: bool) -> int:
    from temporalio.testing import TimeSkipper, TimeSkippingConfig

    from sandbox import Sandbox
    from sandbox.server import serving
    from stanch.cli.processes import parts, sandbox_files
    from workers.embedded import EmbeddedTemporal
    from workers.process import Temporal, connected

    console = Console(soft_wrap=True, highlight=False)
    folder = data / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name, service = SCENARIOS[scenario]
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(serving(_in_a_hurry(Sandbox.slurpy())))
        house = parts.House.of(sandbox_files.furnish(folder, sandbox), folder)
        parts.speak(house, quiet=True)
        server = await stack.enter_async_context(EmbeddedTemporal(folder, time_skipping=True))
        temporal = Temporal(await connected(server), server.ui_url)
        store = await stack.enter_async_context(house.stored(temporal.client))
        await stack.enter_async_context(house.working(temporal.client, store))
        door = Wish("--port", 7330).listening()
        behind = parts.Behind(temporal, store)
        url = await stack.enter_async_context(
            parts.gateway(house, house.rules(house.in_force.edition), behind, door)
        )
        skipper = TimeSkipper(
            temporal.client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=10_000)
        )
        gateway = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=40))
        gateway.headers["Authorization"] = f"Bearer {_token(house)}"
        stage = DemoStage(
            console=console,
            gateway=gateway,
            service=f"{sandbox}/service/{service}/healthz",
            alert=_alert(name, service),
            skipper=skipper,
            asks=sys.stdin.isatty() and not yes,
        )
        async with asyncio.timeout(None if stage.asks else _DEADLINE):
            return await _story(stage, house, temporal.pages)


def _in_a_hurry(world: Any) -> Any:
    world.pace.hurry(_HURRY)
    return world


def _token(house: Any) -> str:
    """The token of the first person, whom the house has just made up."""
    folder: Path = house.home.folder / "tokens"
    tokens = [path for path in folder.iterdir() if not path.name.startswith("source-")]
    return tokens[0].read_text(encoding="utf-8").strip()


def _alert(name: str, service: str) -> dict[str, Any]:
    began = datetime.now(UTC) - timedelta(minutes=2)
    return {
        "status": "firing",
        "labels": {"alertname": name, "service": service, "severity": "critical"},
        "annotations": {"summary": "health checks fail with 503"},
        "startsAt": began.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": "5ca1ab1e0ddba11",
    }


async def _story(stage: DemoStage, house: Any, pages: str) -> int:
    say = stage.console.print
    say(f"[bold]Before:[/] {await _health(stage)}")
    number = await _send(stage, house)
    say(f"[bold]Alert accepted:[/] incident {number}. Temporal UI: {pages}/workflows")
    while True:
        view = (await stage.gateway.get(f"/incidents/{number}")).raise_for_status().json()
        state = view["state"]
        _tell(stage, state)
        if state["phase"] == "closed":
            break
        await _act(stage, number, view, house)
        await asyncio.sleep(_LOOK_EVERY)
    return await _ending(stage, house, state, view["page"])


async def _act(stage: DemoStage, number: str, view: dict[str, Any], house: Any) -> None:
    """What a person and the monitoring would do: approve the plan; report the recovery."""
    phase, handle = view["state"]["phase"], stage.skipper.client.get_workflow_handle(view["workflow_id"])
    if phase == "approve" and view["digest"] not in stage.decided:
        await _approve(stage, number, view)
    if phase in ("verify", "watch") and stage.skipping is None:
        stage.console.print(
            "[dim]From here on Temporal skips the waiting; the clock is the incident's own.[/]"
        )
    if phase in ("verify", "watch") and (stage.skipping is None or stage.skipping.done()):
        stage.skipping = asyncio.create_task(stage.skipper.fast_forward(handle, _SKIP))
    if phase == "watch" and not stage.resolved:
        stage.resolved = True
        # By the incident's own clock, which has skipped: otherwise it would end before it was repaired.
        stage.alert |= {"status": "resolved", "endsAt": view["state"]["timeline"][-1]["at"]}
        await _send(stage, house)


async def _send(stage: DemoStage, house: Any) -> str:
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


async def _health(stage: DemoStage) -> str:
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get(stage.service)
    return f"{stage.service} answers {answer.status_code}"


def _tell(stage: DemoStage, state: dict[str, Any]) -> None:
    for entry in state["timeline"][stage.told :]:
        at = datetime.fromisoformat(entry["at"]).strftime("%H:%M:%S")
        stage.console.print(f"[dim]{at}[/] [cyan]{entry['kind']:>10}[/] {escape(one_line(entry['text']))}")
    stage.told = len(state["timeline"])


async def _approve(stage: DemoStage, number: str, view: dict[str, Any]) -> None:
    say = stage.console.print
    say(f"\n[bold yellow]Approval needed[/] for {number}:\n{escape(view['plan_text'])}\n")
    if stage.asks:
        say("Approve this change? [Y/n]", end=" ")
        typed = await _typed()
        yes = bool(typed) and typed.strip().lower() in ("", "y", "yes")
    else:
        say(f"[dim]Nobody is asked here: approving by itself in {_MOMENT:.0f} s.[/]")
        await asyncio.sleep(_MOMENT)
        yes = True
    word = "approve" if yes else "reject"
    answer = await stage.gateway.post(f"/incidents/{number}/{word}", json={"digest": view["digest"]})
    stage.decided.add(view["digest"])
    said = answer.json()
    say(f"[bold]{word}:[/] {escape(str(said.get('text') or said.get('error', {}).get('message')))}\n")


async def _typed() -> str:
    """A line that a person types, empty at the end of input; no thread reads, so that Ctrl-C ends it."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()


async def _ending(stage: DemoStage, house: Any, state: dict[str, Any], ui: str) -> int:
    from stanch.policy.telling import span

    say = stage.console.print
    answers = [await _health(stage) for _ in range(3)]
    healthy = all(answer.endswith(" 200") for answer in answers)
    opened = datetime.fromisoformat(state["opened_at"])
    recovered = state["recovered_at"] and datetime.fromisoformat(state["recovered_at"])
    say(f"\n[bold]After:[/] {answers[-1]}")
    say(f"[bold]{state['number']}[/] closed: {state['outcome']}")
    say(f"Time to recovery: {span(opened, recovered) if recovered else 'none'}")
    say(f"Temporal UI: {ui}")
    say(f"Post-mortem: {house.shown(house.home.journal / (state['number'] + '.md'))}")
    if not healthy:
        raise ConfigError("the demo ended, but the service is not healthy: this is a defect of Stanch")
    if stage.asks:
        say("\nPress Enter to end the demo and its Temporal UI.", end=" ")
        await _typed()
    return 0
