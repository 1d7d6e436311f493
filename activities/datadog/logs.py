"""`datadog.logs`: lines of the indexed logs, counted by Datadog's own search."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.contract import Reader
from activities.datadog.client import PROVIDER, Datadog
from activities.portable.log_lines import LogCount, has_arrived
from stanch.errors import Rejected
from stanch.model.base import Duration, Written
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_A_PAGE = 50
_SAMPLES = 5
_LONGEST = 300
_COUNT = "c0"
_LATE = timedelta(minutes=1)
"""Lines are there to be searched after seconds; Datadog gives no number, this is a margin."""


class LogSearch(Written):
    """Lines that a search of Datadog's finds, such as `service:web status:error`, in the last minutes."""

    query: Annotated[str, Field(min_length=1, max_length=1000)]
    within: Duration = Field(default=timedelta(minutes=15), gt=timedelta(0), le=timedelta(days=1))
    indexes: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """All of them where none is named."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Bucket(_Answer):
    computes: dict[str, Any] = Field(default_factory=dict)


class _Attributes(_Answer):
    timestamp: datetime | None = None
    message: str | None = None


class _Event(_Answer):
    attributes: _Attributes = _Attributes()


class ReadLogs(Reader[Datadog]):
    """`datadog.logs`."""

    spec: ClassVar = ReadingSpec(
        name="datadog.logs",
        says="Lines of the indexed logs that a search of Datadog's finds, counted",
        result=LogCount,
        arguments=LogSearch,
        needs=("logs_read_data", "logs_read_index_data"),
    )

    async def read(self, look: Look) -> LogCount:
        """The vendor's own count; where it ran out of time or lacks an index, it is *at least*.

        So it is where nothing at all came in during the last minute: the newest lines may be on their way.
        """
        asked = LogSearch.model_validate(look.arguments)
        places = {"indexes": list(asked.indexes)} if asked.indexes else {}
        searched = {
            "query": asked.query,
            "from": _written(look.as_of - asked.within),
            "to": _written(look.as_of),
            **places,
        }
        counted, newest = await asyncio.gather(
            self.vendor.logs(
                "analytics/aggregate",
                {"filter": searched, "compute": [{"aggregation": "count", "type": "total"}]},
            ),
            self.vendor.logs(
                "events/search", {"filter": searched, "sort": "-timestamp", "page": {"limit": _A_PAGE}}
            ),
        )
        found = self._summed_up(asked, counted, newest)
        last = [found.last_at] if found.last_at else []
        if found.at_least or has_arrived(last, look.as_of, asked.within, _LATE):
            return found
        lately = {**searched, "query": "*", "from": _written(look.as_of - _LATE)}
        anything = await self.vendor.logs(
            "events/search", {"filter": lately, "sort": "-timestamp", "page": {"limit": 1}}
        )
        return found.model_copy(update={"at_least": asked.within <= _LATE or not anything.get("data")})

    def _summed_up(self, asked: LogSearch, counted: dict[str, Any], newest: dict[str, Any]) -> LogCount:
        parse = self.vendor.api.parse
        buckets = [parse(_Bucket, one) for one in (counted.get("data") or {}).get("buckets") or []]
        events = [parse(_Event, one).attributes for one in newest.get("data") or []]
        times = [event.timestamp for event in events if event.timestamp]
        # The search may have seen a line that came in a moment after the count.
        total = max(sum(_whole(one) for one in buckets), len(events))
        return LogCount(
            count=total,
            at_least=not (_is_whole(counted) and _is_whole(newest)),
            by_pattern={asked.query: total},
            seen=total,
            first_at=min(times) if times and total == len(events) else None,
            last_at=max(times, default=None),
            samples=tuple(self._shown(event.message) for event in events[:_SAMPLES]),
        )

    def _shown(self, message: str | None) -> str:
        # Cleaned before it is cut: half a secret would not be known again.
        return self.vendor.redactor.clean(" ".join((message or "").split()))[:_LONGEST]


def _whole(bucket: _Bucket) -> int:
    value = bucket.computes.get(_COUNT, 0)
    if not isinstance(value, int | float):
        raise Rejected(PROVIDER, "answered a count of logs that is no number")
    return int(value)


def _is_whole(answer: dict[str, Any]) -> bool:
    """A search that ran out of time has `status: timeout`; one that lacks an index warns."""
    meta = answer.get("meta") or {}
    return meta.get("status", "done") == "done" and not meta.get("warnings")


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
