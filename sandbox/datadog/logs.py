"""Lines of logs, searched and counted."""

import base64
import re
import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.answers import AnswerError, RequestBody, body_of
from sandbox.datadog.world import DatadogWorld, LogLine

_EVERYTHING = "*"
_TOGETHER = re.compile(r"[()]")
"""Brackets change nothing where every term has to be met."""


class Filter(RequestBody):
    """What is looked for; times with their offset."""

    query: str = _EVERYTHING
    from_: datetime = Field(alias="from")
    to: datetime
    indexes: tuple[str, ...] = (_EVERYTHING,)


class Compute(RequestBody):
    """What is made of it."""

    aggregation: Literal["count"]
    type: Literal["total"]


class Counting(RequestBody):
    """The body of an aggregation."""

    filter: Filter
    compute: list[Compute] = Field(min_length=1, max_length=1)


class Page(RequestBody):
    """How many lines, and behind which."""

    limit: int = Field(default=10, ge=1, le=1000)
    cursor: str = Field(default="", pattern=r"^([A-Za-z0-9+/]+=*)?$")


class Searching(RequestBody):
    """The body of a search."""

    filter: Filter
    sort: Literal["-timestamp"]
    page: Page = Page()


@dataclass
class Logs:
    """The lines that are indexed."""

    world: DatadogWorld

    async def aggregate(self, request: Request) -> Response:
        """How many there are; none at all is no bucket."""
        asked = await body_of(request, Counting)
        found = self._found(asked.filter)
        buckets = [{"by": {}, "computes": {"c0": float(len(found))}}] if found else []
        return JSONResponse({"data": {"buckets": buckets}, "meta": self._meta(asked.filter)})

    async def search(self, request: Request) -> Response:
        """The newest of them."""
        asked = await body_of(request, Searching)
        found = sorted(self._found(asked.filter), key=lambda one: one.at, reverse=True)
        first = int(base64.b64decode(asked.page.cursor) or 0)
        after = first + asked.page.limit
        more = (
            {"page": {"after": base64.b64encode(str(after).encode()).decode()}} if after < len(found) else {}
        )
        page = [_event(one) for one in found[first:after]]
        return JSONResponse({"data": page, "meta": {**self._meta(asked.filter), **more}})

    def _found(self, wanted: Filter) -> list[LogLine]:
        try:
            terms = shlex.split(_TOGETHER.sub(" ", wanted.query))
        except ValueError as error:
            raise AnswerError(400, {"errors": [f"Invalid query input: {wanted.query}"]}) from error
        if not {_EVERYTHING, *self.world.indexes}.intersection(wanted.indexes):
            return []
        return [
            one
            for one in self.world.lines
            if wanted.from_ <= one.at <= min(wanted.to, self.world.horizon)
            and all(_meets(one, term) for term in terms)
        ]

    def _meta(self, wanted: Filter) -> dict[str, Any]:
        missing = sorted({*wanted.indexes} - {_EVERYTHING, *self.world.indexes})
        warning = {
            "code": "unknown_index",
            "detail": f"indexes: {', '.join(missing)}",
            "title": "Some indexes are not there",
        }
        return {
            "elapsed": 12,
            "request_id": "sandbox",
            "status": "timeout" if self.world.search_times_out else "done",
            **({"warnings": [warning]} if missing else {}),
        }


def _meets(line: LogLine, term: str) -> bool:
    name, _, value = term.partition(":")
    if not value:
        return term == _EVERYTHING or term in line.message
    return {"service": line.service, "status": line.status}.get(name) == value


def _event(line: LogLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "type": "log",
        "attributes": {
            "timestamp": line.at.isoformat().replace("+00:00", "Z"),
            "message": line.message,
            "service": line.service,
            "status": line.status,
            "host": "i-0123",
            "tags": ["env:production"],
            "attributes": {},
        },
    }
