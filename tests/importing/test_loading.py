"""A draft loads beside the catalogue that stands at its end, and what it does not know is said."""

from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.errors import ConfigError
from stanch.importing.draft_text import text_of
from stanch.importing.playbook_draft import draft_of
from stanch.model.verb import AutomationMode
from stanch.playbooks.load import load_book
from tests.importing.reading import SEEDS
from tests.importing.test_drafts import SHOP, catalogue_in

COMMON = ("status", "releases", "secrets", "release_output")
"""Readings without a vendor: of those that this product lacks yet, only that is complained of."""


def complaints(document: Path, folder: Path) -> list[str]:
    """What the loader says of a draft."""
    draft = draft_of(document.read_text(), document.name)
    for name in ("playbooks", "messages"):
        (folder / name).mkdir()
    (folder / "playbooks" / "draft.yaml").write_text(text_of(draft))
    (folder / "stanch.yaml").write_text(catalogue_in(text_of(draft)))
    for message in draft.messages:
        (folder / "messages" / f"{message.name}.txt").write_text(message.text)
    try:
        book = load_book(folder / "stanch.yaml", catalogue())
    except ConfigError as error:
        return str(error).splitlines()
    assert {entry.pinned.mode for entry in book.entries} == {AutomationMode.SHADOW}
    return []


def unexpected(document: Path, folder: Path) -> list[str]:
    lacking = [f"there is no reading {name}." for name in COMMON if name not in catalogue().readings]
    return [line for line in complaints(document, folder) if not any(text in line for text in lacking)]


def test_a_draft_loads(tmp_path: Path) -> None:
    assert unexpected(SHOP, tmp_path) == []


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.md")), ids=lambda path: path.stem)
def test_drafts_of_five_teams_load(path: Path, tmp_path: Path) -> None:
    assert unexpected(path, tmp_path) == []


def test_a_draft_of_commands_that_are_all_known_loads_in_shadow(tmp_path: Path) -> None:
    document = tmp_path / "small.md"
    document.write_text(
        "# P\n## Down\n**Solutions:**\n```bash\nfly scale count 2 --app api\nfly logs --app api\n```\n"
    )
    folder = tmp_path / "team"
    folder.mkdir()

    assert complaints(document, folder) == []
