"""A real PostgreSQL server in the sandbox: whoever makes a scene says where it runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sandbox.backings import Backing, PartState
from sandbox.base import World
from sandbox.postgres.real import RealPostgres, real_postgres


class Server(Protocol):
    """A running server, and what somebody sees there who may see everything."""

    port: int

    def under_way(self) -> dict[str, str]:
        """Every query that runs and every transaction that idles, with its application."""


@dataclass(frozen=True)
class PoolerRefusal:
    """What a pooler says in the server's place, until then."""

    to: str
    """`connect`, or what it is asked when it has let somebody in, such as `SELECT`."""
    state: str
    text: str
    until: datetime


class PostgresWorld(World):
    """Where the server is, if there is one, and the pooler before it."""

    server: Server | None = None
    _refusal: PoolerRefusal | None = None
    _real: RealPostgres | None = None

    def clear(self) -> None:
        """The server runs on; the sandbox knows of none."""
        self.server = None
        self._refusal = None
        self.parts: dict[str, Backing] = {}
        """Databases that a team names, and how each meets who connects."""
        if self._real:
            self._real.clear()

    def real(self, name: str) -> RealPostgres:
        """The real server, with a database of that name; when it is first needed, nobody else is there."""
        if self._real is None:
            self._real = real_postgres()
            self._real.clear()
        self._real.lay_out(name)
        self.stands(self._real)
        return self._real

    def name_of(self, part: Backing) -> str:
        """The database that a part is."""
        return next(name for name, one in self.parts.items() if one is part)

    def state_of(self, name: str) -> PartState:
        """How it meets who connects; well where nothing is known of it."""
        return self.parts[name].state if name in self.parts else PartState.WELL

    def is_slow(self, name: str) -> bool:
        """Whether whoever connects has to wait."""
        return name in self.parts and self.parts[name].is_slow

    def pooler_refuses(self, to: str, state: str, text: str, so_long: timedelta) -> None:
        """A pooler stands before the server, and refuses this for so long."""
        self._refusal = PoolerRefusal(to, state, text, self.clock.now() + so_long)

    def refusal(self, of: str) -> PoolerRefusal | None:
        """What the pooler says to this; none where it lets it through."""
        refusal = self._refusal
        if refusal is None or refusal.to != of or self.clock.now() >= refusal.until:
            return None
        return refusal

    def stands(self, server: Server) -> None:
        """From now on it is this server."""
        self.server = server
