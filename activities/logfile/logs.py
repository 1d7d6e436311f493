"""`logfile.logs`: lines of a log file that is reached by HTTP, counted."""

import asyncio
from datetime import UTC, timedelta, tzinfo
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from activities.addresses import shown
from activities.logfile.client import PROVIDER, Files
from activities.logfile.times import Clock
from activities.portable.log_lines import LogArguments, LogCount, begin_of, has_arrived
from activities.portable.log_reader import LogReader, Shown
from stanch.errors import Rejected
from stanch.model.address import OpenAddress
from stanch.model.base import Written
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_LATE = timedelta(minutes=1)
"""Programs that gather lines before they write keep them for seconds: a margin, nobody gives a number."""


def _zone(name: str) -> tzinfo:
    """Machines without a table of zones know this one."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _is_zone(name: str) -> str:
    try:
        _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{name!r} is no time zone that is known here: write one such as UTC or Europe/Lisbon"
        raise ValueError(message) from error
    return name


class FileTarget(Written):
    """`also_on: [{provider: logfile, url: …}]`; `zone` is that of times that name none."""

    url: OpenAddress
    bearer: str = ""
    """The name of a team secret that the address asks for."""
    zone: Annotated[str, AfterValidator(_is_zone)] = "UTC"


class ReadFile(LogReader[Files]):
    """`logfile.logs`."""

    spec: ClassVar = ReadingSpec(
        name="logfile.logs",
        says="Lines at the end of a log file, reached by HTTP, counted",
        result=LogCount,
        arguments=LogArguments,
        of=PROVIDER,
    )

    async def shown(self, look: Look) -> Shown:
        """The file's end; where that begins within the time asked for, it is not whole.

        That holds for a file that is short, too: what came before may have been put aside. And for one to
        which nobody wrote in the last minute: they may write to another by now, and its silence is no proof.
        """
        target = look.the_target
        text = await self.vendor.end_of(target.name, target.at.get("bearer", ""))
        # Megabytes of lines take a moment, in which the worker has other things to do.
        return await asyncio.to_thread(_parted, text, look)


def _parted(text: str, look: Look) -> Shown:
    target = look.the_target
    lines = [*Clock(look.as_of, _zone(target.at.get("zone", "UTC"))).lines(text.split("\n"))]
    if text.strip() and not lines:
        raise Rejected(PROVIDER, f"no line of {shown(target.name)} says when it was written")
    arrived = has_arrived((line.at for line in lines), look, _LATE)
    return Shown(lines, arrived and lines[0].at < begin_of(look))
