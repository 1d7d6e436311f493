"""`datadog.logs`: lines of the indexed logs of a service, counted.

How many there are is Datadog's own count; what is in them is looked for in the newest ten thousand
(docs.datadoghq.com/api/latest/logs, read 2026-11: a page has a thousand at most).
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.datadog.client import PROVIDER, Datadog
from activities.portable.log_lines import (
    LogArguments,
    LogCount,
    LoggedLine,
    as_text,
    begin_of,
    has_arrived,
    wanted_of,
)
from activities.portable.log_reader import LogReader, OfAll, Shown
from stanch.errors import Rejected
from stanch.model.base import Written
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_A_PAGE = 1000
_PAGES = 10
_A_LOOK = 50
"""Lines that are fetched where none of them is looked into."""
_COUNT = "c0"
_LATE = timedelta(minutes=1)
"""Lines are there to be searched after seconds; Datadog gives no number, this is a margin."""

_Body = dict[str, Any]


class DatadogTarget(Written):
    """`also_on: [{provider: datadog, service: NAME}]`: the service as its lines name it."""

    service: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+$", max_length=200)]


class LogSearch(LogArguments):
    """Lines of the service; `query` is a search of Datadog's among them, such as `status:error`."""

    query: Annotated[str, Field(max_length=1000)] = ""
    indexes: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """All of them where none is named."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Bucket(_Answer):
    computes: dict[str, Any] = Field(default_factory=dict)


class _Attributes(_Answer):
    timestamp: datetime | None = None
    message: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class _Event(_Answer):
    attributes: _Attributes = _Attributes()


class ReadLogs(LogReader[Datadog]):
    """`datadog.logs`."""

    spec: ClassVar = ReadingSpec(
        name="datadog.logs",
        says="Lines of the service in the indexed logs, counted",
        result=LogCount,
        arguments=LogSearch,
        of="datadog",
        needs=("logs_read_data", "logs_read_index_data"),
    )

    async def shown(self, look: Look) -> Shown:
        """The vendor's own count, and the newest lines; cut where it ran out of time or lacks an index.

        So it is where nothing at all came in during the last minute: the newest lines may be on their way.
        """
        searched = _search(look)
        counted, pages = await asyncio.gather(
            self.vendor.logs(
                "analytics/aggregate",
                {"filter": searched, "compute": [{"aggregation": "count", "type": "total"}]},
            ),
            self._pages(searched, _A_PAGE if _looks_into(look) else _A_LOOK),
        )
        parse = self.vendor.api.parse
        total = sum(_whole(parse(_Bucket, one)) for one in (counted.get("data") or {}).get("buckets") or [])
        lines = [line for page in pages for line in self._lines(page)]
        done = all(_is_whole(answer) for answer in (counted, *pages))
        more = bool(_next(pages[-1]))
        done = done and not (more and total <= len(lines)) and await self._has_arrived(lines, searched, look)
        whole = done and not more and total <= len(lines)
        return Shown(lines, whole, OfAll(count=total, is_cut=not done))

    async def _pages(self, searched: _Body, limit: int) -> list[_Body]:
        """Newest lines first: one page where they are only shown, ten at most where they are looked into."""
        found: list[_Body] = []
        for _ in range(_PAGES if limit == _A_PAGE else 1):
            after = _next(found[-1]) if found else ""
            page = {"limit": limit, **({"cursor": after} if after else {})}
            body = {"filter": searched, "sort": "-timestamp", "page": page}
            found.append(await self.vendor.logs("events/search", body))
            if not _next(found[-1]):
                break
        return found

    async def _has_arrived(self, lines: list[LoggedLine], searched: _Body, look: Look) -> bool:
        if has_arrived((line.at for line in lines), look, _LATE):
            return True
        lately = {**searched, "query": "*", "from": _written(look.as_of - _LATE)}
        anything = {"filter": lately, "sort": "-timestamp", "page": {"limit": 1}}
        others = self._lines(await self.vendor.logs("events/search", anything))
        return has_arrived((line.at for line in others), look, _LATE)

    def _lines(self, page: _Body) -> Iterator[LoggedLine]:
        """A line without a time is left out, and then there are fewer than were counted."""
        for one in page.get("data") or []:
            said = self.vendor.api.parse(_Event, one).attributes
            if said.timestamp:
                yield LoggedLine(at=said.timestamp, text=as_text(said.message or "", said.attributes))


def _search(look: Look) -> _Body:
    asked = LogSearch.model_validate(look.arguments)
    narrower = f" ({asked.query})" if asked.query else ""
    return {
        "query": f"service:{look.the_target.name}{narrower}",
        "from": _written(begin_of(look)),
        "to": _written(look.as_of),
        **({"indexes": [*asked.indexes]} if asked.indexes else {}),
    }


def _looks_into(look: Look) -> bool:
    """Whether the number of all lines is not enough."""
    wanted = wanted_of(look)
    return bool(wanted.matching or wanted.count or wanted.by or wanted.number or wanted.keep)


def _next(page: _Body) -> str:
    return str(((page.get("meta") or {}).get("page") or {}).get("after") or "")


def _whole(bucket: _Bucket) -> int:
    value = bucket.computes.get(_COUNT, 0)
    if not isinstance(value, int | float):
        raise Rejected(PROVIDER, "answered a count of logs that is no number")
    return int(value)


def _is_whole(answer: _Body) -> bool:
    """A search that ran out of time has `status: timeout`; one that lacks an index warns."""
    meta = answer.get("meta") or {}
    return meta.get("status", "done") == "done" and not meta.get("warnings")


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
