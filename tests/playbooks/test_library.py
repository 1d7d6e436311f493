"""The playbooks that ship with Stanch, each with the catalogues that show what it needs."""

import re
from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.model.playbook import Pinned
from stanch.playbooks.load import library, load_book, shipped

CATALOGUES = [path for name in library() for path in sorted(shipped(name).glob("*stanch.yaml"))]
FILES = [path for path in sorted(shipped().rglob("*")) if path.suffix in (".yaml", ".txt")]


def named(path: Path) -> str:
    return str(path.relative_to(shipped()))


@pytest.mark.parametrize("path", CATALOGUES, ids=named)
def test_every_shipped_playbook_is_right_and_small_enough_to_travel(path: Path) -> None:
    scenarios = load_book(path, catalogue()).scenarios

    assert scenarios
    for pinned in scenarios:
        text = pinned.model_dump_json()
        assert len(text.encode()) <= 8 * 1024, pinned.scenario
        assert Pinned.model_validate_json(text) == pinned


def test_every_playbook_stands_in_a_folder_of_its_name_beside_a_catalogue() -> None:
    for name in library():
        assert (shipped(name) / f"{name}.yaml").is_file()
        assert list(shipped(name).glob("*stanch.yaml"))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_shipped_file_names_only_hosts_that_belong_to_nobody(path: Path) -> None:
    hosts = re.findall(r"https?://([^/\s\],}]+)", path.read_text())

    assert all(host.endswith(".example") for host in hosts)


def test_what_a_shipped_playbook_says_comes_with_it(tmp_path: Path) -> None:
    copied = tmp_path / "stanch.yaml"
    copied.write_text((shipped("slurpy") / "stanch.yaml").read_text())

    assert load_book(copied, catalogue()).scenarios
