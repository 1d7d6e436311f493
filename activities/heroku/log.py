"""Heroku's log as text: `2026-11-21T02:54:01.123456+00:00 app[web.1]: what it said`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.heroku.client import RING, Heroku
from activities.portable.log_lines import LoggedLine, begin_of, has_arrived
from stanch.errors import PolicyError, Unavailable
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.rules import Rule

_LINE = re.compile(r"^(?P<at>\S+T\S+) (?P<source>\w+)\[(?P<process>[^\]]+)\]: ?(?P<text>.*)$")
_GLUED = re.compile(r"(messages? dropped since \S+?\.)(?=\d{4}-\d\d-\d\dT)")
"""What it says of dropped lines ends without a new line: heroku/logplex#105 (of drains, here inferred)."""
_LOGPLEX = "heroku[logplex]"
"""`Error L10 (output buffer overflow): 3 messages dropped` and its like."""
_LATE = timedelta(minutes=1)
"""Lines come within seconds, of a heavily loaded Logplex later; Heroku gives no number, this is a margin."""


@dataclass(frozen=True)
class Log:
    """The lines that Heroku still has, each with `app[web.1]` or `heroku[router]` as its source."""

    lines: list[LoggedLine]
    full: bool
    """True when older lines may have been pushed out."""

    def is_whole(self, look: Look) -> bool:
        """Whether nothing of that time is missing; Heroku says in the log itself when it dropped lines."""
        if not has_arrived((line.at for line in self.lines), look, _LATE):
            return False
        since = begin_of(look)
        dropped = any(line.source == _LOGPLEX and line.at >= since for line in self.lines)
        return not dropped and (not self.full or min(line.at for line in self.lines) <= since)


async def log_of(heroku: Heroku, target: Target) -> Log:
    """The log as it is now."""
    if target.at.get("generation") == "fir":
        raise PolicyError(
            Rule.NO_LOG_HISTORY, f"{target.name} is a Fir app: Heroku keeps no lines of its log"
        )
    text = _GLUED.sub(r"\1\n", await heroku.log(target))
    lines = list(_parsed(text))
    if text.strip() and not lines:
        raise Unavailable("heroku", f"the log of {target.name} came in an unknown shape")
    return Log(lines, len(text.splitlines()) >= RING)


def _parsed(text: str) -> Iterator[LoggedLine]:
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        try:
            at = datetime.fromisoformat(found["at"])
        except ValueError:
            continue
        yield LoggedLine(at=at, text=found["text"], source=f"{found['source']}[{found['process']}]")
