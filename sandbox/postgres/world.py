"""A real PostgreSQL server in the sandbox: whoever makes a scene says where it runs."""

from typing import Protocol

from sandbox.base import World


class Server(Protocol):
    """A running server, and what somebody sees there who may see everything."""

    port: int

    def under_way(self) -> dict[str, str]:
        """Every query that runs and every transaction that idles, with its application."""


class PostgresWorld(World):
    """Where the server is, if there is one."""

    server: Server | None = None

    def clear(self) -> None:
        """The server runs on; the sandbox knows of none."""
        self.server = None

    def stands(self, server: Server) -> None:
        """From now on it is this server."""
        self.server = server
