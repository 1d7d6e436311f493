"""The playbooks that ship with Stanch, each with the team's file that shows what it needs."""

from pathlib import Path

import pytest

import stanch.playbooks
from activities.registry import catalogue
from stanch.model.playbook import Pinned
from stanch.model.verb import Approval
from stanch.playbooks.book import Book
from stanch.playbooks.load import library, load_book

FOLDER = Path(stanch.playbooks.__file__).parent / "library"


def shipped(name: str) -> Book:
    return load_book(FOLDER / f"{name}.stanch.yaml", catalogue())


@pytest.mark.parametrize("name", library())
def test_every_shipped_playbook_is_right_and_small_enough_to_travel(name: str) -> None:
    scenarios = shipped(name).scenarios

    assert scenarios
    for pinned in scenarios:
        text = pinned.model_dump_json()
        assert len(text.encode()) <= 8 * 1024, pinned.scenario
        assert Pinned.model_validate_json(text) == pinned


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_shipped_file_names_only_hosts_that_belong_to_nobody(path: Path) -> None:
    hosts = [word.split("/")[2].rstrip("],") for word in path.read_text().split() if "://" in word]

    assert all(host.endswith(".example") for host in hosts)


def test_slurpy_s_site_down_does_what_the_team_does() -> None:
    (pinned,) = (one for one in shipped("slurpy").scenarios if one.scenario == "site-down")

    assert [
        (option.name, option.hold != "", *((step.uses, step.asking.who) for step in option.steps))
        for option in pinned.options
    ] == [
        ("vendor-down", True),
        ("roll-back-suspect", False, ("fly.roll_back", Approval.NOBODY)),
        ("roll-back-recent", False, ("fly.roll_back", Approval.ONE)),
        ("at-least-two-machines", False, ("fly.scale", Approval.NOBODY)),
        ("larger-machines", False, ("fly.scale", Approval.NOBODY)),
        ("restart", False, ("fly.restart", Approval.NOBODY)),
    ]
