"""Reboots of what stands beside a service: RDS and ElastiCache keep no free text of one.

Their trace is an event that it restarted, newer than the last one known in planning.
"""

import re
from datetime import datetime

from activities.aws.client import Aws
from activities.contract import Seen
from stanch.model.change import Target, Unit

AVAILABLE = "available"
RESTARTED = "restarted"
_REBOOTING = "rebooting"
_TWO_WEEKS_IN_MINUTES = 14 * 24 * 60


async def last_told(
    aws: Aws, target: Target, action: str, source: tuple[str, str], sign: re.Pattern[str]
) -> datetime | None:
    """When events of a source last bore such a sign, in the two weeks that AWS keeps."""
    kind, name = source
    found, _ = await aws.pages(
        target,
        action,
        "Events",
        SourceType=kind,
        SourceIdentifier=name,
        Duration=_TWO_WEEKS_IN_MINUTES,
    )
    return max((one["Date"] for one in found if sign.search(str(one.get("Message") or ""))), default=None)


def reboot(name: str, last: datetime | None) -> Unit:
    """A restart that is newer than the last one that is told of."""
    return Unit(id=name, was=last.isoformat() if last else "", to=RESTARTED)


def seen_reboot(unit: Unit, name: str, status: str, last: datetime | None, done: frozenset[str]) -> Seen:
    """A restart that is newer than the planned one, or a reboot that is under way."""
    busy = "" if status == AVAILABLE else f"{name} is {status}"
    known = datetime.fromisoformat(str(unit.was)) if unit.was else None
    restarted = last is not None and (known is None or last > known)
    if restarted or unit.id in done or status.lower().startswith(_REBOOTING):
        told = "" if restarted else "no event tells of the restart yet"
        return Seen(RESTARTED, busy or told, shown=status)
    # Whatever else it is busy with passes; asking while it does would only be refused.
    return Seen(unit.was, busy, shown=status)
