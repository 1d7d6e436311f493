"""The disk is looked at now and then, and people are told before it is full: then nothing tells any more."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from activities.channels import Channels
from stanch.errors import StanchError
from stanch.model.alert import Severity
from stanch.model.message import Message
from stanch.model.team import Team
from stanch.secrets import Redactor

EVERY = timedelta(minutes=10)
_HEADLINE = "Stanch itself: its disk is nearly full"
log = logging.getLogger(__name__)


async def watch(
    team: Team, redactor: Redactor, room: Callable[[], Sequence[str]], every: timedelta = EVERY
) -> None:
    """Tells every channel once a day as long as there is little room; never ends by itself."""
    channels, told = Channels(team.channels, redactor), ""
    while True:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        if (says := "; ".join(room())) and told != today:
            log.warning("%s", says)
            told = today
            for name in [name for name, channel in team.channels.items() if channel.webhook]:
                await _tell(channels, _message(name, says, today))
        await asyncio.sleep(every.total_seconds())


async def _tell(channels: Channels, message: Message) -> None:
    try:
        await channels.tell(message)
    except StanchError as error:
        log.warning("%s was not told of the disk: %s", message.channel, error)


def _message(channel: str, says: str, day: str) -> Message:
    return Message(
        channel=channel,
        kind="disk",
        incident="",
        service="",
        severity=Severity.HIGH,
        headline=_HEADLINE,
        text=says,
        key=f"disk/{channel}/{day}",
    )
