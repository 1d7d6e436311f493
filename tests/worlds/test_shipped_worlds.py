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
    found = await otherwise(world, stage)
    if found:
        found = await otherwise(world, stage)  # something may have come too late on a busy machine

    assert not found, found


async def otherwise(world: PlayedWorld, stage: Theatre) -> str:
    """What is not as expected, or is told otherwise than it is written."""
    story = await stage.play(world)
    lines = [f"{one.kind}: {one.text}" for one in (story.state.timeline if story.state else ())]
    if failures := verdict.failures(world.written.expect, story):
        return "\n".join([*failures, *lines])
    written = (golden.PAGES / f"{world.name}.md").read_text()
    told = golden.page(world, stage.sandbox.inbox)
    return golden.lesson(world.name, written, told) if golden.held(told) != golden.held(written) else ""


def test_no_page_is_left_of_a_world_that_is_not_played() -> None:
    assert {path.stem for path in golden.PAGES.iterdir()} == WORLDS.keys()
