"""A team's own folder, which does not ship: its runbook imported, finished by hand, and played beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from stanch.cli.worlds import verdict
from stanch.cli.worlds.chosen_worlds import the_one
from stanch.cli.worlds.theatre import Theatre
from stanch.importing.draft_text import text_of
from stanch.importing.playbook_draft import draft_of
from stanch.playbooks.worlds import WrittenWorld, worlds_in

POST = Path(__file__).parent / "post"


def _scenarios() -> dict[str, dict[str, WrittenWorld]]:
    found: dict[str, dict[str, WrittenWorld]] = {}
    for name, world in worlds_in(POST).items():
        found.setdefault(world.scenario, {})[name] = world
    return found


def used(written: object) -> Iterator[str]:
    """Every verb and reading that a playbook names."""
    match written:
        case dict():
            yield from (str(written["uses"]),) if "uses" in written else ()
            for each in written.values():
                yield from used(each)
        case list():
            for each in written:
                yield from used(each)


def test_the_finished_playbook_does_and_reads_all_that_the_runbook_says() -> None:
    draft = draft_of((POST / "runbook.md").read_text(), "runbook.md")
    finished: Any = yaml.safe_load((POST / "playbooks" / "post.yaml").read_text())

    begun: Any = yaml.safe_load(text_of(draft))

    assert {"restart", "scale", "set_secret", "logs", "secrets"} <= {*used(begun)}
    assert {*used(begun)} <= {*used(finished)}


def test_the_worlds_of_a_scenario_end_well_and_with_people() -> None:
    for worlds in _scenarios().values():
        expected = [world.expect for world in worlds.values()]

        assert any(one.cured_by for one in expected)
        assert any(one.handed_over or one.not_confirmed for one in expected)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["post-1a", "post-1b", "post-3c", "post-3x"])
async def test_a_world_of_its_own_ends_as_it_expects(name: str, stage: Theatre) -> None:
    """One that is cured, one that misleads, one that is waited out, and one that nothing helps."""
    world = the_one(POST / "stanch.yaml", name)

    story = await stage.play(world)

    lines = [f"{one.kind}: {one.text}" for one in (story.state.timeline if story.state else ())]
    assert not (found := verdict.failures(world.written.expect, story)), "\n".join([*found, *lines])
