"""The first world of every scenario that ships, from the alert to its end; `make worlds` plays them all."""

import pytest

from stanch.cli.worlds import verdict
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.theatre import Theatre
from stanch.playbooks.load import library
from stanch.playbooks.worlds import worlds_of


def _first_of_each() -> list[str]:
    found = []
    for team in library():
        seen = set()
        for name, world in worlds_of(team).items():
            if world.scenario not in seen:
                seen.add(world.scenario)
                found.append(name)
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", _first_of_each())
async def test_a_scenario_comes_to_the_end_that_its_world_expects(name: str, stage: Theatre) -> None:
    world = PlayedWorld.named(name)

    story = await stage.play(world)

    lines = [f"{one.kind}: {one.text}" for one in (story.state.timeline if story.state else ())]
    assert not (found := verdict.failures(world.written.expect, story)), "\n".join([*found, *lines])
