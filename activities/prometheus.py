"""`prometheus.query`: one number by PromQL, from the team's Prometheus or whatever answers as one."""

import base64
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from activities.connection import Connection
from activities.contract import Reader
from activities.finding import AccountFinder, FoundAccount
from activities.http import Api
from activities.integration import Credential, Integration, Proof, Surroundings
from activities.portable.measured import Across, Measurement, Points, grouped, measured
from activities.portable.measuring import SERIES, QueryArguments, Span, measure
from activities.portable.promql import PrometheusApi, PromQl
from stanch.errors import ConfigError
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_WITHIN = "$within"


class PromQlArguments(QueryArguments):
    """One PromQL expression, and which number stands for all its series."""

    query: Annotated[str, Field(min_length=1, max_length=4000)]
    """`$within` in it is the time that is looked at: `rate(errors[$within])`, which then ends at a change."""
    across: Across = Across.MAX
    proof: Annotated[str, Field(max_length=4000)] = ""
    """A query such as sum(up{job="web"}): while it gives nought or nothing, nothing else is believed.

    What is no longer scraped has no errors either: its rates fall to nought, and then it is gone.
    """


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
        return cls(PrometheusApi("prometheus", connection, around.redactor), address)

    @property
    def server(self) -> PromQl:
        """Where it is asked."""
        if not self._address:
            raise ConfigError("providers.prometheus.base_url is missing in stanch.yaml: where is it reached?")
        return PromQl(self.api)


async def prove(prometheus: Prometheus, _target: Target) -> Proof:
    """Asks for a number that every Prometheus has."""
    await prometheus.server.instant("vector(1)", datetime.now(UTC))
    return Proof("answers queries")


class _Rule(BaseModel):
    name: str = ""
    type: str = ""


class _RuleGroup(BaseModel):
    rules: tuple[_Rule, ...] = ()


class _Rules(BaseModel):
    groups: tuple[_RuleGroup, ...] = ()


async def look(prometheus: Prometheus) -> FoundAccount:
    """The alerting rules, by name (prometheus.io/docs/prometheus/latest/querying/api, read 2026-11)."""
    answer = await prometheus.api.get("api/v1/rules", params={"type": "alert"})
    found = prometheus.api.parse(_Rules, (answer.data or {}).get("data") or {})
    rules = [rule for group in found.groups for rule in group.rules if rule.type == "alerting"]
    return FoundAccount(alerts=tuple(dict.fromkeys(rule.name for rule in rules if rule.name)))


def _credential(around: Surroundings) -> dict[str, str]:
    settings = around.settings
    if settings.token:
        return {"Authorization": f"Bearer {around.redactor.read(settings.token)}"}
    user, password = settings.fields.get("username"), settings.fields.get("password")
    if not (user and password):
        return {}
    pair = base64.b64encode(f"{user}:{around.redactor.read(str(password))}".encode()).decode()
    return {"Authorization": f"Basic {around.redactor.hide(pair)}"}


@dataclass(frozen=True)
class _Query:
    """One expression, and the server that works it out."""

    server: PromQl
    asked: PromQlArguments

    @property
    def across(self) -> Across:
        return self.asked.across

    async def number(self, span: Span) -> Measurement:
        """Asks for the end of that time; a range is no number and is refused."""
        asked = self.asked
        found, warnings = await self.server.instant(_over(asked.query, span), span.end)
        if asked.proof:
            proof, more = await self.server.instant(_over(asked.proof, span), span.end)
            came_in = any(one.value and not math.isnan(one.value) for one in proof)
            warnings = [*warnings, *more, *([] if came_in else ["proof gives nought: nothing came in"])]
        return measured(found, asked.across, warnings, grouped(found, asked.across, asked.by))

    async def points(self, span: Span) -> Points:
        """The expression again and again, each time over as much as is looked at."""
        over = Span(span.end - self.asked.within, span.end)
        return await self.server.points(_over(self.asked.query, over), span)


def _over(query: str, span: Span) -> str:
    return query.replace(_WITHIN, f"{math.ceil(span.length.total_seconds())}s")


class ReadQuery(Reader[Prometheus]):
    """`prometheus.query`."""

    spec: ClassVar = ReadingSpec(
        name="prometheus.query",
        says="One number by a PromQL expression, as it stands now; the highest of several series",
        result=Measurement,
        arguments=PromQlArguments,
        series=SERIES,
    )

    async def read(self, look: Look) -> Measurement:
        """Asks for the instant of the look."""
        asked = PromQlArguments.model_validate(look.arguments)
        return await measure(_Query(self.vendor.server, asked), look, asked, written=asked.written)


INTEGRATION = Integration(
    name="prometheus",
    connect=Prometheus.connect,
    readings=(ReadQuery,),
    credential=Credential(
        prove,
        made_by="whoever runs the Prometheus, or the proxy in front of it",
        keyless=lambda settings: settings.base_url,
        written="base_url: https://prometheus.example",
    ),
    settings=("username", "password"),
    finder=AccountFinder(look),
)
