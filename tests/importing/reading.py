"""Commands of a block, as tests say them."""

from pathlib import Path

from stanch.importing.commands.table import understood
from stanch.importing.document import BlockKind, blocks_of
from stanch.importing.meaning import CommandMeaning, UnderstoodCommand
from stanch.importing.shell import typed

ROOT = Path(__file__).parents[2]
SEEDS = ROOT.parent / "shared" / "seeds"
SHELLS = ("bash", "sh")


def commands(text: str) -> tuple[UnderstoodCommand, ...]:
    """Every command of one block, understood."""
    return understood(typed(text.split("\n"), 1))


def meaning(text: str) -> CommandMeaning:
    """What the one command of this text becomes."""
    (one,) = commands(text)
    return one.meaning


def of_document(path: Path) -> list[UnderstoodCommand]:
    """Every command of a document's shell blocks."""
    blocks = [block for block in blocks_of(path.read_text()) if block.kind is BlockKind.CODE]
    return [
        one
        for block in blocks
        if block.language in SHELLS
        for one in understood(typed(block.lines, block.line))
    ]
