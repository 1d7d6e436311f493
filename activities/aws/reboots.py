"""Reboots of what stands beside a service: RDS and ElastiCache keep no free text of one.

Their trace is an event that it restarted, newer than the last one known in planning. Events are best effort:
they come minutes late, out of order or never (Aurora user guide, working with events, read 2026-11). So this
worker also remembers what it has seen go away, which is back when it is available again.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from activities.aws.client import Aws
from activities.contract import Seen
from stanch.model.change import Change, Target, Unit

AVAILABLE = "available"
RESTARTED = "restarted"
_REBOOTING = "rebooting"
_TWO_WEEKS_IN_MINUTES = 14 * 24 * 60


async def told(aws: Aws, target: Target, action: str, kind: str, sign: re.Pattern[str]) -> list[datetime]:
    """When events of the target bore such a sign, in the two weeks that AWS keeps."""
    found, _ = await aws.pages(
        target,
        action,
        "Events",
        SourceType=kind,
        SourceIdentifier=target.name,
        Duration=_TWO_WEEKS_IN_MINUTES,
    )
    return [one["Date"] for one in found if sign.search(str(one.get("Message") or ""))]


def reboot(name: str, events: Iterable[datetime]) -> Unit:
    """A restart that is newer than the last one that is told of."""
    last = max(events, default=None)
    return Unit(id=name, was=last.isoformat() if last else "", to=RESTARTED)


class Reboots:
    """What one worker has seen of the reboots that it looks at."""

    def __init__(self) -> None:
        self._away: set[tuple[str, str]] = set()

    def seen(
        self, change: Change, unit: Unit, status: str, events: Iterable[datetime], done: frozenset[str]
    ) -> Seen:
        """A restart that is newer than the planned one, or a reboot that is under way or was seen to be."""
        rebooting, key = status.lower().startswith(_REBOOTING), (change.marker, unit.id)
        if rebooting:
            self._away.add(key)
        busy = "" if status == AVAILABLE else f"{unit.id} is {status}"
        restarted = any(_is_newer(at, unit) for at in events) or key in self._away
        if restarted or unit.id in done:
            told = "" if restarted else "accepted; it was not seen to go, and no event tells of the restart"
            return Seen(RESTARTED, busy or told, shown=status)
        # Whatever else it is busy with passes; asking while it does would only be refused.
        return Seen(unit.was, busy, shown=status)


def _is_newer(at: datetime, unit: Unit) -> bool:
    return not unit.was or at > datetime.fromisoformat(str(unit.was))
