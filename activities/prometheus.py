"""`prometheus.query`: one number by PromQL, from a Prometheus or whatever answers as one.

HTTP API v1 (prometheus.io/docs/prometheus/latest/querying/api, read 2026-11; tried with 2.42): values are
texts, `NaN` among them; a refused query is 400 or 422, one that took too long 503, each with its reason.
"""

import base64
import math
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import BaseModel, ConfigDict, Field

from activities.addresses import shown
from activities.connection import Connection
from activities.contract import Reader
from activities.http import Api
from activities.integration import Integration, Surroundings
from activities.portable.measured import Across, MeasuredSeries, Measurement, measured
from stanch.errors import ConfigError, Rejected
from stanch.model.base import Written
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_PATIENCE = "8s"
"""What the server may take; a little less than what is waited for."""

Instant = tuple[float, str]


class QueryArguments(Written):
    """One PromQL expression, and which number stands for all its series."""

    query: Annotated[str, Field(min_length=1, max_length=4000)]
    across: Across = Across.MAX
    proof: Annotated[str, Field(max_length=4000)] = ""
    """A query such as sum(up{job="web"}): while it gives nought or nothing, nothing else is believed.

    What is no longer scraped has no errors either: its rates fall to nought, and then it is gone.
    """


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Sample(_Answer):
    metric: dict[str, str]
    value: Instant | None = None
    """Missing where it is a native histogram."""


class _Vector(_Answer):
    result: list[_Sample]


class _Scalar(_Answer):
    result: Instant


class _Client(Api):
    """Says of a refusal what Prometheus says of it."""

    def _said(self, response: httpx.Response) -> str:
        try:
            found = response.json()
        except ValueError:
            return super()._said(response)
        why = found.get("error") if isinstance(found, dict) else None
        return (
            f": {self.clean(' '.join(why.split()))[:300]}"
            if isinstance(why, str)
            else super()._said(response)
        )


class Prometheus:
    """The team's Prometheus."""

    def __init__(self, api: Api, address: str) -> None:
        self.api = api
        self._address = address

    @classmethod
    def connect(cls, around: Surroundings) -> "Prometheus":
        """`providers.prometheus`: `base_url`, and `token`, or `username` and `password`, where it asks."""
        address = around.settings.base_url.rstrip("/")
        connection = Connection(base_url=f"{address}/", headers=_credential(around))
        return cls(_Client("prometheus", connection, around.redactor), address)

    async def instant(self, query: str, at: float) -> dict[str, Any]:
        """The answer to one instant query."""
        if not self._address:
            raise ConfigError("providers.prometheus.base_url is missing in stanch.yaml: where is it reached?")
        params = {"query": query, "time": f"{at:.3f}", "timeout": _PATIENCE}
        found = (await self.api.get("api/v1/query", params=params)).data
        if not isinstance(found, dict) or found.get("status") != "success":
            raise Rejected("prometheus", f"{shown(self._address)} does not answer as Prometheus does")
        return found


def _credential(around: Surroundings) -> dict[str, str]:
    settings = around.settings
    if settings.token:
        return {"Authorization": f"Bearer {around.redactor.read(settings.token)}"}
    user, password = settings.fields.get("username"), settings.fields.get("password")
    if not (user and password):
        return {}
    pair = base64.b64encode(f"{user}:{around.redactor.read(str(password))}".encode()).decode()
    return {"Authorization": f"Basic {around.redactor.hide(pair)}"}


class ReadQuery(Reader[Prometheus]):
    """`prometheus.query`."""

    spec: ClassVar = ReadingSpec(
        name="prometheus.query",
        says="One number by a PromQL expression, as it stands now; the highest of several series",
        result=Measurement,
        arguments=QueryArguments,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks for the instant of the look; a range is no number and is refused."""
        asked = QueryArguments.model_validate(look.arguments)
        found, warnings = await self._series(asked.query, look)
        if asked.proof:
            proof, more = await self._series(asked.proof, look)
            came_in = any(one.value and not math.isnan(one.value) for one in proof)
            warnings += more + ([] if came_in else ["proof gives nought: nothing came in"])
        return measured(found, asked.across, warnings)

    async def _series(self, query: str, look: Look) -> tuple[list[MeasuredSeries], list[str]]:
        """Each series with its number, and what the server warns of."""
        answer = await self.vendor.instant(query, look.as_of.timestamp())
        data = answer.get("data") or {}
        kind = data.get("resultType")
        if kind == "vector":
            parsed = self.vendor.api.parse(_Vector, data)
            found = [
                MeasuredSeries(value=_number(one.value), where=_labels(one.metric)) for one in parsed.result
            ]
        elif kind == "scalar":
            found = [MeasuredSeries(value=_number(self.vendor.api.parse(_Scalar, data).result))]
        else:
            raise Rejected(
                "prometheus", f"the query gives a {kind} and no number: wrap it, as in max_over_time(…)"
            )
        return found, [*(answer.get("warnings") or [])]


def _number(value: Instant | None) -> float | None:
    try:
        return float(value[1]) if value else None
    except ValueError:
        return math.nan


def _labels(metric: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(metric.items()) if name != "__name__")


INTEGRATION = Integration(
    name="prometheus", connect=Prometheus.connect, readings=(ReadQuery,), settings=("username", "password")
)
