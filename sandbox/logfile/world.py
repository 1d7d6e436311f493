"""Log files on a server of a team's own."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sandbox.base import World
from sandbox.clock import written
from sandbox.traffic import Stretch


@dataclass
class LogFile:
    """One file, and how its server gives it."""

    text: str = ""
    is_open: bool = False
    """Anybody may read it."""
    gives_parts: bool = True
    """The server knows `Range`."""


class LogfileWorld(World):
    """Every file, by its name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.files: dict[str, LogFile] = {}

    def add(self, name: str, text: str = "") -> LogFile:
        """A file that not everybody may read."""
        self.files[name] = LogFile(text)
        return self.files[name]

    def say(self, name: str, text: str, *agos: timedelta) -> None:
        """A line, so long ago; the file's lines stand in the order in which they are said."""
        now = self.clock.now()
        self.files[name].text += "".join(f"{written(now - ago)} {text}\n" for ago in agos)

    def follow(self, name: str, service: str) -> None:
        """The service writes its lines into this file from now on."""
        self.sandbox.services[service].witnesses.append(partial(self._write, name))

    def _write(self, name: str, stretch: Stretch) -> None:
        lines = (f"{written(at)} {text}\n" for at, _, text in stretch.lines())
        self.files[name].text += "".join(lines)

    def state(self) -> dict[str, Any]:
        """How long each file is."""
        return {name: len(file.text) for name, file in self.files.items()}
