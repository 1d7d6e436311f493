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


def test_a_draft_loads(tmp_path: Path) -> None:
    assert complaints(SHOP, tmp_path) == []


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.md")), ids=lambda path: path.stem)
def test_drafts_of_five_teams_load(path: Path, tmp_path: Path) -> None:
    assert complaints(path, tmp_path) == []
