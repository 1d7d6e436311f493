"""`stanch test`: what the playbook does in each of its worlds, on a real Temporal whose time is skipped."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from activities.registry import catalogue
from stanch.cli.arguments import Config, Json
from stanch.cli.failures import ExitCode, Misuse
from stanch.cli.screen import Screen
from stanch.cli.worlds import company
from stanch.cli.worlds.company import Performance, Task
from stanch.cli.worlds.conditions_met import undecided
from stanch.cli.worlds.mutations import mutations_of
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.random_worlds import drawn
from stanch.model.playbook import Pinned
from stanch.playbooks.load import library, load_book
from stanch.playbooks.problems import instead_of
from stanch.playbooks.worlds import catalogue_of, worlds_of

_SHOWN = 12
"""Lines of a timeline that are shown of what failed."""
_WIDEST = 18
_LIBRARY = "library"
"""Every world of every shipped playbook."""


def play_worlds(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORLD | SCENARIO | PLAYBOOK]...",
            help="Which worlds. Left out: those beside stanch.yaml, or of every shipped playbook.",
            show_default=False,
        ),
    ] = None,
    config: Config = Path("stanch.yaml"),
    conditions: Annotated[
        bool, typer.Option("--conditions", help="Which conditions and readings no world needs.")
    ] = False,
    random: Annotated[
        int, typer.Option(help="So many worlds more of each playbook, made by chance from these.", min=0)
    ] = 0,
    seed: Annotated[int, typer.Option(help="What chance goes by.")] = 1,
    jobs: Annotated[int, typer.Option(help="So many at once.", min=1)] = os.cpu_count() or 1,
    as_json: Json = False,
) -> None:
    """Play a playbook in its worlds: an alert, and vendors in which something is really wrong.

    A world says what is wrong and how it has to end; worlds.yaml beside the playbook holds them. Vendors are
    the sandbox's, Temporal is real, and time is skipped: nothing outside is touched.

    Example: stanch test slurpy-1a
    """
    worlds = _chosen(config, names or [])
    if random:
        worlds = list(_by_chance(worlds, random, seed))
    tasks = list(_mutated(worlds, config) if conditions else ((world, None) for world in worlds))
    screen = Screen()
    done: list[Performance] = []
    for one in company.performed(tasks, jobs):
        done.append(one)
        if not as_json and not conditions:
            _say(screen, one)
    if conditions:
        raise typer.Exit(_survived(screen, done, as_json=as_json))
    raise typer.Exit(
        _summed(screen, done, list(undecided(_scenarios(config, worlds), done)), as_json=as_json)
    )


def _chosen(config: Path, names: Sequence[str]) -> list[PlayedWorld]:
    own = list(PlayedWorld.beside(config)) if config.exists() else []
    shipped = [PlayedWorld.named(name) for team in library() for name in worlds_of(team)]
    every = [*own, *(one for one in shipped if one.name not in {each.name for each in own})]
    if not names:
        return own or shipped
    if _LIBRARY in names:
        return shipped
    known = {word for one in every for word in _words(one)}
    for name in names:
        if name not in known:
            instead = instead_of(name, sorted({one.name for one in every}), kind="worlds are")
            raise Misuse(f"there is no world, scenario or playbook {name}. {instead}")
    return [one for one in every if _words(one) & set(names)]


def _by_chance(worlds: Sequence[PlayedWorld], count: int, seed: int) -> Iterator[PlayedWorld]:
    for folder in dict.fromkeys(world.folder for world in worlds):
        yield from drawn([world for world in worlds if world.folder == folder], count, seed)


def _words(world: PlayedWorld) -> set[str]:
    """What it is called by: its own name, its scenario's, its team's, and whatever its name begins with."""
    return {
        world.name,
        world.written.scenario,
        world.folder.name,
        world.name.rstrip("abcdefghijklmnopqrstuvwxyz"),
    }


def _scenarios(config: Path, worlds: Iterable[PlayedWorld]) -> Iterator[Pinned]:
    """Every scenario that one of these worlds is about, as it is pinned."""
    wanted = {world.written.scenario for world in worlds}
    for path in dict.fromkeys(_config_of(world, config) for world in worlds):
        yield from (one for one in load_book(path, catalogue()).scenarios if one.scenario in wanted)


def _config_of(world: PlayedWorld, config: Path) -> Path:
    if world.folder == config.absolute().parent:
        return world.folder / world.written.catalogue if world.written.catalogue else config
    return catalogue_of(world.folder.name, world.written.catalogue)[0]


def _mutated(worlds: Sequence[PlayedWorld], config: Path) -> Iterator[Task]:
    """Each world of a scenario with each of its conditions and readings changed."""
    seen = set()
    for path in dict.fromkeys(_config_of(world, config) for world in worlds):
        for pinned in load_book(path, catalogue()).scenarios:
            for mutation in mutations_of(pinned):
                for world in worlds:
                    here = world.written.scenario == pinned.scenario and _config_of(world, config) == path
                    if here and (world.name, mutation) not in seen:
                        seen.add((world.name, mutation))
                        yield world, mutation


def _say(screen: Screen, one: Performance) -> None:
    mark = "ok" if not one.failures else "FAILS"
    changes = ", ".join(f"{each['change']}" for each in one.facts.get("changes", ()))  # type: ignore[attr-defined]
    end = f"{changes}: {one.facts.get('end', '')}" if changes else str(one.facts.get("end", ""))
    screen.rows([(one.world, mark, f"{end} ({one.seconds:.1f} s)")], indent=0, least=_WIDEST)
    for failure in one.failures:
        screen.line(f"    {failure}", "red")
    if one.failures:
        for line in one.timeline[-_SHOWN:]:
            screen.line(f"      {line}", "dim")


def _summed(screen: Screen, done: Sequence[Performance], open_ones: Sequence[str], *, as_json: bool) -> int:
    failed = [one.world for one in done if one.failures]
    if as_json:
        screen.document({"worlds": [_document(one) for one in done], "undecided": list(open_ones)})
        return ExitCode.REFUSED if failed else ExitCode.OK
    screen.line()
    if open_ones:
        screen.line("Conditions that these worlds do not decide:", "bold")
        for line in open_ones:
            screen.line(f"  {line}")
        screen.line()
    screen.line(
        f"{len(done)} worlds, {len(failed)} not as expected{': ' if failed else ''}{', '.join(failed)}"
    )
    return ExitCode.REFUSED if failed else ExitCode.OK


def _document(one: Performance) -> dict[str, object]:
    return {
        "world": one.world,
        "scenario": one.scenario,
        "failures": list(one.failures),
        "seconds": round(one.seconds, 2),
        **one.facts,
    }


def _survived(screen: Screen, done: Sequence[Performance], *, as_json: bool) -> int:
    """What may be changed in the playbook without any world noticing."""
    noticed: dict[object, bool] = {}
    for one in done:
        noticed[one.mutation] = noticed.get(one.mutation, False) or bool(one.failures)
    lines = [mutation.says for mutation, is_noticed in noticed.items() if mutation and not is_noticed]  # type: ignore[attr-defined]
    if as_json:
        screen.document({"changed": len(noticed), "survived": lines})
        return ExitCode.OK
    for line in lines:
        screen.line(line)
    screen.line(f"{len(noticed)} changes of conditions and readings; {len(lines)} that no world notices")
    return ExitCode.OK
