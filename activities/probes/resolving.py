"""Names of hosts, as the system's resolver knows them."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from stanch.errors import Unavailable

LookUp = Callable[..., Awaitable[Iterable[tuple[Any, ...]]]]
"""Takes and gives what `getaddrinfo` of an event loop does."""
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""There is no such name, or it has no address. Without a resolver glibc and musl say EAI_AGAIN instead."""


async def addresses_of(host: str, look_up: LookUp | None = None) -> list[str]:
    """The addresses of a name, none where there is no such name; `Unavailable` where nobody can tell."""
    look_up = look_up or asyncio.get_running_loop().getaddrinfo
    try:
        found = await look_up(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            return []
        raise Unavailable("dns", f"nobody can tell where {host} is: {error.strerror}") from error
    except UnicodeError:
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
