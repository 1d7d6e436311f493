"""Prometheus' text, in which services show their numbers themselves.

prometheus.io/docs/instrumenting/exposition_formats, read 2026-11, and OpenMetrics as far as it is the same:
a line is a name, labels where it has some, a number, and perhaps an instant; what begins with # is no number.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"(?P<name>[a-zA-Z_:][\w:]*)"
_TEXT = r'"(?:[^"\\]|\\.)*"'
_LABELS = rf'(?:\{{(?P<labels>(?:[^"{{}}]|{_TEXT})*)\}})?'
_LABEL = re.compile(rf"([a-zA-Z_]\w*)\s*=\s*({_TEXT})")
_LINE = re.compile(rf"{_NAME}{_LABELS}\s+(?P<value>\S+)(?:\s+[\d.+-]+)?(?:\s*#.*)?")
_PICK = re.compile(rf"{_NAME}\s*{_LABELS}")
_ESCAPED = {r"\\": "\\", r"\n": "\n", r"\"": '"'}


@dataclass(frozen=True)
class Exposed:
    """One number, its name and its labels."""

    name: str
    labels: dict[str, str]
    value: float

    def fits(self, pick: str) -> bool:
        """Whether `name{label="x"}` speaks of it; labels that are not named may be anything."""
        wanted = _PICK.fullmatch(pick.strip())
        if wanted is None or wanted["name"] != self.name:
            return False
        return _labels(wanted["labels"]).items() <= self.labels.items()


def samples(text: str) -> Iterator[Exposed]:
    """Every finite number of a text; lines in any other shape are passed over."""
    for line in text.splitlines():
        found = _LINE.fullmatch(line.strip())
        value = _number(found["value"]) if found else math.nan
        if found and math.isfinite(value):
            yield Exposed(found["name"], _labels(found["labels"]), value)


def _labels(text: str | None) -> dict[str, str]:
    return {name: re.sub(r"\\.", _unescaped, quoted[1:-1]) for name, quoted in _LABEL.findall(text or "")}


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[0], found[0])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
