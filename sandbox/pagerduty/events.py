"""PagerDuty's Events API: one integration, whose events are put together by their key."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.answers import AnswerError, json_of
from sandbox.ledger import EffectKind
from sandbox.pagerduty.keys import ROUTING
from sandbox.pagerduty.world import PagerDutyWorld

_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")
_LONGEST_KEY, _LONGEST_SUMMARY = 255, 1024


class Events:
    """Takes an event and answers at once; what becomes of it is known later."""

    def __init__(self, world: PagerDutyWorld) -> None:
        self._world = world

    async def enqueue(self, request: Request) -> Response:
        """202 for what has the right shape and key."""
        event = await json_of(request) or {}
        if wrong := list(_wrong(event)):
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
            raise AnswerError(HTTPStatus.BAD_REQUEST, body)
        key = event["dedup_key"]
        self._world.events.setdefault(key, []).append(event)
        self._world.ledger.record("pagerduty.event", key, kind=EffectKind.ACT, to=event["event_action"])
        answer = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(answer, HTTPStatus.ACCEPTED)


def _wrong(event: dict[str, Any]) -> list[str]:
    payload = event.get("payload") or {}
    checks = {
        "Invalid routing key": event.get("routing_key") == ROUTING,
        "'event_action' is invalid": event.get("event_action") in _ACTIONS,
        "'dedup_key' is invalid": 0 < len(event.get("dedup_key", "")) <= _LONGEST_KEY,
    }
    if event.get("event_action") == "trigger":
        checks |= {
            "'payload.summary' is missing or blank": 0 < len(payload.get("summary", "")) <= _LONGEST_SUMMARY,
            "'payload.source' is missing or blank": bool(payload.get("source")),
            "'payload.severity' is invalid": payload.get("severity") in _SEVERITIES,
        }
    return [said for said, holds in checks.items() if not holds]
