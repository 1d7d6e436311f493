"""What was answered before: for reads that show an old world, and for refusals that are given again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PastAnswer:
    """An answer as it went out."""

    at: datetime
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass
class Past:
    """Answers by what was asked, oldest first."""

    reads: dict[str, list[PastAnswer]] = field(default_factory=dict)
    refusals: dict[str, PastAnswer] = field(default_factory=dict)

    def keep(self, asked: str, answer: PastAnswer) -> None:
        """A read was answered so."""
        self.reads.setdefault(asked, []).append(answer)

    def as_of(self, asked: str, then: datetime) -> PastAnswer | None:
        """What would have been answered then; nothing was different before the first time it was asked."""
        known = self.reads.get(asked, [])
        earlier = [one for one in known if one.at <= then]
        return next(iter(earlier[-1:] or known[:1]), None)

    def refused(self, key: str, now: datetime) -> PastAnswer | None:
        """The refusal that stands under an idempotency key, for a day."""
        found = self.refusals.get(key)
        return found if found and now < found.at + _A_DAY else None
