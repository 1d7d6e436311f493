"""Worlds of every scenario that ships, from the alert to the end, and what people are told there.

`make worlds` plays them all; of these `golden/` holds what somebody reads who is woken.
"""

import pytest

from stanch.cli.worlds import verdict
from stanch.cli.worlds.played_world import PlayedWorld
from stanch.cli.worlds.theatre import Theatre
from tests.worlds import golden
from tests.worlds.chosen import chosen

WORLDS = {world.name: world for world in chosen()}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
async def test_a_scenario_comes_to_its_end_and_people_are_told(world: PlayedWorld, stage: Theatre) -> None:
    written = (golden.PAGES / f"{world.name}.md").read_text()

    story = await stage.play(world)
    told = golden.page(world, stage.sandbox.inbox)

    lines = [f"{one.kind}: {one.text}" for one in (story.state.timeline if story.state else ())]
    assert not (found := verdict.failures(world.written.expect, story)), "\n".join([*found, *lines])
    assert golden.held(told) == golden.held(written), golden.lesson(world.name, written, told)


def test_no_page_is_left_of_a_world_that_is_not_played() -> None:
    assert {path.stem for path in golden.PAGES.iterdir()} == WORLDS.keys()
