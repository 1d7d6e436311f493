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
    team: Callable[[], Team], redactor: Redactor, room: Callable[[], Sequence[str]], every: timedelta = EVERY
) -> None:
    """Tells every channel of the team once a day as long as there is little room; never ends by itself."""
    told = ""
    while True:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        if (says := "; ".join(room())) and told != today:
            log.warning("%s", says)
            told = today
            told_now = team()
            for name in [name for name, one in told_now.channels.items() if one.is_told_by_itself]:
                await _tell(told_now, redactor, _message(name, says, today))
        await asyncio.sleep(every.total_seconds())


async def _tell(team: Team, redactor: Redactor, message: Message) -> None:
    try:
        await Channels(team, redactor).tell(message)
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
