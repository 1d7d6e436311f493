"""One command's surroundings: which gateway, as whom, and how its answer is written."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import typer

from stanch.cli.failures import CommandError
from stanch.cli.incidents import access
from stanch.cli.incidents.gateway import Gateway
from stanch.cli.screen import Screen
from stanch.model.decision import DecisionResult


@dataclass(frozen=True)
class GatewaySession:
    """What `--url`, `--data` and `--json` said."""

    url: str
    data: Path
    json: bool

    @classmethod
    def of(cls, context: typer.Context) -> "GatewaySession":
        """The session of a command that talks to the gateway."""
        return cls(**context.meta["stanch"])

    @cached_property
    def gateway(self) -> Gateway:
        """The gateway, as the person who is asking."""
        return Gateway(access.address(self.url, self.data), access.person(self.data))

    @cached_property
    def screen(self) -> Screen:
        """Standard output."""
        return Screen()

    def say(self, number: str, word: str, **body: Any) -> None:
        """Say one word to an incident, and show what became of it."""
        reply = self.gateway.post("incidents", number, word, body=body)
        answer = reply.read(DecisionResult)
        if not answer.accepted:
            raise CommandError("refused", f"{number}: {answer.text}")
        if self.json:
            return self.screen.document(reply.document)
        self.screen.line(f"{number}: {answer.text}")
        if answer.digest and answer.digest != body.get("digest"):
            self.screen.line(f"The plan's digest is now {answer.digest}")
        return None
