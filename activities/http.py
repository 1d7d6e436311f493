"""The one HTTP client: deadlines, error classes, redaction. Only here does a status become an error."""

import re
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from activities.connection import Connection
from stanch.errors import Conflict, Rejected, Unauthorized, Unavailable
from stanch.secrets import Redactor

_TEXT_SHOWN = 300
_TURNED_AWAY = {425, 429}
_UNAVAILABLE = 503
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=10)
_SINCE_1970 = 1_000_000_000
"""More seconds than anybody asks to wait."""

M = TypeVar("M", bound=BaseModel)


class Recourse(StrEnum):
    """What is to be done about a refusal."""

    AGAIN = "it may be asked again a little later"
    LOCKED = "what stands there is looked at before it is asked again"
    CREDENTIAL = "the credential is broken or lacks a permission"
    FINAL = "it would be refused again"


_BY_STATUS = {
    **dict.fromkeys((408, 425, 429, 500, 502, 503, 504), Recourse.AGAIN),
    **dict.fromkeys((409, 412), Recourse.LOCKED),
    **dict.fromkeys((401, 403), Recourse.CREDENTIAL),
}
"""What a status means by itself; any other is final."""


@dataclass(frozen=True)
class KnownRefusal:
    """Words in a refusal that mean something else than its status does by itself."""

    statuses: Container[int]
    words: str
    """A pattern, in the body as it came, capitals or not."""
    recourse: Recourse

    def fits(self, response: httpx.Response) -> bool:
        """Whether it is said there."""
        return response.status_code in self.statuses and bool(
            re.search(self.words, response.text, re.IGNORECASE)
        )


SAYINGS = (
    # Fly's quota, Netlify's credits, Vercel's and Netlify's plans, Heroku's suspended apps
    KnownRefusal({403}, r"quota|upgrade|credits?\b|billing|payment|suspended|\byour plan\b", Recourse.FINAL),
    # A host has no room: waiting does not end that (Kilo-Org/cloud#412, fly-go's tests)
    KnownRefusal({409, 412}, r"insufficient|no capacity|could not reserve|_capacity", Recourse.FINAL),
)
"""What is so whoever says it; what a client knows of its own vendor goes before it."""


@dataclass(frozen=True)
class HttpAnswer:
    """A successful answer: its JSON (None when empty), status and headers."""

    status: int
    data: Any
    headers: Mapping[str, str]


class Api:
    """One vendor's API: every request has a deadline, every failure a class of `stanch.errors`."""

    sayings: ClassVar[tuple[KnownRefusal, ...]] = ()
    """What this vendor says in refusals; the first that fits counts."""

    def __init__(self, provider: str, connection: Connection, redactor: Redactor) -> None:
        self.provider = provider
        self.connection = connection
        self._redactor = redactor

    async def get(self, path: str, **options: Any) -> HttpAnswer:
        """Read."""
        return await self.send("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> HttpAnswer:
        """Write; a lost answer is `Unavailable`, and the caller reads before it writes again."""
        return await self.send("POST", path, json=json, **options)

    async def send(self, method: str, path: str, **options: Any) -> HttpAnswer:
        """One request; `options` are httpx's (params, json, headers, timeout)."""
        with self.reaching(f"{method} {path}"):
            response = await self.connection.request(method, path, provider=self.provider, **options)
        if response.is_success:
            return HttpAnswer(response.status_code, self._json(response), response.headers)
        raise self._error(response)

    @contextmanager
    def reaching(self, what: str) -> Iterator[None]:
        """Whatever goes wrong on the way there and back is `Unavailable`."""
        try:
            yield
        except _NEVER_SENT as error:
            text = f"{what} was not sent: {type(error).__name__}"
            raise Unavailable(self.provider, text, untouched=True) from error
        except httpx.TimeoutException as error:
            raise Unavailable(self.provider, f"no answer in time to {what}") from error
        except httpx.HTTPError as error:
            raise Unavailable(self.provider, f"{what} failed: {type(error).__name__}") from error

    def clean(self, text: str) -> str:
        """What the vendor said, without any secret in it."""
        return self._redactor.clean(text)

    def parse(self, model: type[M], data: Any) -> M:
        """The answer as a model; a shape the vendor did not document is `Rejected`, naming the field."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the answer"
            raise Rejected(self.provider, f"answered in an unknown shape: {where}: {first['msg']}") from error

    def _json(self, response: httpx.Response) -> Any:
        if not response.content.strip():
            return None
        try:
            return response.json()
        except ValueError as error:
            raise Unavailable(
                self.provider, f"answered {response.status_code} with something that is not JSON"
            ) from error

    def _error(self, response: httpx.Response) -> Exception:
        status = response.status_code
        text = (
            f"{response.request.method} {response.request.url.path} answered {status}{self._said(response)}"
        )
        match self._recourse(response):
            case Recourse.CREDENTIAL:
                return Unauthorized(self.provider, text, status)
            case Recourse.LOCKED:
                return Conflict(self.provider, text)
            case Recourse.AGAIN:
                wait = self._wait(response.headers)
                return Unavailable(self.provider, text, wait, untouched=is_turned_away(status, wait))
            case Recourse.FINAL:
                return Rejected(self.provider, text, status)

    def _recourse(self, response: httpx.Response) -> Recourse:
        said = (one.recourse for one in (*self.sayings, *SAYINGS) if one.fits(response))
        return next(said, _BY_STATUS.get(response.status_code, Recourse.FINAL))

    def _wait(self, headers: Mapping[str, str]) -> timedelta | None:
        """How long the vendor asks to wait; vendors with headers of their own say which."""
        return retry_after(headers)

    def _said(self, response: httpx.Response) -> str:
        # Cleaned before it is cut: half a secret would not be known again.
        text = self.clean(" ".join(response.text.split()))[:_TEXT_SHOWN]
        return f": {text}" if text else ""


def is_turned_away(status: int, wait: timedelta | None) -> bool:
    """Whether a status says that nothing was done: too many requests, or come again at such a time.

    A bare 503 does not: routers answer it when they tire of waiting for a server that goes on.
    """
    return status in _TURNED_AWAY or (status == _UNAVAILABLE and wait is not None)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long the vendor asks to wait: `Retry-After` in seconds or as a date, at most ten minutes."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.replace(".", "", 1).isdigit():
        return min(timedelta(seconds=float(value)), _LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(timedelta(0), min(when - datetime.now(UTC), _LONGEST_WAIT))


def reset_after(headers: Mapping[str, str], name: str) -> timedelta | None:
    """Until a limit is lifted, by a header of seconds from now or since 1970; at most ten minutes."""
    value = headers.get(name, "").strip()
    if not value.replace(".", "", 1).isdigit():
        return None
    seconds = float(value)
    if seconds > _SINCE_1970:
        seconds -= datetime.now(UTC).timestamp()
    return max(_SHORTEST_WAIT, min(timedelta(seconds=seconds), _LONGEST_WAIT))
