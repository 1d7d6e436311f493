"""Cloudflare's GraphQL Analytics, as far as it is asked: a Worker's invocations, together and by minute."""

import re
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of
from sandbox.clock import written
from sandbox.cloudflare.door import BASE, GRAPHQL, CloudflareDoor
from sandbox.cloudflare.worker import Worker
from sandbox.traffic import Gauge, ServiceRecord, Window

_DATASET = re.compile(r"(\w+): workersInvocationsAdaptive\(([^()]*)\) \{(.*?\} )\}")
_MINUTE = timedelta(minutes=1)
_MICROSECONDS = 1_000_000


class Variables(RequestBody):
    """What the query speaks of."""

    account: str
    script: str
    from_: datetime = Field(alias="from")
    to: datetime


class Asked(RequestBody):
    """The body."""

    query: str
    variables: Variables


class Analytics:
    """Sums and quantiles, of what has arrived."""

    def __init__(self, door: CloudflareDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """The one endpoint."""
        return [Route(BASE + GRAPHQL, self.query, methods=["POST"])]

    async def query(self, request: Request) -> Response:
        """Each alias of the query with its groups; a time without a request has none."""
        asked = await body_of(request, Asked)
        wanted = asked.variables
        self._door.account_named(request, wanted.account)
        aliases = _DATASET.findall(" ".join(asked.query.split()))
        if not aliases:
            raise AnswerError(200, _refused("error parsing args: unknown field", "parser"))
        groups = {
            alias: self._groups(wanted, by_minute="datetimeMinute" in fields) for alias, _, fields in aliases
        }
        return JSONResponse({"data": {"viewer": {"accounts": [groups]}}, "errors": None})

    def _groups(self, wanted: Variables, *, by_minute: bool) -> list[dict[str, Any]]:
        worker = self._door.world.workers.get(wanted.script)
        history = self._history(worker) if worker else None
        if history is None:
            return []
        until = min(wanted.to, self._door.world.horizon)
        if not by_minute:
            return _group(history, wanted.from_, until)
        found: list[dict[str, Any]] = []
        for begin, end in Window(wanted.from_, wanted.to, _MINUTE, until).steps():
            groups = _group(history, max(begin, wanted.from_), min(end, until))
            found += [{"dimensions": {"datetimeMinute": written(begin)}, **one} for one in groups]
        return found

    def _history(self, worker: Worker) -> ServiceRecord | None:
        services = self._door.world.sandbox.services.values()
        return next((one.history for one in services if one.host is worker), None)


def _group(history: ServiceRecord, begin: datetime, end: datetime) -> list[dict[str, Any]]:
    requests = history.measured(Gauge.REQUESTS, begin, end) if begin < end else None
    if not requests:
        return []
    errors, seconds = (
        history.measured(Gauge.ERRORS, begin, end),
        history.measured(Gauge.P95_SECONDS, begin, end),
    )
    return [
        {
            "sum": {"requests": round(requests), "errors": round(errors or 0)},
            "quantiles": {"wallTimeP95": (seconds or 0) * _MICROSECONDS},
        }
    ]


def _refused(message: str, code: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": message, "path": None, "extensions": {"code": code}}]}
