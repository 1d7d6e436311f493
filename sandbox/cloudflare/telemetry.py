"""Cloudflare's endpoints about logs and about the token itself."""

import json
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of
from sandbox.clock import milliseconds
from sandbox.cloudflare.door import ACCOUNT, BASE, QUERY, CloudflareDoor, answered
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.refusals import refuse
from sandbox.cloudflare.worker import Line, Worker

_TOKEN = "f267e341f3dd4697bd3b9f71dd96247f"  # noqa: S105 - the identifier of a token, not one


class Timeframe(RequestBody):
    """In milliseconds."""

    from_: int = Field(alias="from")
    to: int


class Filter(RequestBody):
    """What every event has."""

    key: Literal["$metadata.service"]
    operation: Literal["eq"]
    type: Literal["string"]
    value: str


class Parameters(RequestBody):
    """What is looked for."""

    filters: list[Filter] = Field(min_length=1)


class Query(RequestBody):
    """The body of a query."""

    queryId: str  # noqa: N815 - the vendor's name
    timeframe: Timeframe
    view: Literal["events"]
    parameters: Parameters
    limit: int = Field(default=50, ge=1, le=2000)
    offset: str = ""


class Telemetry:
    """Events, newest first, and what a token is."""

    def __init__(self, door: CloudflareDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(ACCOUNT + QUERY, self.query, methods=["POST"]),
            Route(BASE + "/user/tokens/verify", self.verify, methods=["GET"]),
            Route(ACCOUNT + "/tokens/verify", self.verify_of_the_account, methods=["GET"]),
        ]

    async def query(self, request: Request) -> Response:
        """One page of events; none is kept where observability is off."""
        account, wanted = self._door.account(request), await body_of(request, Query)
        horizon = milliseconds(self._door.world.horizon)
        found = [
            (worker, line)
            for worker in self._door.world.workers.values()
            if worker.account == account and _is_asked_for(worker, wanted) and worker.observability["enabled"]
            for line in worker.lines
            if wanted.timeframe.from_ <= line.at <= min(wanted.timeframe.to, horizon)
        ]
        found.sort(key=lambda one: one[1].at, reverse=True)
        ids = [line.id for _, line in found]
        begin = ids.index(wanted.offset) + 1 if wanted.offset in ids else 0
        page = found[begin : begin + wanted.limit]
        return answered(
            {
                "run": _run(account, wanted, self._door.world.query_status),
                "statistics": self._statistics(len(found)),
                "events": {
                    "count": len(found),
                    "events": [_event(worker, line) for worker, line in page],
                    "fields": [],
                    "series": [],
                },
            }
        )

    async def verify(self, request: Request) -> Response:
        """A user's token; an account's is none."""
        if self._door.known(request) == CloudflareKey.OF_THE_ACCOUNT:
            raise refuse(401, 1000, "Invalid API Token")
        return answered({"id": _TOKEN, "status": "active"})

    async def verify_of_the_account(self, request: Request) -> Response:
        """A token that the account owns."""
        if self._door.known(request) != CloudflareKey.OF_THE_ACCOUNT:
            raise refuse(401, 1000, "Invalid API Token")
        return answered({"id": _TOKEN, "status": "active", "expires_on": "2027-01-01T00:00:00Z"})

    def _statistics(self, rows: int) -> dict[str, Any]:
        return {
            "elapsed": 0.01,
            "rows_read": rows,
            "bytes_read": rows * 100,
            "abr_level": self._door.world.sampling,
        }


def _is_asked_for(worker: Worker, wanted: Query) -> bool:
    return all(one.value == worker.name for one in wanted.parameters.filters)


def _event(worker: Worker, line: Line) -> dict[str, Any]:
    request = f"ray-{line.id}"
    kind = "cf-worker-event" if line.outcome else "cf-worker"
    metadata = {
        "id": line.id,
        "service": worker.name,
        "level": line.level,
        "message": line.text,
        "type": kind,
    }
    workers = {"eventType": "fetch", "requestId": request, "scriptName": worker.name}
    return {
        "dataset": "cloudflare-workers",
        "timestamp": line.at,
        "source": json.dumps({"level": line.level, "message": line.text}),
        "$workers": {**workers, **({"outcome": line.outcome} if line.outcome else {})},
        "$metadata": {**metadata, "requestId": request, **({"error": line.error} if line.error else {})},
    }


def _run(account: str, wanted: Query, status: str) -> dict[str, Any]:
    created = "2026-11-21T03:00:00.000Z"
    return {
        "id": "run-1",
        "accountId": account,
        "userId": "u1",
        "status": status,
        "granularity": 0,
        "dry": True,
        "timeframe": {"from": wanted.timeframe.from_, "to": wanted.timeframe.to},
        "query": {
            "id": wanted.queryId,
            "name": wanted.queryId,
            "description": None,
            "adhoc": True,
            "parameters": {},
            "created": created,
            "createdBy": "u1",
            "updated": created,
            "updatedBy": "u1",
        },
    }
