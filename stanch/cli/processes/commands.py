"""`up`, `worker`, `gateway`, `sandbox`: the processes."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from stanch.cli.arguments import Config, Data
from stanch.cli.processes.ports import LOCALHOST, Wish

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None,
    typer.Option(help="Port to listen on: 7330, or a free one where that is taken.", show_default=False),
]
UiPort = Annotated[
    int | None, typer.Option(help="Port of Temporal's own pages; 8233 if free.", show_default=False)
]
TemporalPort = Annotated[
    int | None, typer.Option(help="Port of the Temporal server; 7233 if free.", show_default=False)
]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Start although this version cannot go on with an open incident.")
]
METRICS_PORT = 9464
_DOOR, _TEMPORAL, _PAGES, _SANDBOX = 7330, 7233, 8233, 7999


def up(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    host: Host = LOCALHOST,
    port: Port = None,
    temporal_port: TemporalPort = None,
    ui_port: UiPort = None,
    anyway: Anyway = False,
) -> None:
    """Run everything on this machine: Temporal, worker and gateway.

    Example: stanch up --config stanch.yaml
    """
    from stanch.cli.processes.parts import run

    door = Wish("--port", _DOOR, port, host)
    wishes = (
        Wish("--temporal-port", _TEMPORAL, temporal_port),
        Wish("--ui-port", _PAGES, ui_port),
    )
    raise typer.Exit(run(_up(config, data, door, wishes, anyway=anyway)))


async def _up(config: Path, data: Path, door: Wish, wishes: tuple[Wish, Wish], *, anyway: bool) -> int:
    from stanch.cli.processes import parts
    from workers.process import embedded, until_told_to_stop

    house = parts.House.of(config, data)
    parts.speak(house)
    rules = house.rules(house.in_force.edition)
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(door.listening())
        metrics_at = f"{LOCALHOST}:{Wish('', METRICS_PORT).free()}"
        ports = _ports(house.home.folder, wishes)
        temporal = await stack.enter_async_context(embedded(house.home.folder, metrics_at, ports))
        store = await stack.enter_async_context(house.stored(temporal.client))
        await _fit(temporal.client, house.setting(store), anyway=anyway)
        crew = await stack.enter_async_context(house.working(temporal.client, store))
        await stack.enter_async_context(house.watching_room())
        behind = parts.Behind(temporal, store)
        url = await stack.enter_async_context(parts.gateway(house, rules, behind, listening, metrics_at))
        keeping = await stack.enter_async_context(house.in_force.kept_up())
        _say_ready(house, url, temporal.pages)
        await until_told_to_stop([crew.broken, keeping, *temporal.keeping])
    return 0


def _ports(folder: Path, wishes: tuple[Wish, Wish]) -> tuple[int, int]:
    """Those that were asked for; a server that runs here already is refused by its name, not its port's."""
    from workers.embedded import find_embedded

    runs_already = find_embedded(folder) is not None
    first, second = (wish.default if runs_already else wish.free() for wish in wishes)
    return first, second


async def _fit(client: Any, setting: Any, *, anyway: bool) -> None:
    """What is open can be gone on with by this version; otherwise the choice is a person's."""
    from workers.interceptors import WorkerInterceptor
    from workers.replay_check import rehearsed
    from workers.wiring import WORKFLOWS

    found = await rehearsed(client, WORKFLOWS, [WorkerInterceptor(setting.redactor, setting.keys)])
    if found.of:
        _say(found.said)
    if not anyway:
        found.refuse()


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True, markup=False, highlight=False).print(text)


def _say_ready(house: Any, url: str, pages: str) -> None:
    from stanch.cli.processes.first_alert import first_alert

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"[bold green]Stanch is up.[/] Alerts: {url}/alerts/alertmanager")
    console.print(f"Pages for people: {url}/ (sign in with your token)")
    console.print(f"Temporal UI: {pages}/workflows")
    tokens = house.home.folder / "tokens"
    if tokens.exists():
        console.print(f"Tokens, one file each: {tokens}")
    if example := first_alert(house.book, house.home.folder):
        console.print(escape(f"Try it ({example.does}): {example.command}"))
    console.print("Stop with Ctrl-C; everything resumes at the next start.")


def worker(
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    only: Annotated[str, typer.Option(help="Only these: home, and providers such as fly,vercel.")] = "",
    but: Annotated[str, typer.Option("--except", help="All but these.")] = "",
    anyway: Anyway = False,
) -> None:
    """Work off task queues of the Temporal that TEMPORAL_ADDRESS names.

    `home` is Stanch itself, without any vendor's credential.

    Example: TEMPORAL_ADDRESS=temporal:7233 stanch worker --only fly
    """
    from stanch.cli.processes.parts import run
    from workers.wiring import named

    raise typer.Exit(run(_worker(config, data, (named(only), named(but)), anyway=anyway)))


async def _worker(config: Path, data: Path, choice: tuple[list[str], list[str]], *, anyway: bool) -> int:
    from stanch.cli.processes import parts
    from workers.process import external, until_told_to_stop
    from workers.wiring import OURS, chosen

    house = parts.House.of(config, data, split=True)
    parts.speak(house)
    names = chosen(house.book.team, *choice)
    temporal = await external()
    async with AsyncExitStack() as stack:
        home = OURS in names
        store = await stack.enter_async_context(house.stored(temporal.client)) if home else None
        if home:
            await _fit(temporal.client, house.setting(store), anyway=anyway)
            await stack.enter_async_context(house.watching_room())
        crew = await stack.enter_async_context(
            house.working(temporal.client, store, lambda team: chosen(team, *choice))
        )
        keeping = await stack.enter_async_context(house.in_force.kept_up())
        _say(f"Working for {', '.join(names)} at {_where(temporal)}. Stop with Ctrl-C")
        await until_told_to_stop([crew.broken, keeping])
    return 0


def gateway(
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    host: Host = LOCALHOST,
    port: Port = None,
) -> None:
    """Take alerts and decisions over HTTP, for the Temporal that TEMPORAL_ADDRESS names.

    Example: TEMPORAL_ADDRESS=temporal:7233 stanch gateway --host 0.0.0.0
    """
    from stanch.cli.processes.parts import run

    raise typer.Exit(run(_gateway(config, data, Wish("--port", _DOOR, port, host))))


async def _gateway(config: Path, data: Path, door: Wish) -> int:
    from stanch.cli.processes import parts
    from workers.process import external, until_told_to_stop

    house = parts.House.of(config, data, split=True)
    parts.speak(house)
    rules = house.rules(house.in_force.edition)
    with door.listening() as listening:
        temporal = await external()
        async with (
            house.stored(temporal.client) as store,
            parts.gateway(house, rules, parts.Behind(temporal, store), listening) as url,
            house.in_force.kept_up() as keeping,
        ):
            _say(f"Taking alerts at {url}/alerts/alertmanager for {_where(temporal)}. Stop with Ctrl-C")
            _say(f"Pages for people: {url}/")
            await until_told_to_stop([keeping])
    return 0


def _where(temporal: Any) -> str:
    client = temporal.client
    return f"Temporal {client.service_client.config.target_host}, namespace {client.namespace}"


def sandbox(
    host: Host = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 7999 if free.", show_default=False)
    ] = None,
    world: Annotated[
        str,
        typer.Option(
            help="A world beside stanch.yaml or of a shipped playbook, such as slurpy-1a; "
            "or everything, or empty."
        ),
    ] = "everything",
    config: Config = Path("stanch.yaml"),
    data: Annotated[Path, typer.Option(help="Where a stanch.yaml for it is written.")] = Path(
        ".stanch/sandbox"
    ),
) -> None:
    """Serve stateful fakes of the vendors, and services that really follow from them.

    For a world it writes the team's catalogue, ready for this sandbox, and says what to type next.

    Example: stanch sandbox --world slurpy-1a
    """
    from sandbox.server import WORLDS, serve
    from stanch.cli.processes.hanging_up import end_with_terminal
    from stanch.cli.processes.sandbox_files import directions, furnish
    from stanch.cli.worlds.chosen_worlds import the_one

    end_with_terminal()
    chosen = Wish("--port", _SANDBOX, port, host).free()
    url = f"http://{host}:{chosen}"
    if world not in WORLDS:
        played = the_one(config, world, WORLDS).at(url)
        _say(played.introduced(played.write(data / "worlds" / played.name)))
        return serve(played.sandbox(), host, chosen)
    served = WORLDS[world]()
    for line in directions(furnish(data, url), url, served.services, WORLDS):
        _say(line)
    return serve(served, host, chosen)
