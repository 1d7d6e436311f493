"""The log of one Heroku app: so many lines, the oldest of which go."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

RING = 1500
_REFUSED = (
    'at=error code=H13 desc="Connection closed without response" method=GET path="/" dyno={dyno} status=503'
)
_KILLED = (
    "Error R14 (Memory quota exceeded)",
    "Error R15 (Memory quota vastly exceeded)",
    "State changed from up to crashed",
    "State changed from crashed to starting",
)


class AppLog(deque[str]):
    """Every line as Logplex gives it, the oldest first."""

    def __init__(self, lines: Iterable[str] = (), maxlen: int | None = RING) -> None:
        super().__init__(lines, maxlen)
        self._unended = ""

    def say(self, source: str, process: str, text: str, at: datetime) -> None:
        """One more line; the oldest goes where there are too many."""
        self.append(f"{self._unended}{at:%Y-%m-%dT%H:%M:%S.%f}+00:00 {source}[{process}]: {text}")
        self._unended = ""

    def refuse(self, dyno: str, at: datetime) -> None:
        """The router's own line about a request that went wrong."""
        self.say("heroku", "router", _REFUSED.format(dyno=dyno), at)

    def kill(self, dyno: str, at: datetime) -> None:
        """Heroku's own lines about a dyno that took twice its memory."""
        for text in _KILLED:
            self.say("heroku", dyno, text, at)

    def lose(self, count: int, at: datetime) -> None:
        """Heroku says that it dropped lines, without a new line: the next one follows on the same."""
        text = f"Error L10 (output buffer overflow): {count} messages dropped since"
        self.say("heroku", "logplex", text, at)
        self._unended = f"{self.pop()} {at.isoformat()}."
