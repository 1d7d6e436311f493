"""Firestore's part of the world: projects with databases, backups, and exports in buckets."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.base import World
from sandbox.firestore.database import Backup, Database, Documents
from sandbox.firestore.values import plain

DEFAULT = "(default)"


class FirestoreWorld(World):
    """Every database and backup by its whole name, every export by its address."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.databases: dict[str, Database] = {}
        self.backups: dict[str, Backup] = {}
        self.exports: dict[str, Documents] = {}
        self.unreachable: list[str] = []
        self.listed_late = timedelta()
        """An operation is in no list before it is so old."""

    def is_listed(self, begun: datetime) -> bool:
        """Whether what was begun then is in lists by now."""
        return not self.listed_late or begun <= self.clock.now() - self.listed_late

    def add(self, project: str, database: str = DEFAULT, location: str = "nam5") -> Database:
        """A database without documents."""
        name = f"projects/{project}/databases/{database}"
        self.databases[name] = Database(name, location, self.origin)
        return self.databases[name]

    def back_up(self, database: Database, ago: timedelta, state: str = "READY", name: str = "") -> Backup:
        """What the database holds now, as if it had been taken so long ago."""
        project, taken = database.name.split("/")[1], self.clock.now() - ago
        last = name or self.origin.digits(32)
        name = f"projects/{project}/locations/{database.location}/backups/{last}"
        expires = taken + timedelta(days=7)
        self.backups[name] = Backup(name, database.name, taken, expires, database.contents(), state)
        return self.backups[name]

    def projects(self) -> set[str]:
        """Every project that has a database."""
        return {name.split("/")[1] for name in self.databases}

    def state(self) -> dict[str, Any]:
        """What every database holds."""
        return {
            name: {
                "documents": {
                    path: {field: _shown(value) for field, value in one.fields.items()}
                    for path, one in database.documents.items()
                },
                "operations": [(one.kind, one.state) for one in database.operations],
            }
            for name, database in self.databases.items()
        }


def _shown(value: Any) -> Any:
    held = plain(value)
    return held if isinstance(held, (bool, int, float, str, type(None))) else str(held)
