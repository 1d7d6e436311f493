"""`vercel.logs`: what the deployment that visitors get says, counted while it is listened to.

The API streams lines as they come and need not end; what came before is not promised
(vercel.com/docs/rest-api/logs and docs/cli/logs, read 2026-11). A count says at least; history is what a log
drain keeps.
"""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.portable.log_lines import LogArguments, LogCount, LoggedLine
from activities.portable.log_reader import LogReader, Shown
from activities.vercel.client import NEEDS, Vercel, scope_of
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

LISTEN = timedelta(seconds=4)
_DELIMITER = "delimiter"
"""A row of Vercel's own, which says only that lines were left out."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    at: int = Field(alias="timestampInMs")
    message: str | None = ""
    source: str | None = ""
    path: str | None = Field(default="", alias="requestPath")


class ReadLogs(LogReader[Vercel]):
    """`vercel.logs`."""

    spec: ClassVar = ReadingSpec(
        name="vercel.logs",
        says="Lines in the log of what visitors get, counted; at least",
        result=LogCount,
        arguments=LogArguments,
        of="vercel",
        needs=NEEDS,
    )

    async def shown(self, look: Look) -> Shown:
        """Listens for some seconds; lines that come meanwhile are the newest of the asked-for time."""
        target = look.the_target
        project = await self.vendor.project(target)
        live = await self.vendor.live(target, project)
        path = f"v1/projects/{project.id}/deployments/{live}/runtime-logs"
        said = await self.vendor.api.lines(path, scope_of(target), LISTEN)
        rows = [self.vendor.api.parse(_Row, one) for one in said]
        lines = [
            LoggedLine(
                at=datetime.fromtimestamp(row.at / 1000, UTC), text=row.message or "", source=row.path or ""
            )
            for row in rows
            if row.source != _DELIMITER
        ]
        return Shown(lines, whole=False, until=max([look.as_of, *(line.at for line in lines)]))
