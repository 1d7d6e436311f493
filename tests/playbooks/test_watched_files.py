"""What was written, made or removed among a team's files is seen without reading them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stanch.playbooks.watched_files import WatchedFiles, changed

TEAM = """
providers: {{fly: {{token: "file:{folder}/fly-token"}}}}
services: {{backend: {{runs_on: {{provider: fly, app: slurpy-backend}}}}}}
messages: [messages/*.txt]
playbooks: [playbooks/*.yaml, library:slurpy]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("playbooks", "messages"):
        (tmp_path / name).mkdir()
    (tmp_path / "stanch.yaml").write_text(TEAM.format(folder=tmp_path))
    (tmp_path / "playbooks" / "all.yaml").write_text("scenarios: {}\n")
    (tmp_path / "messages" / "investigating.txt").write_text("We look at it\n")
    (tmp_path / "fly-token").write_text("a token\n")
    return tmp_path


def exchanged(path: Path, text: str) -> None:
    """As most editors write: another file takes the place of the one that was there."""
    draft = path.with_name("draft")
    draft.write_text(text)
    draft.rename(path)


def kept_its_age(path: Path) -> None:
    """Another text, although the clock of the file says that nothing has happened."""
    then = path.stat()
    path.write_text(path.read_text() + "# one line more\n")
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("stanch.yaml", lambda path: path.write_text(path.read_text() + "mode: auto\n")),
        ("stanch.yaml", lambda path: path.write_text("")),
        ("stanch.yaml", lambda path: exchanged(path, path.read_text())),
        ("stanch.yaml", Path.unlink),
        ("playbooks/all.yaml", kept_its_age),
        ("playbooks/another.yaml", lambda path: path.write_text("scenarios: {}\n")),
        ("messages/investigating.txt", Path.unlink),
        ("fly-token", lambda path: exchanged(path, "a new one\n")),
    ],
)
def test_a_file_that_was_changed_is_named(folder: Path, name: str, change: Callable[[Path], object]) -> None:
    files = WatchedFiles(folder / "stanch.yaml")
    before = files.look()

    change(folder / name)

    assert changed(before, files.look()) == [folder / name]


def test_a_library_playbook_is_looked_at_with_its_messages(folder: Path) -> None:
    names = {path.name for path in WatchedFiles(folder / "stanch.yaml").look()}

    assert {"slurpy.yaml"} < names
    assert any(name.endswith(".txt") for name in names - {"investigating.txt"})


def test_nothing_is_named_where_nothing_was_written(folder: Path) -> None:
    files = WatchedFiles(folder / "stanch.yaml")

    assert changed(files.look(), files.look()) == []


def test_what_a_broken_catalogue_named_before_is_still_looked_at(folder: Path) -> None:
    files = WatchedFiles(folder / "stanch.yaml")
    files.look()

    (folder / "stanch.yaml").write_text("providers: [")

    assert folder / "playbooks" / "all.yaml" in files.look()


def test_what_a_changed_catalogue_names_is_looked_at_from_then_on(folder: Path) -> None:
    files = WatchedFiles(folder / "stanch.yaml")
    files.look()
    (folder / "elsewhere.yaml").write_text("scenarios: {}\n")

    (folder / "stanch.yaml").write_text("playbooks: [elsewhere.yaml]\n")

    assert folder / "elsewhere.yaml" in files.look()
