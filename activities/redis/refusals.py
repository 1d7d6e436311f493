"""What Redis refuses, as the errors of this product.

An error begins with a word that says its kind (redis.io/docs/latest/develop/reference/protocol-spec, read
2026-11). For the words it knows, redis-py has classes and drops the word; the others are looked up here.
"""

import re

from redis import exceptions

from stanch.errors import Conflict, Rejected, StanchError, Unauthorized, Unavailable
from stanch.secrets import Redactor

_TEXT_SHOWN = 300
_Kind = type[Rejected | Conflict | Unavailable]
_BY_CLASS: tuple[tuple[type[exceptions.RedisError], _Kind, str], ...] = (
    (exceptions.AuthenticationError, Unauthorized, "NOAUTH or WRONGPASS"),
    (exceptions.AuthorizationError, Unauthorized, ""),
    (exceptions.NoPermissionError, Unauthorized, "NOPERM"),
    (exceptions.TryAgainError, Conflict, "TRYAGAIN"),
    (exceptions.ExecAbortError, Conflict, "EXECABORT"),
    (exceptions.AskError, Rejected, "MOVED: it is a cluster"),
    (exceptions.BusyLoadingError, Unavailable, "LOADING"),
    (exceptions.ReadOnlyError, Unavailable, "READONLY: it is a replica now"),
    (exceptions.OutOfMemoryError, Unavailable, "OOM"),
    (exceptions.ClusterDownError, Unavailable, "CLUSTERDOWN"),
    (exceptions.MasterDownError, Unavailable, "MASTERDOWN"),
    (exceptions.TimeoutError, Unavailable, "no answer in time"),
    (exceptions.InvalidResponse, Unavailable, "garbage"),
    (exceptions.ConnectionError, Unavailable, ""),
)
_BY_WORD: dict[str, _Kind] = {
    "BUSY": Unavailable,
    "LOADING": Unavailable,
    "MISCONF": Unavailable,
    "NOREPLICAS": Unavailable,
    "OOM": Unavailable,
    "READONLY": Unavailable,
    "DENIED": Unauthorized,
    "NOAUTH": Unauthorized,
    "NOPERM": Unauthorized,
    "WRONGPASS": Unauthorized,
    "TRYAGAIN": Conflict,
}
_USED_UP = "its quota is used up: raise it at its provider, or wait until it begins anew"
_QUOTA = re.compile(r"max\b.* limit exceeded|quota exceeded", re.IGNORECASE)
"""A plain ERR to every command, PING too, till the next day or month (medusajs/admin#654,
saeloun/miru-web#1748)."""
_FULL = re.compile(r"max number of clients reached|max concurrent connections", re.IGNORECASE)
"""A plain ERR too, and over when somebody leaves."""

_NO_WAY = re.compile(
    r"timeout connecting|no route to host|unreachable|name or service not known|name resolution"
    r"|nodename nor servname|no address associated",
    re.IGNORECASE,
)
"""Of redis-py and the system. A refused connection is an answer: only a host that lives gives it."""


def is_used_up(error: StanchError) -> bool:
    """True where the server is there and does nothing more for this account."""
    return _USED_UP in str(error)


def is_full(error: StanchError) -> bool:
    """True where the server is there and takes no further connection."""
    return _FULL.search(str(error)) is not None


def is_out_of_reach(error: StanchError) -> bool:
    """True where no server was met: it may be well, and only the way from here to it not."""
    return _NO_WAY.search(str(error)) is not None


def translated(error: exceptions.RedisError, name: str, redactor: Redactor) -> StanchError:
    """The same refusal in our words, without a secret."""
    # Cleaned before it is cut: half a secret would not be known again.
    said = redactor.clean(" ".join(str(error).split()))[:_TEXT_SHOWN]
    for kind, ours, word in _BY_CLASS:
        if isinstance(error, kind):
            return ours("redis", f"{name}: {word}: {said}" if word else f"{name}: {said}")
    if _FULL.search(said):
        return Unavailable("redis", f"{name}: {said}")
    if _QUOTA.search(said):
        return Rejected("redis", f"{name}: {said}: {_USED_UP}")
    first = str(error).removeprefix("ERR ").partition(" ")[0]
    return _BY_WORD.get(first, Rejected)("redis", f"{name}: {said}")
