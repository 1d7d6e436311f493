"""What a text supposes before it says what to do: `If recent deploy`, `(if the database is down)`."""

import re
from dataclasses import dataclass

_CLAUSE = re.compile(r"(?:^|[\s(,;-])(?:if|when|in case(?: of)?)\s+(?P<clause>[^:(),;]+)", re.IGNORECASE)
_HEAD = re.compile(r"^\W*(?:if|when|in case(?: of)?)\b[^:]*:\s*", re.IGNORECASE)
_NOTHING = re.compile(
    r"^(?:needed|necessary|required|applicable|possible|available|appropriate|so|you can)\b", re.IGNORECASE
)
_OPPOSITE = re.compile(r"\b(?:no|not|never|without|none|healthy|isn't|wasn't|doesn't)\b", re.IGNORECASE)
_RECENT = (
    r"(?:recent|bad|new|last)\w* (?:\w+ )?(?:deploy|release|roll ?out)\w*"
    r"|(?:deploy|release)\w* (?:is |was )?(?:recent|fail\w*|br[eo]\w*|caus\w+)"
)
_DOWN = r"\b.{0,12}\b(?:down|unreachable|unavailable)"
_NO_MEMORY = r"out[ -]of[ -]memory|\boom\b|memory (?:issue|exhaust\w+|leak|pressure)"
_KNOWN = (
    (_RECENT, "release.is_suspect || release.age < 2h", "release"),
    (rf"(?:database|postgres\w*|\bdb|\brds){_DOWN}", "database.is_down", "database"),
    (rf"(?:redis|cache){_DOWN}", "cache.is_down", "cache"),
    (_NO_MEMORY, "copies.memory_kills > 0", "copies"),
)
"""What a clause says, the condition that says the same, and the reading that it speaks of."""


@dataclass(frozen=True)
class Supposition:
    """What has to hold: as a condition, or only in the words of the document."""

    said: str = ""
    condition: str = ""
    evidence: str = ""
    """The name of the reading that the condition speaks of."""

    @property
    def is_unknown(self) -> bool:
        """It is said, and no condition says the same."""
        return bool(self.said) and not self.condition


def supposition_of(text: str) -> Supposition:
    """What a text supposes; nothing where it only says "if needed"."""
    for found in _CLAUSE.finditer(text):
        clause = found["clause"].strip()
        if _NOTHING.match(clause):
            continue
        if not _OPPOSITE.search(clause):
            for words, condition, evidence in _KNOWN:
                if re.search(words, clause, re.IGNORECASE):
                    return Supposition(clause, condition, evidence)
        return Supposition(clause)
    return Supposition()


def without_supposition(text: str) -> str:
    """What is to be done, without the `If …:` in front of it."""
    return _HEAD.sub("", text).strip()


def only_supposes(text: str) -> bool:
    """True of `If recent deployment:`, where what follows says what to do."""
    return bool(supposition_of(text).said) and not without_supposition(f"{text.rstrip(':')}:")
