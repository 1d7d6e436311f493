"""The channel to Firestore, and the one place where a gRPC status becomes an error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo

from activities.firestore.client import Token
from activities.google_credentials import NOT_YET
from activities.permit import may_still_write
from stanch.errors import Conflict, ProviderError, Rejected, Unauthorized, Unavailable
from stanch.secrets import Redactor

DEADLINE = 10.0
"""Seconds; every call has it. The library's own retries are off: who calls decides what is asked again."""

_OPTIONS = (("grpc.keepalive_time_ms", 30_000), ("grpc.max_receive_message_length", -1))
_LONGEST_WAIT = timedelta(minutes=10)
_TEXT_SHOWN = 300
_REFUSED = {"UNAUTHENTICATED", "PERMISSION_DENIED"}
_MAY_RECOVER = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL", "UNKNOWN", "CANCELLED"}
_TURNED_AWAY = "RESOURCE_EXHAUSTED"
_LOCKED = {"ABORTED", "ALREADY_EXISTS"}
_LOST_PRECONDITION = "FAILED_PRECONDITION"


class Line:
    """One channel, for data and for administration."""

    def __init__(self, channel: Any, redactor: Redactor) -> None:
        self.channel = channel
        self._redactor = redactor

    @contextmanager
    def asking(self, call: str, *, conditioned: bool = False) -> Iterator[None]:
        """Whatever goes wrong inside has a class of `stanch.errors`.

        `conditioned` says that the call carries a precondition: a failed one is a lost lock then, and
        something the vendor would refuse again otherwise (a missing index, a backup that is not ready).
        """
        try:
            yield
        except GoogleAPICallError as error:
            raise self._error(call, error, conditioned=conditioned) from None
        except DecodeError:
            raise Unavailable("firestore", f"{call} was answered with something unreadable") from None

    def clean(self, text: str) -> str:
        """What the vendor said, without any secret in it, and not all of it where it is long."""
        # Cleaned before it is cut: half a secret would not be known again.
        return self._redactor.clean(" ".join(text.split()))[:_TEXT_SHOWN]

    def _error(self, call: str, error: GoogleAPICallError, *, conditioned: bool) -> ProviderError:
        name = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
        status = int(error.code or 0)
        text = f"{call} answered {status} {name}: {self.clean(error.message or '')}{_missing(error)}"
        if name in _REFUSED:
            return Unauthorized("firestore", text, status)
        if name in _LOCKED or (conditioned and name == _LOST_PRECONDITION):
            return Conflict("firestore", text)
        if name in _MAY_RECOVER:
            return Unavailable("firestore", text, _retry_after(error), untouched=name == _TURNED_AWAY)
        return Rejected("firestore", text, status)


def secured(host: str, token: Token) -> Any:
    """A channel to Google itself."""
    address = host if ":" in host else f"{host}:443"
    return grpc.aio.secure_channel(
        address, grpc.ssl_channel_credentials(), options=_OPTIONS, interceptors=_interceptors(token)
    )


def plain(host: str, token: Token) -> Any:
    """A channel to a stand-in, around any proxy."""
    return grpc.aio.insecure_channel(
        host, options=(*_OPTIONS, ("grpc.enable_http_proxy", 0)), interceptors=_interceptors(token)
    )


def _interceptors(token: Token) -> tuple[Any, Any]:
    """What every call passes: it is signed, and its answer can be read.

    grpc.aio gives None for an answer that it cannot decode (grpcio 1.85).
    """

    async def signed(details: Any) -> Any:
        every = grpc.aio.Metadata(*(details.metadata or ()), ("authorization", f"Bearer {await token()}"))
        return grpc.aio.ClientCallDetails(
            details.method, details.timeout, every, details.credentials, details.wait_for_ready
        )

    class Single(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc has no types
        async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
            known = await signed(details)
            may_still_write("firestore")
            call = await continuation(known, request)
            _readable(await call)
            return call

    class Stream(grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[misc]  # the same
        async def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
            call = await continuation(await signed(details), request)
            return (_readable(answer) async for answer in call)

    return Single(), Stream()


def _readable(answer: Any) -> Any:
    if answer is None:
        raise DecodeError
    return answer


def _missing(error: GoogleAPICallError) -> str:
    """The permission that is missing, or why the project refuses, where Google says it."""
    permission = dict(error.metadata or {}).get("permission")
    if permission:
        return f" (missing permission: {permission}; {NOT_YET})"
    return f" ({error.reason})" if error.reason else ""


def _retry_after(error: GoogleAPICallError) -> timedelta | None:
    delays = [one.retry_delay.ToTimedelta() for one in error.details if isinstance(one, RetryInfo)]
    return min(delays[0], _LONGEST_WAIT) if delays else None
