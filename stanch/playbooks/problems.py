"""What is wrong in what a team wrote: gathered, so that one look shows everything."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from stanch.errors import ConfigError, PlaybookError

_MOST_SHOWN = 50
_MOST_NAMED = 12


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, and where."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.text}"


def error_of(problems: Iterable[Problem], kind: type[ConfigError] = ConfigError) -> ConfigError:
    """One error that lists every problem once, in the order of the files."""
    lines = [str(problem) for problem in sorted(set(problems))]
    more = [f"and {len(lines) - _MOST_SHOWN} more"] if len(lines) > _MOST_SHOWN else []
    return kind("\n".join(lines[:_MOST_SHOWN] + more))


def refuse(problems: list[Problem], kind: type[ConfigError] = PlaybookError) -> None:
    """Raise them all when there are any."""
    if problems:
        raise error_of(problems, kind)


def instead_of(word: str, known: Iterable[str], *, kind: str = "known are") -> str:
    """The nearest known word, or which words there are."""
    names = sorted(set(known))
    spelt = {name.casefold(): name for name in names}
    if near := get_close_matches(word.casefold(), spelt, 1):
        return f"Did you mean {spelt[near[0]]}?"
    if not names:
        return ""
    shown = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
    return f"{kind[:1].upper()}{kind[1:]} {shown}"
