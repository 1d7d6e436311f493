"""The worlds that the tests play: of each scenario one that is mended, and one that people are left with."""

from collections.abc import Iterator

from stanch.cli.worlds.played_world import PlayedWorld
from stanch.playbooks.load import library
from stanch.playbooks.worlds import Expectation, WorldPeople, worlds_of

LEFT_TO_PEOPLE = (
    "gitquest-1x", "gitquest-2x", "gitquest-3x",
    "pack-1w", "pack-2y", "pack-3x", "pack-6x", "pack-7x",
    "pitchey-1z", "pitchey-2x",
    "servio-1x", "servio-2x", "servio-4y", "servio-5y", "servio-6x", "servio-7x", "servio-8x",
    "slurpy-1z", "slurpy-4x",
)  # fmt: skip
"""Nothing that the playbook may do helps there."""
REFUSED = (
    "gitquest-4b", "gitquest-5b", "gitquest-6c", "gitquest-7b", "pitchey-3x", "pitchey-4b",
    "slurpy-2a", "slurpy-3y", "slurpy-5x", "slurpy-6b",
)  # fmt: skip
"""There people say no to everything that they are asked."""


def chosen() -> Iterator[PlayedWorld]:
    """The first world of every scenario that ships, and those that end with people."""
    for team in library():
        seen = set()
        for name, world in worlds_of(team).items():
            if world.scenario not in seen or name in LEFT_TO_PEOPLE:
                seen.add(world.scenario)
                yield PlayedWorld.named(name)
            if name in REFUSED:
                refused = {"people": WorldPeople(say="reject"), "expect": Expectation(whatever=True)}
                yield PlayedWorld.named(name).called(f"{name}-refused", world.model_copy(update=refused))
