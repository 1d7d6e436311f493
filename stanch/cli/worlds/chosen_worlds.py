"""Which worlds are played, and with which playbooks."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from activities.registry import catalogue
from stanch.cli.failures import Misuse
from stanch.cli.worlds.company import PlayTask
from stanch.cli.worlds.mutations import Mutation, mutations_of
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.random_worlds import drawn
from stanch.errors import ConfigError
from stanch.model.playbook import Pinned
from stanch.playbooks.load import library, load_book
from stanch.playbooks.problems import instead_of
from stanch.playbooks.worlds import catalogue_of, worlds_of

_LIBRARY = "library"
"""Every world of every shipped playbook."""


def chosen(config: Path, names: Sequence[str]) -> list[PlayedWorld]:
    """The worlds of these names; where none is named those beside the catalogue, or all that ship."""
    own, shipped = _own(config), _shipped()
    every = [*own, *_not_among(own, shipped)]
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


def the_one(config: Path, name: str) -> PlayedWorld:
    """The world of that name, or the first whose name begins so; the team's own before those that ship."""
    own = _own(config)
    every = [*own, *_not_among(own, _shipped())]
    exact = (one for one in every if one.name == name)
    found = next(exact, None) or next((one for one in every if one.name.startswith(name)), None)
    if found is None:
        instead = instead_of(name, [one.name for one in every], kind="worlds are")
        raise ConfigError(f"there is no world {name}. {instead}")
    return found


def _own(config: Path) -> list[PlayedWorld]:
    return list(PlayedWorld.beside(config)) if config.exists() else []


def _shipped() -> list[PlayedWorld]:
    return [PlayedWorld.named(name) for team in library() for name in worlds_of(team)]


def _not_among(own: Sequence[PlayedWorld], shipped: Iterable[PlayedWorld]) -> Iterator[PlayedWorld]:
    taken = {one.name for one in own}
    return (one for one in shipped if one.name not in taken)


def by_chance(worlds: Sequence[PlayedWorld], count: int, seed: int) -> Iterator[PlayedWorld]:
    """So many more of each playbook."""
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


def scenarios_of(config: Path, worlds: Iterable[PlayedWorld]) -> Iterator[Pinned]:
    """Every scenario that one of these worlds is about, as it is pinned."""
    wanted = {world.written.scenario for world in worlds}
    for path in dict.fromkeys(_config_of(world, config) for world in worlds):
        yield from (one for one in load_book(path, catalogue()).scenarios if one.scenario in wanted)


def _config_of(world: PlayedWorld, config: Path) -> Path:
    if world.folder == config.absolute().parent:
        return world.folder / world.written.catalogue if world.written.catalogue else config
    return catalogue_of(world.folder.name, world.written.catalogue)[0]


def mutated(worlds: Sequence[PlayedWorld], config: Path) -> Iterator[PlayTask]:
    """Each condition and each reading of their scenarios changed, in all worlds of the scenario."""
    found: dict[Mutation, list[PlayedWorld]] = {}
    for path in dict.fromkeys(_config_of(world, config) for world in worlds):
        here = [world for world in worlds if _config_of(world, config) == path]
        for pinned in load_book(path, catalogue()).scenarios:
            those = [world for world in here if world.written.scenario == pinned.scenario]
            for mutation in mutations_of(pinned) if those else ():
                known = found.setdefault(mutation, [])
                known.extend(world for world in those if world not in known)
    return (PlayTask(tuple(those), mutation) for mutation, those in found.items())
