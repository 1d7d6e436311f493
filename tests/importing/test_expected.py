"""The commands of five teams' playbooks become what was written down before the code was."""

from pathlib import Path

import pytest

from stanch.importing.meaning import MeaningKind, UnderstoodCommand
from tests.importing.reading import SEEDS, of_document

EXPECTED = sorted((Path(__file__).parent / "expected").glob("*.txt"))
LEAST_UNDERSTOOD = 0.7

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the five playbooks do not lie beside the project")


def row_of(one: UnderstoodCommand) -> str:
    word = one.command.text.split()[0].partition("=")[0]
    meaning = one.meaning
    corrected = " corrected" if meaning.is_corrected else ""
    return f"{one.line} {word} {meaning.kind.value} {meaning.uses or '-'}{corrected}"


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_every_command_becomes_what_was_expected(path: Path) -> None:
    rows = [row_of(one) for one in of_document(SEEDS / f"{path.stem}.md")]

    assert rows == path.read_text().splitlines()


def test_most_commands_are_understood() -> None:
    found = [one for path in EXPECTED for one in of_document(SEEDS / f"{path.stem}.md")]

    known = [one for one in found if one.meaning.kind is not MeaningKind.MANUAL]

    assert len(known) >= LEAST_UNDERSTOOD * len(found)
