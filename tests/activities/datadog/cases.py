"""Datadog's readings in the world they are tried in."""

from datetime import timedelta
from typing import Any

from sandbox.datadog.keys import DatadogKey
from sandbox.datadog.scenes import ERRORS, LATENCY, REQUESTS, SAID, packs
from stanch.model.change import Target
from tests.activities.contract.case import AT, ReadingCase

DATADOG: dict[str, Any] = {
    "scene": packs,
    "key": DatadogKey.API,
    "settings": lambda keep: {"application_key": keep(DatadogKey.ALL)},
}
WEB = Target(provider="datadog", name="web")
SHARE = {"queries": {"errors": ERRORS, "requests": REQUESTS}, "formula": "errors / requests"}

READINGS = (
    ReadingCase(
        name="datadog.metric",
        reading="datadog.metric",
        **DATADOG,
        arguments={"query": LATENCY, "over_time": "max"},
        sees=lambda it: (it.value, it.where, it.samples) == (6.5, "route:/packs", 3),
    ),
    ReadingCase(
        name="datadog.metric of several queries",
        reading="datadog.metric",
        **DATADOG,
        arguments={**SHARE, "over_time": "sum"},
        sees=lambda it: (it.value, it.where, it.samples) == (0.2, "route:/packs", 2),
    ),
    ReadingCase(
        name="datadog.logs",
        reading="datadog.logs",
        **DATADOG,
        target=WEB,
        arguments={"query": "status:error"},
        sees=lambda it: (
            (it.count, it.is_cut, it.last, it.last_at) == (30, False, SAID, AT - timedelta(seconds=10))
        ),
    ),
    ReadingCase(
        name="datadog.logs that are looked into",
        reading="datadog.logs",
        **DATADOG,
        target=WEB,
        arguments={"count": {"pool": "pool exhausted"}, "by": {"path": r"GET (\S+)"}},
        sees=lambda it: (
            (it.count, it.is_partial, it.counts, it.by["path"].top) == (34, False, {"pool": 30}, "/cards")
        ),
    ),
)
