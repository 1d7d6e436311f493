"""`probe`: whether the addresses of a service answer as expected, and in time."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from activities.addresses import shown
from activities.contract import Reader
from activities.probes.expected import Expected, ExpectedAnswer, picked
from activities.probes.prober import Prober, Visit, VisitAnswer
from activities.probes.second_vantage import seen_up
from stanch.errors import ConfigError
from stanch.masking import secret_fields
from stanch.model.address import OpenAddress
from stanch.model.base import Duration, Written
from stanch.model.evidence import Look, NamedBy, Reading
from stanch.model.sighting import SeenUp
from stanch.model.verb import ReadingSpec
from stanch.plain import amount


class ProbeArguments(Written):
    """Which addresses, how they are asked and how often each, and what a good answer is."""

    urls: Annotated[tuple[OpenAddress, ...], Field(max_length=20)] = ()
    """Without any, and without `url`, the service's health list."""
    url: OpenAddress | None = None
    method: Literal["GET", "HEAD", "POST"] = "GET"
    json_: JsonValue = Field(default=None, alias="json")
    """What is sent, by POST."""
    bearer: str = ""
    """The name of a team secret that the addresses ask for."""
    expect: Expected = ExpectedAnswer()
    pick: Annotated[dict[str, str], Field(max_length=20)] = Field(default_factory=dict)
    """Texts to take out of a JSON answer, good or bad, by dotted path: each becomes a fact of that name."""
    samples: int = Field(default=3, ge=1, le=10)
    slow_after: Duration = timedelta(seconds=2)
    seen_elsewhere: Annotated[tuple[SeenUp, ...], Field(max_length=100)] = ()
    """What a second vantage has seen, such as `seen_up` of `uptimerobot.monitors`."""

    @field_validator("json_")
    @classmethod
    def _open(cls, body: JsonValue) -> JsonValue:
        for name in secret_fields(body):
            message = f"{name} names a secret, and a body is shown and kept: send it as bearer instead"
            raise ValueError(message)
        return body

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.url and self.urls:
            message = "write url or urls, not both"
            raise ValueError(message)
        if self.json_ is not None and self.method != "POST":
            message = "json is sent by POST: write method: POST"
            raise ValueError(message)
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """All that are asked."""
        return (self.url,) if self.url else self.urls


@dataclass(frozen=True)
class Sample:
    """One request and what became of it; `why` is empty when it was good."""

    url: str
    status: int
    took: timedelta
    why: str = ""
    picked: Mapping[str, str] = field(default_factory=dict)


class ProbeResult(Reading):
    """How the service answers a handful of requests, each on its own connection."""

    is_down: bool
    """No address answered as expected, not even once."""
    failing: bool
    """One did not, at least once."""
    is_slow: bool
    """At least half of the samples of one address took longer than `slow_after`."""
    requests: int
    failures: int
    p95: timedelta | None = None
    slowest: timedelta | None = None
    statuses: tuple[int, ...] = ()
    """The different statuses that were answered."""
    failing_url: str = ""
    why: str = ""
    picked: Annotated[dict[str, str], NamedBy("pick", directly=True)] = Field(default_factory=dict)
    """What `pick` asked for; where answers differ, what a failing one says."""
    up_elsewhere: tuple[str, ...] = ()
    """Addresses that do not answer from here and were seen up elsewhere since; they count nowhere else."""

    def line(self) -> str:
        """`2 of 6 requests failed, slowest 0.41 s: https://api.shop.example/healthz answered 503`."""
        parts = [self._requests(), *(f"{name} {value}" for name, value in self.picked.items())]
        elsewhere = [f"{seen}, though not from here" for seen in self.up_elsewhere]
        return "; ".join(filter(None, [", ".join(filter(None, parts)), *elsewhere]))

    def _requests(self) -> str:
        if self.slowest is None:
            return ""
        speed = f"slowest {self.slowest.total_seconds():.2f} s{' (slow)' if self.is_slow else ''}"
        if not self.failures:
            return f"all {amount(self.requests, 'request')} good, {speed}"
        failed = f"{self.failures} of {amount(self.requests, 'request')} failed"
        return f"{failed}, {speed}: {self.failing_url} {self.why}"


class ReadProbe(Reader[Prober]):
    """`probe`."""

    spec: ClassVar = ReadingSpec(
        name="probe",
        says="Whether the service's addresses answer as expected and in time, by a few requests to each",
        result=ProbeResult,
        arguments=ProbeArguments,
        good_when="!it.failing && !it.is_slow",
    )

    async def read(self, look: Look) -> ProbeResult:
        """All samples of all addresses at once."""
        asked = ProbeArguments.model_validate(look.arguments)
        if not asked.addresses:
            raise ConfigError(
                "probe has no address: write with: {url: https://…}, or health: [...] on the service"
            )
        proof = self.vendor.proof(asked.bearer)
        visits = [_visit(url, asked, proof) for url in asked.addresses for _ in range(asked.samples)]
        answers = await asyncio.gather(*(self.vendor.visit(visit) for visit in visits))
        samples = [self._sample(visit, answer, asked) for visit, answer in zip(visits, answers, strict=True)]
        elsewhere = seen_up(_dead(samples), asked.seen_elsewhere, look)
        return summed_up(samples, asked.slow_after, elsewhere)

    def _sample(self, visit: Visit, answer: VisitAnswer, asked: ProbeArguments) -> Sample:
        why = answer.why or asked.expect.complaint(answer.status, answer.body)
        found = picked(answer.body, asked.pick)
        clean = self.vendor.clean
        return Sample(
            url=shown(visit.url),
            status=answer.status,
            took=answer.took,
            why=clean(why),
            picked={name: clean(text) for name, text in found.items()},
        )


def _visit(url: str, asked: ProbeArguments, proof: Mapping[str, str]) -> Visit:
    return Visit(
        url=url,
        method=asked.method,
        json=asked.json_,
        headers=proof,
        ends_at=asked.expect.takes,
    )


def _dead(samples: Sequence[Sample]) -> list[str]:
    """The addresses that did not answer well even once."""
    alive = {sample.url for sample in samples if not sample.why}
    return [url for url in dict.fromkeys(sample.url for sample in samples) if url not in alive]


def summed_up(
    samples: Sequence[Sample], slow_after: timedelta, elsewhere: Mapping[str, datetime] | None = None
) -> ProbeResult:
    """The reading that some samples amount to; `elsewhere` are addresses that only from here are dead."""
    seen = elsewhere or {}
    counted = [sample for sample in samples if sample.url not in seen]
    failed = [sample for sample in counted if sample.why]
    times = sorted(sample.took for sample in counted)
    return ProbeResult(
        is_down=bool(failed) and not seen and len(failed) == len(counted),
        failing=bool(failed),
        is_slow=any(_is_slow(counted, url, slow_after) for url in {sample.url for sample in counted}),
        requests=len(counted),
        failures=len(failed),
        p95=times[math.ceil(0.95 * len(times)) - 1] if times else None,
        slowest=times[-1] if times else None,
        statuses=tuple(sorted({sample.status for sample in samples if sample.status})),
        failing_url=failed[0].url if failed else "",
        why=failed[0].why if failed else "",
        picked=_picked(samples),
        up_elsewhere=tuple(f"{url} was seen up at {at:%H:%M}" for url, at in seen.items()),
    )


def _picked(samples: Sequence[Sample]) -> dict[str, str]:
    """By name; what a failing answer says counts before what a good one says, else the first."""
    found: dict[str, str] = {}
    for sample in sorted(samples, key=lambda one: not one.why):
        found = {**sample.picked, **found}
    return found


def _is_slow(samples: Sequence[Sample], url: str, slow_after: timedelta) -> bool:
    """One slow request in a handful is chance; half of them are not."""
    slow = [sample.took > slow_after for sample in samples if sample.url == url]
    return 2 * sum(slow) >= len(slow)
