"""PagerDuty's Events API v2 (2026-11): an incident there for each of ours, by its number."""

from typing import Any

from activities.channels.carrier import Line
from activities.connection import Connection
from activities.http import Api
from stanch.model.alert import Severity
from stanch.model.channel import CALLING
from stanch.model.message import Delivered, Message

_BASE = "https://events.pagerduty.com"
_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
_ACTIONS = {
    **dict.fromkeys(CALLING, ("trigger",)),
    "acknowledged": ("acknowledge",),
    "closed": ("resolve",),
    "test": ("trigger", "resolve"),
}
"""What is said there; any other message concerns nobody who is paged."""
_LONGEST_SUMMARY = 1024


class PagerDutyCarrier:
    """One integration of a service; who is on call there is PagerDuty's to know."""

    def __init__(self, line: Line) -> None:
        self._key = line.secret(line.channel.token)
        connection = Connection(base_url=line.channel.base_url or _BASE)
        self._api = Api("pagerduty", connection, line.redactor)

    async def deliver(self, message: Message) -> Delivered:
        """The same event again changes nothing there: the key is the incident's number."""
        for action in _ACTIONS.get(message.kind, ()):
            await self._api.post("/v2/enqueue", self._event(action, message))
        return Delivered()

    def _event(self, action: str, message: Message) -> dict[str, Any]:
        event = {
            "routing_key": self._key,
            "event_action": action,
            "dedup_key": message.incident or message.key,
        }
        if action != "trigger":
            return event
        called = {"called": ", ".join(message.calls)} if message.calls else {}
        return event | {
            "payload": {
                "summary": f"{message.incident} {message.headline}".strip()[:_LONGEST_SUMMARY],
                "source": message.service or "stanch",
                "severity": _SEVERITIES[message.severity],
                "component": message.service,
                "class": message.kind,
                "custom_details": {**called, "text": message.text},
            }
        }

    async def prove(self) -> str:
        """A key can only be tried by an event."""
        return "has an integration key; nothing was sent"


CARRIER = PagerDutyCarrier
