"""What Workers are bound to: KV namespaces and Hyperdrive configurations."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

    def hold(self, key: str, value: str, metadata: Any = None, expiration: int | None = None) -> None:
        """A value that everybody has long seen."""
        self.entries[key] = Entry(value, metadata, expiration)
        self.seen = self.values()

    def put(self, key: str, entry: Entry | None) -> None:
        """A write, or a deletion."""
        if entry is None:
            self.entries.pop(key, None)
        else:
            self.entries[key] = entry
        self.seen_from = self.clock.now() + _LATE

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
