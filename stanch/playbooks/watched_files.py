"""The files that a team's playbooks are read from, and how they lie there: whether one was written since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stanch.model.team import Team
from stanch.playbooks.load import LIBRARY, library, shipped
from stanch.playbooks.patterns import matching
from stanch.playbooks.team_file import read_team

_FILE = "file:"


@dataclass(frozen=True)
class FileMark:
    """By what a file is known to be another one, or written again, without being read."""

    written_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "FileMark | None":
        """As it lies there; None where it does not, or may not be looked at."""
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(found.st_mtime_ns, found.st_size, found.st_ino)


Sight = Mapping[Path, FileMark | None]
"""Every file, as it lay there at one look."""


class WatchedFiles:
    """`stanch.yaml` and all that it names: playbooks, messages, the library's, files with a secret."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._mark: FileMark | None = None
        self._team = Team(playbooks=())

    def look(self) -> Sight:
        """Every file as it lies there now; what cannot be read names what it named before."""
        mark = FileMark.of(self._config)
        if mark != self._mark:
            self._mark = mark
            self._team = read_team(self._config)[0] or self._team
        named = {path: FileMark.of(path) for path in _named(self._team, self._config.parent)}
        return {self._config: mark, **named}


def changed(before: Sight, after: Sight) -> list[Path]:
    """What was written, made or removed between two looks."""
    both = dict.fromkeys((*before, *after))
    return [path for path in both if before.get(path) != after.get(path)]


def _named(team: Team, folder: Path) -> Iterator[Path]:
    for pattern in team.playbooks:
        name = pattern.removeprefix(LIBRARY)
        if name == pattern:
            yield from matching(pattern, folder)
        elif name in library():
            yield shipped(name) / f"{name}.yaml"
            yield from matching("*.txt", shipped(name) / "messages")
    for pattern in team.messages:
        yield from matching(pattern, folder)
    for text in _texts(team.model_dump(mode="json")):
        if text.startswith(_FILE):
            yield Path(text.removeprefix(_FILE))


def _texts(value: Any) -> Iterator[str]:
    """Every text of it, however deep: a reference to a secret may be a provider's own setting."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
