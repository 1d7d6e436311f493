"""Readings of one scenario, each under a name: counts of log lines in one, what is alike in all by itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stanch.importing.commands.log_lines import name_of
from stanch.importing.drafted import DraftEntry
from stanch.importing.meaning import CommandMeaning

_NAMES = {
    ("releases", ""): "release",
    ("status", ""): "copies",
    ("status", "database"): "database",
    ("status", "cache"): "cache",
    ("probe", ""): "health",
    ("secrets", ""): "keys",
    ("recent", ""): "recent",
    ("status.pages", ""): "vendors",
    ("github.commits", ""): "commits",
    ("release_output", ""): "output",
    ("logs", ""): "lines",
    ("metrics.http", ""): "numbers",
    ("probe.dns", ""): "domain",
    ("aws.metrics", ""): "measured",
}
SHARED = {"release": {"uses": "releases"}, "copies": {"uses": "status"}, "health": {"uses": "probe"}} | {
    "database": {"uses": "status", "target": "database"},
    "cache": {"uses": "status", "target": "cache"},
    "vendors": {"uses": "status.pages"},
}
"""What conditions speak of, and every scenario may look at."""
_MOST_COUNTED = 10


@dataclass
class EvidenceDrafts:
    """The evidence of one scenario, as it is found."""

    service: str
    own: dict[str, DraftEntry] = field(default_factory=dict)
    shared: dict[str, DraftEntry] = field(default_factory=dict)

    def add(self, meaning: CommandMeaning, place: str, line: int) -> None:
        """One reading; of a service that is not the scenario's by its name."""
        target = meaning.target or (place if place not in ("", self.service) else "")
        written: dict[str, Any] = {"uses": meaning.uses}
        if target:
            written["target"] = target
        if meaning.arguments:
            written["with"] = dict(meaning.arguments)
        name = self._name(meaning, place)
        if SHARED.get(name) == written:
            self.need(name, line)
        elif meaning.uses == "logs" and name in self.own and self._has_room(name, meaning):
            self._count(name, meaning.arguments["count"])
        else:
            self._keep(name, DraftEntry(written, line, meaning.because))

    def need(self, name: str, line: int) -> None:
        """What a condition speaks of."""
        self.shared.setdefault(name, DraftEntry(SHARED[name], line))

    def _name(self, meaning: CommandMeaning, place: str) -> str:
        known = _NAMES.get((meaning.uses, meaning.target)) or meaning.uses.rpartition(".")[2]
        if meaning.uses == "probe" and meaning.arguments:
            return name_of(_end_of(str(meaning.arguments["url"])))
        return known if place in ("", self.service) or meaning.target else f"{known}_{name_of(place)}"

    def _has_room(self, name: str, meaning: CommandMeaning) -> bool:
        return len({**self.own[name].written["with"]["count"], **meaning.arguments["count"]}) <= _MOST_COUNTED

    def _count(self, name: str, patterns: Mapping[str, str]) -> None:
        """More patterns in the reading of the same log."""
        entry = self.own[name]
        counted = dict(entry.written["with"]["count"])
        for called, pattern in patterns.items():
            if pattern not in counted.values():
                free = (called, *(f"{called}_{number}" for number in range(2, _MOST_COUNTED + 2)))
                counted[next(each for each in free if each not in counted)] = pattern
        self.own[name] = replace(entry, written={**entry.written, "with": {"count": counted}})

    def _keep(self, name: str, entry: DraftEntry) -> None:
        others = [name, *(f"{name}_{number}" for number in range(2, 100))]
        for free in others:
            if free not in self.own:
                self.own[free] = entry
                return
            if self.own[free].written == entry.written:
                return


def _end_of(address: str) -> str:
    path = re.sub(r"^[a-z]+://[^/]*", "", address).partition("?")[0]
    words = [word for word in path.split("/") if word and word not in ("api", "v1", "v2", "admin")]
    return "_".join(words[-2:]) or "page"
