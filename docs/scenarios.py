"""The scenarios of the playbooks that ship with Stanch, as a table for each catalogue that shows them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import stanch.playbooks
from activities.registry import catalogue
from stanch.errors import ConfigError
from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.verb import Approval
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.playbooks.opening import Opens
from stanch.playbooks.worlds import catalogue_of, worlds_of
from stanch.policy import approving

LIBRARY = Path(stanch.playbooks.__file__).parent / "library"
COLUMNS = ("scenario", "opens on", "evidence", "options", "asks", "verified by", "shown by")
UNKNOWN = "—"


def sections() -> Iterator[str]:
    """A section for each catalogue of the library that loads."""
    for path in sorted(LIBRARY.rglob("*stanch.yaml")):
        try:
            book = load_book(path, catalogue())
        except ConfigError:
            continue
        yield "\n".join(_section(path.relative_to(LIBRARY), book))


def _section(path: Path, book: Book) -> Iterator[str]:
    yield f"## {path}\n"
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    shown = _shown(path)
    for entry in book.entries:
        cells = (*_cells(entry), _listed(shown.get(entry.pinned.scenario, ())))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _shown(path: Path) -> dict[str, list[str]]:
    """The worlds of each scenario under this catalogue."""
    found: dict[str, list[str]] = {}
    for name, world in worlds_of(path.parent.name).items():
        if catalogue_of(path.parent.name, world.catalogue)[0].name == path.name:
            found.setdefault(world.scenario, []).append(f"`{name}`")
    return found


def _cells(entry: Opens) -> Iterator[str]:
    pinned = entry.pinned
    asked = ["a person asks"] if entry.asked else []
    yield f"{pinned.scenario} of {pinned.service.name}"
    yield _listed([*(f"`{name}`" for name in entry.names), *asked])
    yield _listed(f"`{reading.uses}`" for reading in pinned.evidence)
    yield _listed(_does(option) for option in (*pinned.contain, *pinned.options))
    yield _asks(pinned)
    yield _listed(f"`{check.alert or check.uses}`" for check in pinned.checks)


def _does(option: PinnedOption) -> str:
    """The real verbs, or that nothing is changed."""
    if option.hold:
        return "hold"
    return " then ".join(f"`{step.uses}`" for step in option.steps) or "by hand"


def _asks(pinned: Pinned) -> str:
    """How many people are asked, from the fewest to the most."""
    steps = [step for option in (*pinned.contain, *pinned.options) for step in option.steps]
    found = {approving.needed(step, unasked=unasked) for step in steps for unasked in (False, True)}
    return _listed(who for who in Approval if who in found)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words)) or UNKNOWN


if __name__ == "__main__":
    print("\n\n".join(sections()))
