"""What the team's own services measure of themselves, from an address that they offer.

Unlike a probe, silence here is missing evidence: it says nothing about the numbers. The address answers JSON,
or Prometheus' text.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import Field

from activities.addresses import shown
from activities.connection import Connection
from activities.contract import Reader
from activities.http import Api
from activities.integration import Integration, Surroundings
from activities.portable.exposition import Exposed, samples
from activities.portable.measured import Across, MeasuredSeries, Measurement, measured
from activities.portable.measuring import WrittenArguments
from activities.team_secrets import TeamSecrets
from stanch.errors import Rejected, Unavailable
from stanch.model.address import OpenAddress
from stanch.model.evidence import Look, NamedBy
from stanch.model.verb import ReadingSpec

PROVIDER = "metrics"
DEADLINE = timedelta(seconds=5)
_SHOWN = 10

Path = Annotated[str, Field(min_length=1, max_length=300)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$", max_length=60)]
Numbered = dict[str, float] | list[Exposed]
"""Numbers by dotted path, of JSON; samples, of Prometheus' text."""


class HttpMetricsArguments(WrittenArguments):
    """Where the numbers are, and which of them is meant."""

    url: OpenAddress
    pick: Path | Annotated[dict[Name, Path], Field(min_length=1, max_length=20)]
    """A path alone is the number; names with paths are numbers by these names.

    A path is dotted in JSON; in Prometheus' text it is `name` or `name{label="x"}`.
    """
    bearer: str = ""
    """The name of a team secret that the address asks for."""


class HttpMetrics(Measurement):
    """The numbers that a service reports of itself; what is not there is unknown."""

    picked: Annotated[dict[str, float], NamedBy("pick", directly=True, maps_only=True)] = Field(
        default_factory=dict
    )

    def line(self) -> str:
        """`active 5, waiting 0`, or as any other measurement."""
        if not self.picked:
            return super().line()
        return ", ".join(f"{name} {value:g}" for name, value in list(self.picked.items())[:_SHOWN])


class NumbersApi(Api):
    """JSON, or Prometheus' text."""

    def _json(self, response: httpx.Response) -> Any:
        try:
            return super()._json(response)
        except Unavailable:
            found = list(samples(response.text))
            if not found:
                raise
            return found


class Numbers:
    """The one connection by which a worker reads such addresses."""

    def __init__(self, api: Api, secrets: TeamSecrets) -> None:
        self._api = api
        self._secrets = secrets

    @classmethod
    def connect(cls, around: Surroundings) -> "Numbers":
        """Redirects are not followed: a credential goes where it was meant to go."""
        connection = Connection(timeout=DEADLINE.total_seconds(), headers={"User-Agent": "stanch"})
        return cls(NumbersApi(PROVIDER, connection, around.redactor), TeamSecrets(around))

    async def at(self, url: str, bearer: str) -> Numbered:
        """Every number there."""
        headers = {"Authorization": f"Bearer {self._secrets.value(bearer)}"} if bearer else {}
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                answer = await self._api.get(url, headers=headers)
        except TimeoutError as error:
            raise Unavailable(PROVIDER, f"no answer in time from {shown(url)}") from error
        return answer.data if _is_text(answer.data) else dict(_numbers(answer.data))


class ReadHttpMetrics(Reader[Numbers]):
    """`metrics.http`."""

    spec: ClassVar = ReadingSpec(
        name="metrics.http",
        says="One number, or several by name, that the service shows as JSON or Prometheus' text",
        result=HttpMetrics,
        arguments=HttpMetricsArguments,
    )

    async def read(self, look: Look) -> HttpMetrics:
        """What is there now; nothing is kept of what was there before."""
        asked = HttpMetricsArguments.model_validate(look.arguments)
        there = await self.vendor.at(asked.url, asked.bearer)
        if isinstance(asked.pick, str):
            return _one(_picked(there, asked.pick), asked)
        divisor = asked.written.divisor if asked.written else 1
        found = {
            name: value / divisor
            for name, path in asked.pick.items()
            if (value := _picked(there, path)) is not None
        }
        return HttpMetrics(picked=found, samples=len(found), complete=len(found) == len(asked.pick))


def _one(value: float | None, asked: HttpMetricsArguments) -> HttpMetrics:
    warnings = [f"there is no number {asked.pick}"] if value is None else []
    number = measured([MeasuredSeries(value=value)], Across.MAX, warnings).of(asked.written)
    return HttpMetrics.model_validate(number.model_dump(exclude={"said"}))


def _picked(there: Numbered, path: str) -> float | None:
    """The one number there; of several nobody knows which is meant."""
    if isinstance(there, dict):
        return there.get(path)
    found = [one.value for one in there if one.fits(path)]
    if len(found) > 1:
        raise Rejected(PROVIDER, f'{path} are {len(found)} numbers: name labels, as in name{{label="x"}}')
    return next(iter(found), None)


def _is_text(data: Any) -> bool:
    return isinstance(data, list) and any(isinstance(one, Exposed) for one in data)


def _numbers(data: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
        yield path, float(data)


INTEGRATION = Integration(name=PROVIDER, connect=Numbers.connect, readings=(ReadHttpMetrics,))
