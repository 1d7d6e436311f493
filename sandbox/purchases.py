"""Purchases as they go on while visitors come: lines that a service writes, and keys that it keeps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.service import FakeService
from sandbox.symptoms import Holds
from sandbox.traffic import Stretch

KeptKey = Callable[[str, str, datetime], None]
"""Takes a name that no other document has, the key, and when it was used."""


@dataclass
class Deal:
    """Values in given shares, always the one that is the furthest behind."""

    shares: Mapping[str, float]
    owed: dict[str, float] = field(default_factory=dict)

    def next(self) -> str:
        """The same in every run."""
        self.owed = {name: self.owed.get(name, 0) + share for name, share in self.shares.items()}
        chosen = max(self.owed, key=lambda name: self.owed[name])
        self.owed[chosen] -= 1
        return chosen


@dataclass(frozen=True)
class Says:
    """The lines of a service about one purchase; `{key}` and `{reason}` are filled in."""

    bought: tuple[str, ...]
    failed: tuple[str, ...]
    repeated: tuple[str, ...]


@dataclass
class Purchases:
    """So many a minute, while that is so."""

    service: FakeService
    per_minute: float
    holds: Holds
    outcomes: Deal
    """Bought is the empty text; anything else is why it was not."""
    repeats: Deal
    """Whether a key comes a second time: the empty text is no."""
    says: Says
    keep: KeptKey | None
    owed: float = 0
    made: int = 0

    def __call__(self, stretch: Stretch) -> None:
        """Visitors came for that time, and some of them bought."""
        serving = [one for one in self.service.host.instances() if one.serving]
        if not any(self.holds(one) for one in serving):
            return
        self.owed += self.per_minute * stretch.seconds / 60
        count = int(self.owed)
        self.owed -= count
        for number in range(count):
            self._purchase(stretch.begin + (stretch.end - stretch.begin) * (number + 1) / (count + 1))

    def _purchase(self, at: datetime) -> None:
        self.made += 1
        key, reason = f"req-{self.made:05}", self.outcomes.next()
        self._write(self.says.failed if reason else self.says.bought, key, reason, at)
        if self.keep:
            self.keep(f"{self.made:05}", key, at)
        if self.repeats.next():
            self._write(self.says.repeated, key, reason, at)
            if self.keep:
                self.keep(f"{self.made:05}-again", key, at)

    def _write(self, lines: tuple[str, ...], key: str, reason: str, at: datetime) -> None:
        for text in lines:
            level = "error" if reason else "info"
            self.service.host.write(text.format(key=key, reason=reason), level, at)
