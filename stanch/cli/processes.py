"""`up`, `worker`, `gateway`, `sandbox`: the processes."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Config = Annotated[Path, typer.Option("--config", help="The team's stanch.yaml.", envvar="STANCH_CONFIG")]
Data = Annotated[Path, typer.Option("--data", help="The data folder.", envvar="STANCH_DATA")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on; where it is taken on loopback, a free one.")]
METRICS_PORT = 9464


def up(
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    host: Host = "127.0.0.1",
    port: Port = 7330,
) -> None:
    """Run everything on this machine: Temporal, worker and gateway.

    Example: stanch up --config stanch.yaml
    """
    from stanch.cli.running import run

    raise typer.Exit(run(_up(config, data, (host, port))))


async def _up(config: Path, data: Path, at: tuple[str, int]) -> int:
    from stanch.cli import running
    from workers.process import embedded, until_told_to_stop, working

    house = running.House.of(config, data)
    running.speak(house)
    metrics_at = f"{running.LOCALHOST}:{running.free_port(METRICS_PORT)}"
    async with AsyncExitStack() as stack:
        temporal = await stack.enter_async_context(embedded(house.home.folder, metrics_at))
        store = await stack.enter_async_context(house.stored(temporal.client))
        tasks = await stack.enter_async_context(working(temporal.client, house.setting(store)))
        behind = running.Behind(temporal, store)
        url = await stack.enter_async_context(running.gateway(house, behind, at, metrics_at))
        _say_ready(house.home.folder, url, temporal.ui_url)
        await until_told_to_stop([*tasks, *temporal.keeping])
    return 0


def _say_ready(folder: Path, url: str, ui_url: str) -> None:
    console = Console(stderr=True, soft_wrap=True)
    console.print(f"[bold green]Stanch is up.[/] Alerts: {url}/alerts/alertmanager")
    console.print(f"Temporal UI: {ui_url}")
    console.print(f"Tokens, one file each: {folder / 'tokens'}")
    console.print("Stop with Ctrl-C; everything resumes at the next start.")


def worker(
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    only: Annotated[str, typer.Option(help="Only these providers, such as fly,vercel.")] = "",
) -> None:
    """Work off task queues of the Temporal that TEMPORAL_ADDRESS names.

    Example: TEMPORAL_ADDRESS=temporal:7233 stanch worker --only fly
    """
    from stanch.cli.running import run

    raise typer.Exit(run(_worker(config, data, [name for name in only.split(",") if name])))


async def _worker(config: Path, data: Path, only: list[str]) -> int:
    from stanch.cli import running
    from workers.process import external, until_told_to_stop, working

    house = running.House.of(config, data)
    running.speak(house)
    temporal = await external()
    async with AsyncExitStack() as stack:
        store = None if only else await stack.enter_async_context(house.stored(temporal.client))
        await until_told_to_stop(
            await stack.enter_async_context(working(temporal.client, house.setting(store), only))
        )
    return 0


def gateway(
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    host: Host = "127.0.0.1",
    port: Port = 7330,
) -> None:
    """Take alerts and decisions over HTTP, for the Temporal that TEMPORAL_ADDRESS names.

    Example: TEMPORAL_ADDRESS=temporal:7233 stanch gateway --host 0.0.0.0
    """
    from stanch.cli.running import run

    raise typer.Exit(run(_gateway(config, data, (host, port))))


async def _gateway(config: Path, data: Path, at: tuple[str, int]) -> int:
    from stanch.cli import running
    from workers.process import external, until_told_to_stop

    house = running.House.of(config, data)
    running.speak(house)
    temporal = await external()
    async with (
        house.stored(temporal.client) as store,
        running.gateway(house, running.Behind(temporal, store), at),
    ):
        await until_told_to_stop()
    return 0


def sandbox(
    host: Host = "127.0.0.1",
    port: Port = 7999,
    world: Annotated[str, typer.Option(help="slurpy, shop, everything or empty.")] = "everything",
) -> None:
    """Serve stateful fakes of the vendors, and services that really follow from them.

    Example: stanch sandbox --world slurpy
    """
    from stanch.sandbox.server import WORLDS, serve

    if world not in WORLDS:
        raise typer.BadParameter(f"there is no world {world}; there are {', '.join(sorted(WORLDS))}")
    serve(WORLDS[world](), host, port)
