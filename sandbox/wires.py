"""Protocols beside HTTP, on the sandbox's one port: a connection is known by how it begins.

A wire turns every call made in its protocol into a request to the sandbox's application, so that ledger,
faults and whatever stands in between treat it like any other.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from starlette.types import ASGIApp

LOCALHOST = "127.0.0.1"


class Listening(Protocol):
    """A wire that takes connections on a port of this machine."""

    port: int

    def close(self) -> None:
        """No more connections, and the open ones end."""


@dataclass(frozen=True)
class Wire:
    """A protocol that a vendor is spoken to in instead of HTTP."""

    opens_with: bytes
    """The first bytes of every connection in it; no two wires may begin alike."""
    listen: Callable[[ASGIApp, asyncio.AbstractEventLoop], Listening]
    """Listens on a free port; each call is a request to the application, which runs in that loop."""


class Wires:
    """The wires of one served application, each listening from its first connection on."""

    def __init__(self, app: ASGIApp, wires: Iterable[Wire]) -> None:
        self._app = app
        self._wires = tuple(wires)
        self._listening: dict[bytes, Listening] = {}

    def port_for(self, first: bytes) -> int | None:
        """Where a connection that begins like this belongs; None where it is HTTP."""
        wire = next((one for one in self._wires if first.startswith(one.opens_with)), None)
        if wire is None:
            return None
        if wire.opens_with not in self._listening:
            self._listening[wire.opens_with] = wire.listen(self._app, asyncio.get_running_loop())
        return self._listening[wire.opens_with].port

    def close(self) -> None:
        """No wire listens any more."""
        for listening in self._listening.values():
            listening.close()
        self._listening.clear()


class Relay(asyncio.Protocol):
    """What comes in on one connection goes out on another, and back, until either ends."""

    def __init__(self, client: asyncio.Transport, port: int) -> None:
        self._client = client
        self._there: asyncio.Transport | None = None
        self._held: list[bytes] = []
        loop = asyncio.get_running_loop()
        self._connecting = loop.create_task(loop.create_connection(lambda: self, LOCALHOST, port))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """What arrived meanwhile goes first."""
        self._there = cast("asyncio.Transport", transport)
        self._there.writelines(self._held)
        self._held.clear()

    def data_received(self, data: bytes) -> None:
        """What is answered there."""
        self._client.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The other side goes too."""
        self._client.close()

    def forward(self, data: bytes) -> None:
        """What the client sends."""
        if self._there is None:
            self._held.append(data)
        else:
            self._there.write(data)

    def close(self) -> None:
        """The client has gone."""
        self._connecting.cancel()
        if self._there is not None:
            self._there.close()
