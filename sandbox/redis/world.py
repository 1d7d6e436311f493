"""A real Redis server in the sandbox: whoever makes a scene says where it runs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.backings import Backing
from sandbox.base import World
from sandbox.redis.real import RealRedis, real_redis


class RedisWorld(World):
    """The port of the server; 0 while there is none."""

    port: int = 0
    is_looked_up: Callable[[], object] = lambda: None
    """What clients do between one look at the server and the next."""
    _refused_with = ""
    _refused_until: datetime

    def clear(self) -> None:
        """The server runs on; the sandbox knows of none."""
        self.port, self.is_looked_up = 0, lambda: None
        self.part: Backing | None = None
        """The cache that a team names, and how it meets who connects."""
        self._refused_until = self.clock.now()

    def real(self) -> RealRedis:
        """The real server; started, and empty, when the world first needs it."""
        real = real_redis()
        if self.port != real.port:
            real.keys.flushall()
            self.stands(real.port)
        return real

    def refuse(self, text: str, so_long: timedelta) -> None:
        """Its provider stands before it, and answers every command with this."""
        self._refused_with, self._refused_until = text, self.clock.now() + so_long

    @property
    def refusal(self) -> str:
        """What every command is answered with; empty where the server itself answers."""
        return self._refused_with if self.clock.now() < self._refused_until else ""

    def stands(self, port: int) -> None:
        """From now on it is this server."""
        self.port = port
