"""Grafana's endpoint for alerts, as far as it is asked."""

import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, malformed
from sandbox.clock import digest_of, written
from sandbox.grafana.keys import GrafanaKey
from sandbox.grafana.world import GrafanaAlert, GrafanaWorld
from sandbox.keys import shown

_PATH = "/grafana/api/alertmanager/grafana/api/v2/alerts"
_SHOWS = {"active", "silenced", "inhibited"}
_MATCHER = re.compile(r'(?P<name>[A-Za-z_][A-Za-z0-9_]*)="(?P<value>(?:[^"\\]|\\.)*)"')
_ESCAPED = {r"\n": "\n"}
_TAKES = "You'll need additional permissions to perform this action. Permissions needed: alert.instances:read"


def routes(world: GrafanaWorld) -> list[Route]:
    """The one endpoint."""
    return [Route(_PATH, Alerts(world).all, methods=["GET"])]


@dataclass
class Alerts:
    """The alerts of one organization, all of them in one answer."""

    world: GrafanaWorld

    async def all(self, request: Request) -> Response:
        """Those that every matcher fits."""
        _permit(request)
        if self.world.is_starting:
            raise AnswerError(503, {"message": "alertmanager is not initialised yet", "traceID": ""})
        query = request.query_params
        if strange := {*query} - _SHOWS - {"filter"}:
            raise malformed(request, f"{min(strange)} is not a known parameter", HTTPStatus.BAD_REQUEST)
        matchers = [_matcher(request, text) for text in query.getlist("filter")]
        found = [
            one
            for one in self.world.alerts
            if all(one.labels.get(name, "") == value for name, value in matchers)
            and not (one.silenced_by and query.get("silenced") == "false")
            and not (one.inhibited_by and query.get("inhibited") == "false")
            and (one.silenced_by or one.inhibited_by or query.get("active") != "false")
        ]
        bodies = [self._body(one) for one in found]
        return JSONResponse(sorted(bodies, key=lambda body: str(body["fingerprint"])))

    def _body(self, one: GrafanaAlert) -> dict[str, Any]:
        fingerprint = digest_of(str(sorted(one.labels.items())))[:16]
        return {
            "annotations": {"summary": one.summary},
            "endsAt": written(self.world.clock.now() + timedelta(minutes=4)),
            "fingerprint": fingerprint,
            "receivers": [{"name": "night"}],
            "startsAt": one.since.strftime("%Y-%m-%dT%H:%M:%S.%f789Z"),
            "status": {
                "inhibitedBy": one.inhibited_by,
                "mutedBy": [],
                "silencedBy": one.silenced_by,
                "state": "suppressed" if one.silenced_by or one.inhibited_by else "active",
            },
            "updatedAt": written(self.world.clock.now()),
            "generatorURL": f"https://grafana.example/alerting/grafana/{fingerprint}/view?orgId=1",
            "labels": one.labels,
        }


def _permit(request: Request) -> None:
    key = shown(request)
    if key not in tuple(GrafanaKey):
        body = {
            "message": "Invalid API key",
            "messageId": "api-key.invalid",
            "statusCode": 401,
            "traceID": "",
        }
        raise AnswerError(HTTPStatus.UNAUTHORIZED, body)
    if key == GrafanaKey.NO_ALERTS:
        refused = {"accessErrorId": "ACE0000000001", "message": _TAKES, "title": "Access denied"}
        raise AnswerError(HTTPStatus.FORBIDDEN, refused)


def _matcher(request: Request, text: str) -> tuple[str, str]:
    """A label and its value, in quotation marks in which a backslash hides what follows it."""
    found = _MATCHER.fullmatch(text)
    if not found:
        raise malformed(request, f"bad matcher format: {text}", HTTPStatus.BAD_REQUEST)
    value = re.sub(r"\\.", lambda hidden: _ESCAPED.get(hidden[0], hidden[0][1:]), found["value"])
    return found["name"], value
