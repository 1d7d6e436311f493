"""What only a real account can settle: no document says it, and a stand-in shows what we believe already."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from stanch.model.change import Target
from stanch.secrets import Redactor

_LONGEST = 500
Probe = Callable[[Any, Target], Awaitable[str]]


@dataclass(frozen=True)
class OpenQuestion:
    """One thing that Stanch counts on and nobody has seen: a probe settles it, or a person."""

    asks: str
    inferred: str
    """What Stanch takes for true meanwhile."""
    probe: Probe | None = None
    """Takes what `connect` made, only reads, and says what it found: forms and names, never a value."""
    by_hand: str = ""
    """The command that a person runs; words in capitals are to be filled in."""

    def settled_by(self, vendor: str) -> str:
        """The command that settles it."""
        return self.by_hand or f"stanch check --probe-vendor {vendor}"


async def found_by(probe: Probe, outside: Any, target: Target, redactor: Redactor) -> str:
    """What a probe found, in one line, without any secret."""
    # Cleaned before it is cut: half a secret would not be known again.
    return redactor.clean(" ".join((await probe(outside, target)).split()))[:_LONGEST]


def counted(words: Iterable[object]) -> str:
    """`2 started, 1 stopped`: how often each was met."""
    counts = Counter(str(word) for word in words)
    return ", ".join(f"{count} {word}" for word, count in counts.most_common()) or "none"


def form_of(value: object) -> str:
    """`text`, `number`, `true`, `3 fields`: what kind of thing it is, and nothing of what it says."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            return "number"
        case str():
            return "text" if value else "empty text"
        case dict():
            return f"{len(value)} fields"
        case list():
            return f"list of {len(value)}"
    return type(value).__name__
