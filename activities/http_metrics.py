"""What the team's own services measure of themselves, from a JSON address that they offer.

Unlike a probe, silence here is missing evidence: it says nothing about the numbers.
"""

import asyncio
import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.addresses import shown
from activities.connection import Connection
from activities.contract import Reader
from activities.http import Api
from activities.integration import Integration, Surroundings
from activities.team_secrets import TeamSecrets
from stanch.errors import Unavailable
from stanch.model.address import OpenAddress
from stanch.model.base import Written
from stanch.model.evidence import KeysOf, Look, Reading
from stanch.model.verb import ReadingSpec

DEADLINE = timedelta(seconds=5)
_MOST_VALUES = 200
_SHOWN = 10
_P95 = {
    "p95_seconds": timedelta(seconds=1),
    "p95_s": timedelta(seconds=1),
    "p95_ms": timedelta(milliseconds=1),
}
"""Names that carry their unit; a bare `p95` could be either, and is left to the playbook."""


class HttpMetricsArguments(Written):
    """Where the numbers are; `pick` names the fields to take by dotted path, otherwise all numbers are."""

    url: OpenAddress
    pick: dict[str, str] = Field(default_factory=dict)
    bearer: str = ""
    """The name of a team secret that the address asks for."""


class HttpMetrics(Reading):
    """The numbers that a service reports of itself."""

    values: Annotated[dict[str, float], KeysOf("pick")]
    """By dotted path, or by the names that `pick` gave them."""
    error_rate: float | None = None
    """Between 0 and 1; a value outside is not taken for one."""
    p95: timedelta | None = None

    def line(self) -> str:
        """`error_rate 0.12, p95_seconds 2.4`, and at most ten of them."""
        return ", ".join(f"{name} {value:g}" for name, value in list(self.values.items())[:_SHOWN])


class Numbers:
    """The one connection by which a worker reads such addresses."""

    def __init__(self, api: Api, secrets: TeamSecrets) -> None:
        self._api = api
        self._secrets = secrets

    @classmethod
    def connect(cls, around: Surroundings) -> "Numbers":
        """Redirects are not followed: a credential goes where it was meant to go."""
        connection = Connection(timeout=DEADLINE.total_seconds(), headers={"User-Agent": "stanch"})
        return cls(Api("metrics", connection, around.redactor), TeamSecrets(around))

    async def at(self, url: str, bearer: str) -> dict[str, float]:
        """Every number there, by dotted path."""
        headers = {"Authorization": f"Bearer {self._secrets.value(bearer)}"} if bearer else {}
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                answer = await self._api.get(url, headers=headers)
        except TimeoutError as error:
            raise Unavailable("metrics", f"no answer in time from {shown(url)}") from error
        return dict(_numbers(answer.data))


class ReadHttpMetrics(Reader[Numbers]):
    """`metrics.http`."""

    spec: ClassVar = ReadingSpec(
        name="metrics.http",
        says="Numbers from a JSON address of the service, such as error_rate and p95_seconds",
        result=HttpMetrics,
        arguments=HttpMetricsArguments,
    )

    async def read(self, look: Look) -> HttpMetrics:
        """Takes the numbers by name; one that `pick` wants and that is not there stays unknown."""
        asked = HttpMetricsArguments.model_validate(look.arguments)
        values = await self.vendor.at(asked.url, asked.bearer)
        if asked.pick:
            values = {name: values[path] for name, path in asked.pick.items() if path in values}
        rate = values.get("error_rate")
        return HttpMetrics(
            values=dict(list(values.items())[:_MOST_VALUES]),
            error_rate=rate if rate is not None and 0 <= rate <= 1 else None,
            p95=next((values[name] * unit for name, unit in _P95.items() if name in values), None),
        )


def _numbers(data: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(data, int | float) and not isinstance(data, bool) and math.isfinite(data):
        yield path, float(data)


INTEGRATION = Integration(name="metrics", connect=Numbers.connect, readings=(ReadHttpMetrics,))
