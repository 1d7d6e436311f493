"""`logfile.logs`: lines of a log file that is reached by HTTP, counted."""

import asyncio
from datetime import UTC, timedelta, tzinfo
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from activities.addresses import shown
from activities.contract import Reader
from activities.logfile.client import PROVIDER, Files
from activities.logfile.times import Clock
from activities.portable.log_lines import LogArguments, LogCount, count, has_arrived
from stanch.errors import Rejected
from stanch.model.address import OpenAddress
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


class FileArguments(LogArguments):
    """Which lines of which file; `zone` is that of times that name none."""

    url: OpenAddress
    bearer: str = ""
    """The name of a team secret that the address asks for."""
    zone: Annotated[str, AfterValidator(_is_zone)] = "UTC"


class ReadFile(Reader[Files]):
    """`logfile.logs`."""

    spec: ClassVar = ReadingSpec(
        name="logfile.logs",
        says="Lines at the end of a log file, reached by HTTP, in which an expression is found, counted",
        result=LogCount,
        arguments=FileArguments,
    )

    async def read(self, look: Look) -> LogCount:
        """Counts at the file's end; where that begins within the time asked for, it is *at least*.

        That holds for a file that is short, too: what came before may have been put aside. And for one to
        which nobody wrote in the last minute: they may write to another by now, and its silence is no proof.
        """
        asked = FileArguments.model_validate(look.arguments)
        text = await self.vendor.end_of(asked.url, asked.bearer)
        # Megabytes of lines take a moment, in which the worker has other things to do.
        return await asyncio.to_thread(self._counted, text, asked, look)

    def _counted(self, text: str, asked: FileArguments, look: Look) -> LogCount:
        lines = [*Clock(look.as_of, _zone(asked.zone)).lines(text.split("\n"))]
        if text.strip() and not lines:
            raise Rejected(PROVIDER, f"no line of {shown(asked.url)} says when it was written")
        arrived = has_arrived((line.at for line in lines), look.as_of, asked.within, _LATE)
        whole = arrived and lines[0].at < look.as_of - asked.within
        of_lines = asked.model_dump(mode="json", include={"matching", "within"})
        counted = look.model_copy(update={"arguments": of_lines})
        return count(lines, counted, self.vendor.redactor, whole=whole)
