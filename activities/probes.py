"""The team's own services, seen from outside: whether they answer well and in time.

No vendor and no credential: addresses come from the playbook or from the service's `health` list. A service
that cannot be reached has failed the probe; that is the measurement, and never missing evidence.
"""

import asyncio
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import BeforeValidator, Field, JsonValue

from activities.addresses import shown
from activities.connection import certificates
from activities.contract import Reader
from activities.integration import Integration, Surroundings
from stanch.errors import ConfigError
from stanch.model.address import OpenAddress
from stanch.model.base import Duration, Written
from stanch.model.evidence import Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.secrets import Redactor

DEADLINE = timedelta(seconds=5)
_LARGEST_BODY = 256 * 1024
_REDIRECTS = 3
_HEADERS = {"User-Agent": "stanch", "Accept-Encoding": "identity"}
"""Compressed answers are not asked for, so that the cap on a body is a cap on memory."""


class Expected(Written):
    """What a good answer contains; a plain text in its place means `text`."""

    text: str = ""
    json_: dict[str, JsonValue] = Field(default_factory=dict, alias="json")
    """Fields of the answer's JSON and the values they must have; a dot goes one level down."""


def _as_expected(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class ProbeArguments(Written):
    """Which addresses, how often each, and what is good; without `urls`, the service's health list."""

    urls: Annotated[tuple[OpenAddress, ...], Field(max_length=20)] = ()
    samples: int = Field(default=3, ge=1, le=10)
    slow_after: Duration = timedelta(seconds=2)
    expect: Annotated[Expected, BeforeValidator(_as_expected)] = Expected()


@dataclass(frozen=True)
class Sample:
    """One request and what became of it; `why` is empty when it was good."""

    url: str
    status: int
    took: timedelta
    why: str = ""


class ProbeResult(Reading):
    """How the service answers a handful of requests, each on its own connection."""

    ok: bool
    """Nothing failed and no address is slow."""
    checked: int
    failing: int
    error_rate: float
    is_slow: bool
    """At least half of the samples of one address took longer than `slow_after`."""
    slowest: timedelta
    p95: timedelta
    statuses: tuple[int, ...] = ()
    """The different statuses that were answered."""
    failing_url: str = ""
    why: str = ""

    def line(self) -> str:
        """`2 of 6 requests failed, slowest 0.41 s: https://api.shop.example/healthz answered 503`."""
        speed = f"slowest {self.slowest.total_seconds():.2f} s{' (slow)' if self.is_slow else ''}"
        if not self.failing:
            return f"all {self.checked} requests good, {speed}"
        return f"{self.failing} of {self.checked} requests failed, {speed}: {self.failing_url} {self.why}"


class Prober:
    """What looks at the team's services as a visitor would."""

    def __init__(self, client: httpx.AsyncClient, redactor: Redactor) -> None:
        self._client = client
        self._redactor = redactor

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
        return cls(client, around.redactor)

    async def sample(self, url: str, expected: Expected) -> Sample:
        """One request; whatever goes wrong with it is what was measured."""
        begun = time.monotonic()
        status, why = 0, ""
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                status, why = await self._ask(url, expected)
        except (TimeoutError, httpx.TimeoutException):
            why = f"did not answer within {DEADLINE.total_seconds():g} s"
        except httpx.HTTPError as error:
            why = f"cannot be reached: {type(error).__name__}"
        took = timedelta(seconds=time.monotonic() - begun)
        return Sample(shown(url), status, took, self._redactor.clean(why))

    async def _ask(self, url: str, expected: Expected) -> tuple[int, str]:
        request = self._client.build_request("GET", url)
        for _ in range(_REDIRECTS + 1):
            response = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                body = await _body(response)
            finally:
                await response.aclose()
            following = response.next_request
            if following is None:
                return response.status_code, _complaint(response, body, expected)
            if not _stays_home(request.url, following.url):
                elsewhere = f"{following.url.scheme}://{following.url.host}"
                return response.status_code, f"redirects to {elsewhere}"
            request = following
        return response.status_code, f"redirects more than {_REDIRECTS} times"


class ReadProbe(Reader[Prober]):
    """`probe.http`."""

    spec: ClassVar = ReadingSpec(
        name="probe.http",
        says="Whether the service's addresses answer well and in time, by a few requests to each",
        result=ProbeResult,
        arguments=ProbeArguments,
        good_when="it.ok",
    )

    async def read(self, look: Look) -> ProbeResult:
        """All samples of all addresses at once."""
        asked = ProbeArguments.model_validate(look.arguments)
        if not asked.urls:
            raise ConfigError(
                "probe.http has no address: write with: {urls: [...]}, or health: [...] on the service"
            )
        samples = await asyncio.gather(
            *(self.vendor.sample(url, asked.expect) for url in asked.urls for _ in range(asked.samples))
        )
        return summed_up(samples, asked.slow_after)


def summed_up(samples: list[Sample], slow_after: timedelta) -> ProbeResult:
    """The reading that some samples amount to."""
    failing = [sample for sample in samples if sample.why]
    times = sorted(sample.took for sample in samples)
    is_slow = any(_is_slow(samples, url, slow_after) for url in {sample.url for sample in samples})
    return ProbeResult(
        ok=not failing and not is_slow,
        checked=len(samples),
        failing=len(failing),
        error_rate=len(failing) / len(samples),
        is_slow=is_slow,
        slowest=times[-1],
        p95=times[math.ceil(0.95 * len(times)) - 1],
        statuses=tuple(sorted({sample.status for sample in samples if sample.status})),
        failing_url=failing[0].url if failing else "",
        why=failing[0].why if failing else "",
    )


def _is_slow(samples: list[Sample], url: str, slow_after: timedelta) -> bool:
    """One slow request in a handful is chance; half of them are not."""
    slow = [sample.took > slow_after for sample in samples if sample.url == url]
    return 2 * sum(slow) >= len(slow)


async def _body(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= _LARGEST_BODY:
            break
    return body[:_LARGEST_BODY]


def _complaint(response: httpx.Response, body: bytes, expected: Expected) -> str:
    if not response.is_success:
        return f"answered {response.status_code}"
    if expected.text and expected.text.encode() not in body:
        return f"answered {response.status_code} without the text {expected.text!r}"
    return _json_complaint(body, expected.json_) if expected.json_ else ""


def _json_complaint(body: bytes, wanted: Mapping[str, JsonValue]) -> str:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return "answered something that is not JSON"
    for path, value in wanted.items():
        if _at(data, path) != value:
            return f"answered {path} other than {json.dumps(value)}"
    return ""


def _at(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _stays_home(here: httpx.URL, there: httpx.URL) -> bool:
    """Only the same host, and never from https to http: elsewhere it is not the service that answers."""
    return here.host == there.host and (there.scheme == "https" or here.scheme == "http")


INTEGRATION = Integration(name="probe", connect=Prober.connect, readings=(ReadProbe,))
