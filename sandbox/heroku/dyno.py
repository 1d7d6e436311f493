"""One Heroku dyno, and the process types that dynos belong to."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import written
from sandbox.heroku.release import Release
from sandbox.timetable import Timetable

_STATUS = re.compile(r'echo "(?P<says>[^"$]*)\$status"')
SINGLE = {"eco", "basic"}
SIZES: dict[str, tuple[str, int, float]] = {
    "eco": ("eco", 512, 1),
    "basic": ("basic", 512, 1),
    "standard-1x": ("professional", 512, 1),
    "standard-2x": ("professional", 1024, 2),
    "performance-m": ("professional", 2560, 4),
    "performance-l": ("professional", 14336, 8),
    "performance-l-ram": ("professional", 30720, 4),
    "performance-2xl": ("professional", 129024, 32),
    "private-s": ("private", 1024, 2),
    "private-m": ("private", 2560, 4),
    "dyno-2c-4gb": ("fir", 4096, 4),
}
"""Tier, memory in MB, and what it can do beside a standard-1x."""


@dataclass
class ProcessType:
    """How many dynos of which size there shall be."""

    id: str
    type: str
    command: str
    quantity: int
    size: str
    updated: datetime
    crashes: bool = False
    """Whatever runs there ends by itself soon after its start."""

    def body(self, app: dict[str, str]) -> dict[str, Any]:
        """As Heroku shows it."""
        return {
            "app": app,
            "command": self.command,
            "created_at": "2026-01-05T09:00:00Z",
            "dyno_size": {
                "id": f"{sorted(SIZES).index(self.size):08}-89ab-4def-8123-456789abcdef",
                "name": self.size,
            },
            "id": self.id,
            "quantity": self.quantity,
            "size": self.size.title(),
            "type": self.type,
            "updated_at": written(self.updated),
        }


@dataclass
class Dyno:
    """A dyno moves on with time, until it is up, or crashed."""

    id: str
    name: str
    type: str
    command: str
    size: str
    release: Release
    created: datetime
    timetable: Timetable
    state: str = "starting"
    stuck: bool = False
    marker: str = ""
    ends_with: int = 0

    @property
    def last_words(self) -> str:
        """What a command that says its own status prints, so far as it does."""
        found = _STATUS.search(self.command)
        return f"{found['says']}{self.ends_with}" if found else ""

    def body(self, app: dict[str, str]) -> dict[str, Any]:
        """As Heroku shows it."""
        return {
            "attach_url": None,
            "command": self.command,
            "created_at": written(self.created),
            "id": self.id,
            "name": self.name,
            "release": {"id": self.release.id, "version": self.release.version},
            "app": app,
            "size": self.size.title(),
            "state": self.state,
            "type": self.type,
            "updated_at": written(self.created),
        }
