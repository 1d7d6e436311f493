"""What people are told."""

from pydantic import AwareDatetime

from stanch.model.alert import Severity
from stanch.model.base import Frozen


class TimelineEntry(Frozen):
    """One line of the timeline."""

    at: AwareDatetime
    kind: str
    text: str
    by: str = "stanch"


class Message(Frozen):
    """What people are told; a channel renders it."""

    channel: str
    kind: str
    incident: str
    service: str
    severity: Severity
    headline: str
    text: str
    key: str
    """The same message twice is one message."""
