"""Which worlds are played, and with which playbooks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from activities.registry import catalogue
from stanch.cli.failures import Misuse
from stanch.cli.worlds.mutations import Mutation, mutations_of
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.random_worlds import drawn
from stanch.cli.worlds.reckoning import refuse_unknown
from stanch.cli.worlds.trials import ScenarioTrials
from stanch.errors import ConfigError
from stanch.model.playbook import Pinned
from stanch.playbooks.load import library, load_book
from stanch.playbooks.problems import instead_of
from stanch.playbooks.worlds import catalogue_of, worlds_of

_LIBRARY = "library"
"""Every world of every shipped playbook."""
_ByChange = dict[Mutation, list[PlayedWorld]]


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


def the_one(config: Path, name: str, others: Iterable[str] = ()) -> PlayedWorld:
    """The world of that name, or the first whose name begins so; the team's own before those that ship.

    A ConfigError names those, and what `others` there are.
    """
    own = _own(config)
    every = [*own, *_not_among(own, _shipped())]
    exact = (one for one in every if one.name == name)
    found = next(exact, None) or next((one for one in every if one.name.startswith(name)), None)
    if found is None:
        instead = instead_of(name, [*others, *(one.name for one in every)], kind="worlds are")
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


def changed(worlds: Sequence[PlayedWorld], config: Path) -> list[ScenarioTrials]:
    """Each condition and each reading of their scenarios changed, in all worlds of the scenario."""
    wanted = {(world.folder, world.written.scenario) for world in worlds}
    found: list[ScenarioTrials] = []
    for folder in dict.fromkeys(world.folder for world in worlds):
        every = _by_scenario(folder, config)
        refuse_unknown(folder, [mutation for one in every.values() for mutation in one])
        found += [
            ScenarioTrials(folder, name, tuple((one, tuple(those)) for one, those in by_change.items()))
            for name, by_change in every.items()
            if (folder, name) in wanted
        ]
    return sorted(found, key=lambda one: -len(one.of))  # that none is waited for alone


def sampled(trials: Sequence[ScenarioTrials], count: int, seed: int) -> list[ScenarioTrials]:
    """So many of the changes, the same for the same seed."""
    every = sorted((mutation for one in trials for mutation, _ in one.of), key=lambda one: one.says)
    kept = Random(seed).sample(every, min(count, len(every)))  # noqa: S311 - nobody has to be unable to guess it
    fewer = (replace(one, of=tuple(each for each in one.of if each[0] in kept)) for one in trials)
    return [one for one in fewer if one.of]


def _by_scenario(folder: Path, config: Path) -> dict[str, _ByChange]:
    """Every change of what stands in this folder, with the worlds that may notice it, by scenario."""
    every = [world for world in (*_own(config), *_shipped()) if world.folder == folder]
    every = list({world.name: world for world in every if not world.written.expect.no_alert}.values())
    found: dict[str, _ByChange] = {}
    for path in dict.fromkeys(_config_of(world, config) for world in every):
        here = [world for world in every if _config_of(world, config) == path]
        for pinned in load_book(path, catalogue()).scenarios:
            those = {world.name: world for world in here if world.written.scenario == pinned.scenario}
            for mutation in mutations_of(pinned):
                known = found.setdefault(pinned.scenario, {}).setdefault(mutation, [])
                known += [world for world in those.values() if world not in known]
    return found
