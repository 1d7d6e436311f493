"""A real Redis server in the sandbox: whoever makes a scene says where it runs."""

from sandbox.base import World


class RedisWorld(World):
    """The port of the server; 0 while there is none."""

    port: int = 0

    def clear(self) -> None:
        """The server runs on; the sandbox knows of none."""
        self.port = 0

    def stands(self, port: int) -> None:
        """From now on it is this server."""
        self.port = port
