"""One command's surroundings: which gateway, as whom, and how its answer is written."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer

from stanch.cli import whereabouts
from stanch.cli.remote import Gateway, Reply
from stanch.cli.screen import Screen
from stanch.model.decision import Answer
from stanch.cli.failures import Failure


@dataclass(frozen=True)
class Session:
    """What `--url`, `--data` and `--json` said."""

    url: str
    data: Path
    json: bool

    @classmethod
    def of(cls, context: typer.Context) -> "Session":
        """The session of a command that talks to the gateway."""
        options = context.find_root().meta["stanch"]
        return cls(**options)

    @cached_property
    def gateway(self) -> Gateway:
        """The gateway, as the person who is asking."""
        return Gateway(whereabouts.address(self.url, self.data), whereabouts.person(self.data))

    @cached_property
    def screen(self) -> Screen:
        """Standard output."""
        return Screen()
