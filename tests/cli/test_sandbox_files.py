"""A sandbox comes with a team's files for it, and with all that a newcomer has to type."""

from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.cli.processes.sandbox_files import directions, furnish
from stanch.playbooks.load import load_book

URL = "http://127.0.0.1:7998"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("FLY", "VERCEL", "INBOX"):
        monkeypatch.setenv(f"STANCH_SANDBOX_{name}", f"the-{name.lower()}-key")
    return furnish(tmp_path / "a b", URL)


def test_the_files_of_a_sandbox_are_whole_and_go_to_its_own_address(config: Path) -> None:
    book = load_book(config, catalogue())

    assert book.team.providers["fly"].base_url == f"{URL}/fly"
    assert book.scenarios


def test_it_says_what_to_export_how_to_start_and_how_to_break_and_mend(config: Path) -> None:
    said = list(directions(config, URL, ["web", "backend"], ["slurpy", "empty"]))

    assert "Other worlds, with --world: empty, slurpy" in said[0]
    assert "STANCH_SANDBOX_FLY=the-fly-key" in said[2]
    assert f"stanch up --config '{config}' --data '{config.parent}'" in said[3]
    assert [line.rpartition("/")[2] for line in said if "curl" in line] == ["break", "mend"]
    assert all('{"service": "backend"}' in line for line in said if "curl" in line)


def test_a_world_without_services_has_nothing_to_break(config: Path) -> None:
    assert not any("curl" in line for line in directions(config, URL, [], ["empty"]))
