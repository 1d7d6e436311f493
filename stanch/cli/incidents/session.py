"""One command's surroundings: which gateway, as whom, about which incident, and how its answer is written."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import typer

from stanch.cli.failures import CommandError, Misuse
from stanch.cli.incidents import access
from stanch.cli.incidents.answers import Listing
from stanch.cli.incidents.gateway import Gateway, Reply
from stanch.cli.screen import Screen
from stanch.model.decision import DecisionResult
from stanch.model.record import Summary


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
        self.tell(number, self.hear(number, word, **body), str(body.get("digest", "")))

    def hear(self, number: str, word: str, **body: Any) -> Reply:
        """The answer to one word, which was taken; a refusal otherwise."""
        reply = self.gateway.post("incidents", number, word, body=body)
        answer = reply.read(DecisionResult)
        if not answer.accepted:
            raise CommandError("refused", f"{number}: {answer.text}")
        return reply

    def tell(self, number: str, reply: Reply, digest: str = "") -> None:
        """Show what became of a word, and the plan's digest where it is not the one that was named."""
        answer = reply.read(DecisionResult)
        if self.json:
            return self.screen.document(reply.document)
        self.screen.line(f"{number}: {answer.text}")
        if answer.digest and answer.digest != digest:
            self.screen.line(f"The plan's digest is now {answer.digest}")
        return None


_WHOLE_NUMBER = re.compile(r"INC-\d{8}-[0-9A-HJKMNP-TV-Z]{6}")


def number_of(gateway: Gateway, named: str | None) -> str:
    """The number of the incident that is meant; where several could be, all are listed and none is taken."""
    if named is None:
        return _only(_open(gateway), "open", "say which one")
    name = named.strip().upper()
    if not name:
        # A script whose variable is empty has not said which one it means.
        raise Misuse("NUMBER is empty: leave it out to mean the only open incident")
    if _WHOLE_NUMBER.fullmatch(name):
        return name
    rows = _open(gateway)
    for row in rows:
        if row.number.upper() == name:
            return row.number
    found = [row for row in rows if row.number.upper().startswith(name) or row.number.upper().endswith(name)]
    if not found:
        raise CommandError(
            "not-found",
            f"no open incident's number begins or ends with {name} (a closed one needs its whole number)",
        )
    return _only(found, f"open and called {name}", "say more of its number")


def _open(gateway: Gateway) -> tuple[Summary, ...]:
    return gateway.get("incidents", open="true", limit="200").read(Listing).incidents


def _only(rows: tuple[Summary, ...] | list[Summary], which: str, remedy: str) -> str:
    if not rows:
        raise CommandError("not-found", f"no incident is {which}")
    if len(rows) == 1:
        return rows[0].number
    listed = "\n".join(f"  {row.number}  {row.severity}: {row.scenario} on {row.service}" for row in rows)
    raise CommandError("ambiguous", f"{len(rows)} incidents are {which}: {remedy}\n{listed}")
