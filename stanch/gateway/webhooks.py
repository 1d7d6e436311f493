"""Alerts in, a group for each incident. A sender hears 2xx only after Temporal has stored what they mean."""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Request, Security
from fastapi.security.http import HTTPBase
from pydantic import BaseModel, Field

from stanch.control import Accepted, Group
from stanch.gateway.dependencies import Dependencies, in_time
from stanch.gateway.http_errors import documented, refused
from stanch.model.alert import Alert
from stanch.model.playbook import Pinned
from stanch.playbooks.book import Book
from stanch.policy.outbreaks import severity_of
from stanch.sources import SOURCES, SourceError

_TOKEN = Security(HTTPBase(scheme="bearer", scheme_name="source-token", auto_error=False))
_PASSWORD = Security(HTTPBase(scheme="basic", scheme_name="source-password", auto_error=False))
"""For the published description only; `Authenticator` decides, after the source is known to be one."""

log = structlog.get_logger("stanch.gateway")


class AlertsStored(BaseModel):
    """What became of a webhook's alerts."""

    accepted: int = Field(description="Alerts taken; all that were sent", examples=[2])
    incidents: tuple[str, ...] = Field(
        description="Where they belong; none where only resolved alerts came and nobody waits for them",
        examples=[["INC-20261121-7K3QXM"]],
    )


class AlertRoutes:
    """The door for alert sources."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def receive(self, source: str, request: Request) -> AlertsStored:
        """Take a webhook of an alert source.

        The same delivery may be sent any number of times. Anything but a 2xx means that not everything is
        stored: 5xx asks for the delivery again, 4xx says what to mend first.
        """
        self._admit(source, request.headers.get("authorization", ""))
        alerts = _parsed(source, await request.body())
        for word in dict.fromkeys(alert.unknown_status for alert in alerts if alert.unknown_status):
            log.warning("unknown status taken as firing", source=source, status=word)
        rules = self._dependencies.rules
        groups = [replace(group, pinned=rules.dated(group.pinned)) for group in groups_of(rules.book, alerts)]
        stored = await self._store(source, groups)
        self._dependencies.metrics.accepted(source, len(alerts))
        numbers = tuple(dict.fromkeys(where.number for where in stored))
        log.info("alerts stored", source=source, alerts=len(alerts), incidents=numbers)
        return AlertsStored(accepted=len(alerts), incidents=numbers)

    def _admit(self, source: str, authorization: str) -> None:
        if source not in SOURCES:
            known = ", ".join(sorted(SOURCES))
            raise refused(
                HTTPStatus.NOT_FOUND, "unknown-source", f"there is no such source; known are {known}"
            )
        known_here = self._dependencies.rules.authenticator
        if not known_here.takes_from(source):
            text = (
                f"{source} is not configured: write sources: {{{source}: {{token: env:NAME}}}} in stanch.yaml"
            )
            raise refused(HTTPStatus.NOT_FOUND, "source-not-configured", text)
        known_here.let_in(source, authorization)

    async def _store(self, source: str, groups: Sequence[Group]) -> list[Accepted]:
        """All or an error; what was stored before the error is stored once however often it comes again."""
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(self._take(group)) for group in groups]
        except ExceptionGroup as failed:
            because = failed.exceptions[0]
            log.warning("alerts not stored", source=source, groups=len(groups), error=type(because).__name__)
            raise because from None
        return [stored for task in running if (stored := task.result()) is not None]

    async def _take(self, group: Group) -> Accepted | None:
        began = time.perf_counter()
        stored = await in_time(self._dependencies.control.take(group))
        self._dependencies.metrics.taking(time.perf_counter() - began)
        return stored


def groups_of(book: Book, alerts: Iterable[Alert]) -> list[Group]:
    """One group per key, in the order in which they first appear; nothing is left out."""
    matched: dict[str, list[tuple[Alert, Pinned]]] = {}
    for alert in alerts:
        pinned = book.match(alert)
        matched.setdefault(book.group_key(alert, pinned), []).append((alert, pinned))
    return [
        Group(key=key, pinned=_gravest(rows), alerts=tuple(alert for alert, _ in rows))
        for key, rows in matched.items()
    ]


def _gravest(rows: Sequence[tuple[Alert, Pinned]]) -> Pinned:
    """The scenario of the gravest firing alert; among equals one that can do something, then the first."""
    firing = [row for row in rows if row[0].firing] or rows
    return min(firing, key=lambda row: (severity_of(row[1], [row[0]]).rank, not row[1].options))[1]


def _parsed(source: str, body: bytes) -> tuple[Alert, ...]:
    try:
        return SOURCES[source].parse(_json(body))
    except SourceError as error:
        raise refused(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong-shape", str(error), error.field) from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        because = f"{error.msg} at line {error.lineno} column {error.colno}"
    except (ValueError, RecursionError) as error:
        because = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else "it is beyond all measure"
    raise refused(HTTPStatus.BAD_REQUEST, "not-json", f"the body is not JSON: {because}")


def routes(dependencies: Dependencies) -> APIRouter:
    """Where alerts are posted."""
    router = APIRouter(tags=["alerts"])
    examples = {name: {"summary": name, "value": source.EXAMPLE} for name, source in SOURCES.items()}
    content = {"application/json": {"schema": {"type": "object"}, "examples": examples}}
    router.add_api_route(
        "/alerts/{source}",
        AlertRoutes(dependencies).receive,
        methods=["POST"],
        status_code=HTTPStatus.ACCEPTED,
        summary="Take a webhook of an alert source",
        responses=documented(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        openapi_extra={"requestBody": {"required": True, "content": content}},
        dependencies=[_TOKEN, _PASSWORD],
    )
    return router
