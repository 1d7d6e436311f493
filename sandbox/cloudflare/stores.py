"""What Workers are bound to: KV namespaces and Hyperdrive configurations."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.cloudflare.version import shown

_LATE = timedelta(seconds=60)
"""Cloudflare says: 60 seconds or more (developers.cloudflare.com/kv/concepts/how-kv-works, 2026-11)."""


@dataclass
class Entry:
    """One value, with what stands beside it."""

    value: str
    metadata: Any = None
    expiration: int | None = None


@dataclass
class Namespace:
    """A KV namespace: what was written stands at once, and Workers see it a minute later."""

    id: str
    title: str
    clock: SandboxClock
    entries: dict[str, Entry] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    seen_from: datetime | None = None
    before: dict[str, tuple[Entry | None, datetime]] = field(default_factory=dict)
    """What each key was before it was written last, and when that was."""
    api_lags: timedelta = timedelta()
    """How long the API itself reads what was there before (cloudflare-docs#13263, read 2026-11)."""
    writes_a_day: int | None = None
    """1000 on the free plan (cloudflare/cloudflare-docs#18041, read 2026-11)."""
    writes: list[datetime] = field(default_factory=list)
    once_a_second: bool = False
    """A key takes one write a second (the same)."""

    def hold(self, key: str, value: str, metadata: Any = None, expiration: int | None = None) -> None:
        """A value that everybody has long seen."""
        self.entries[key] = Entry(value, metadata, expiration)
        self.seen = self.values()

    def put(self, key: str, entry: Entry | None, now: datetime) -> None:
        """A write, or a deletion."""
        self.before[key] = (self.entries.get(key), now)
        self.writes.append(now)
        if entry is None:
            self.entries.pop(key, None)
        else:
            self.entries[key] = entry
        self.seen_from = self.clock.now() + _LATE

    def read(self, key: str, now: datetime) -> Entry | None:
        """What the API reads, which may be older than what stands; that there was nothing, too."""
        was, since = self.before.get(key, (None, now - self.api_lags))
        return was if now < since + self.api_lags else self.entries.get(key)

    def is_too_soon(self, key: str, now: datetime) -> bool:
        """Whether the key was written within this second."""
        _, since = self.before.get(key, (None, now - timedelta(days=1)))
        return self.once_a_second and now < since + timedelta(seconds=1)

    def is_used_up(self, now: datetime) -> bool:
        """Whether the day's writes are: a day ends at 00:00 UTC."""
        today = [at for at in self.writes if at.astimezone(UTC).date() == now.astimezone(UTC).date()]
        return self.writes_a_day is not None and len(today) >= self.writes_a_day

    def look(self) -> dict[str, str]:
        """What a Worker far away reads."""
        if self.seen_from is None or self.seen_from <= self.clock.now():
            self.seen = self.values()
        return self.seen

    def values(self) -> dict[str, str]:
        """What really stands."""
        return {key: entry.value for key, entry in self.entries.items()}


@dataclass
class Pool:
    """A Hyperdrive configuration; its password goes in and never comes out."""

    id: str
    name: str
    limit: int
    password: str
    created: datetime
    modified: datetime
    most: int = 100
    """20 on the free plan (cloudflare/cloudflare-docs#33384, read 2026-11)."""
    takes: timedelta = timedelta()
    """How long Workers go on with the limit from before: minutes (the same)."""
    former: int | None = None

    def grant(self, limit: int, now: datetime) -> None:
        """Another limit, from now on or a little later."""
        self.former, self.limit, self.modified = self.limit, limit, now

    def granted(self, now: datetime) -> int:
        """How many connections Workers get."""
        is_late = self.former is not None and now < self.modified + self.takes
        return self.former if is_late and self.former is not None else self.limit

    def body(self) -> dict[str, Any]:
        """As Cloudflare shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "origin": {
                "host": "db.example",
                "port": 5432,
                "database": "app",
                "user": "app",
                "scheme": "postgres",
            },
            "caching": {"disabled": False, "max_age": 60, "stale_while_revalidate": 15},
            "origin_connection_limit": self.limit,
            "created_on": shown(self.created),
            "modified_on": shown(self.modified),
        }
