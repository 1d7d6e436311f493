"""The one way by which the team's services are looked at from outside, as a visitor would."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from pydantic import JsonValue

from activities.connection import certificates
from activities.integration import Surroundings
from activities.probes.resolving import addresses_of
from activities.team_secrets import TeamSecrets
from stanch.secrets import Redactor

DEADLINE = timedelta(seconds=5)
LARGEST_BODY = 256 * 1024
_REDIRECTS = 3
_FOLLOWED = {"GET", "HEAD"}
_HEADERS = {"User-Agent": "stanch", "Accept-Encoding": "identity"}
"""Compressed answers are not asked for, so that the cap on a body is a cap on memory."""


def _nowhere(_: int) -> bool:
    return False


@dataclass(frozen=True)
class Visit:
    """One request, as a visitor sends it."""

    url: str
    method: str = "GET"
    json: JsonValue = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    most: int = LARGEST_BODY
    """So much of the body is read."""
    ends_at: Callable[[int], bool] = _nowhere
    """The statuses that are an answer although they lead elsewhere."""


@dataclass(frozen=True)
class VisitAnswer:
    """What became of a visit; `why` says why there is no answer of this address."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    url: str = ""
    """Where the answer came from, after redirects."""
    why: str = ""
    took: timedelta = timedelta()


class Prober:
    """What looks at the team's services as a visitor would."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        redactor: Redactor,
        secrets: TeamSecrets,
        resolve: Callable[[str], Awaitable[list[str]]] = addresses_of,
    ) -> None:
        self._client = client
        self._redactor = redactor
        self._secrets = secrets
        self.resolve = resolve

    @classmethod
    def connect(cls, around: Surroundings) -> "Prober":
        """Every request comes as a new visitor: a connection of its own, and no cookie to be held by."""
        client = httpx.AsyncClient(
            verify=certificates(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=DEADLINE.total_seconds(),
            headers=_HEADERS,
        )
        return cls(client, around.redactor, TeamSecrets(around))

    def proof(self, bearer: str) -> dict[str, str]:
        """The header that shows the team's secret of that name; none where no name is given."""
        return {"Authorization": f"Bearer {self._secrets.value(bearer)}"} if bearer else {}

    def clean(self, text: str) -> str:
        """The text without any secret."""
        return self._redactor.clean(text)

    async def visit(self, asked: Visit) -> VisitAnswer:
        """One request; whatever goes wrong with it is what was measured."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                found = await self._answer(asked)
        except (TimeoutError, httpx.TimeoutException):
            found = VisitAnswer(why=f"did not answer within {DEADLINE.total_seconds():g} s")
        except httpx.HTTPError as error:
            found = VisitAnswer(why=f"cannot be reached: {type(error).__name__}")
        return replace(found, took=timedelta(seconds=time.monotonic() - begun), why=self.clean(found.why))

    async def _answer(self, asked: Visit) -> VisitAnswer:
        """A redirect is followed on the same host only, and never by what is no plain look."""
        body: dict[str, Any] = {} if asked.json is None else {"json": asked.json}
        request = self._client.build_request(asked.method, asked.url, headers=dict(asked.headers), **body)
        for _ in range(_REDIRECTS + 1):
            response = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                found = await _read(response, asked.most)
            finally:
                await response.aclose()
            following = response.next_request
            if following is None or asked.method not in _FOLLOWED or asked.ends_at(response.status_code):
                return found
            if not _stays_home(request.url, following.url):
                return replace(found, why=f"redirects to {following.url.scheme}://{following.url.host}")
            request = following
        return replace(found, why=f"redirects more than {_REDIRECTS} times")


async def _read(response: httpx.Response, most: int) -> VisitAnswer:
    body = b""
    if most:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) >= most:
                break
    return VisitAnswer(response.status_code, response.headers, body[:most], str(response.url))


def _stays_home(here: httpx.URL, there: httpx.URL) -> bool:
    """Only the same host, and never from https to http: elsewhere it is not the service that answers."""
    return here.host == there.host and (there.scheme == "https" or here.scheme == "http")
