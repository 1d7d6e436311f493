"""What became of a Fly app of late: log lines and releases."""

from typing import Any, ClassVar

from activities.contract import Reader
from activities.fly.answers import LogLine
from activities.fly.client import Fly
from activities.fly.releases import Release
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine
from activities.portable.log_reader import LogReader, Shown
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec

NEEDS = ("read-only token of the app",)
_PAGES = 50
_RELEASES = 25
_SORTS = {"SECRETS": Sort.CONFIG, "SCALE": Sort.SCALE, "CONFIG": Sort.CONFIG}
"""Why flyctl made a release; whatever else it says is a deployment."""


class ReadLogs(LogReader[Fly]):
    """`fly.logs`."""

    spec: ClassVar = ReadingSpec(
        name="fly.logs",
        says="Lines of the app's log, counted; at least, for Fly keeps a short history",
        result=LogCount,
        arguments=LogArguments,
        of="fly",
        needs=NEEDS,
    )

    async def shown(self, look: Look) -> Shown:
        """All that Fly still has."""
        return Shown(await logged(self.vendor, look.the_target.name), whole=False)


async def logged(fly: Fly, app: str) -> list[LoggedLine]:
    """The app's log, page after page until Fly has no newer line; a line's source is its machine."""
    token = ""
    lines: list[LoggedLine] = []
    for _ in range(_PAGES):
        page = await fly.log_page(app, token)
        said = [(one or {}).get("attributes") for one in page.get("data") or []]
        lines += _lines(fly, said)
        newer = str((page.get("meta") or {}).get("next_token") or "")
        if not said or newer in {"", token}:
            break
        token = newer
    return lines


def _lines(fly: Fly, said: list[Any]) -> list[LoggedLine]:
    """A line whose time cannot be read is left out; where none can be, the shape is another."""
    found, wrong = [], None
    for one in said:
        try:
            line = fly.api.parse(LogLine, one)
        except Rejected as error:
            wrong = error
            continue
        found.append(LoggedLine(at=line.timestamp, text=line.message, source=line.instance))
    if wrong and not found:
        raise wrong
    return found


class ReadRecent(Reader[Fly]):
    """`fly.recent`."""

    spec: ClassVar = ReadingSpec(
        name="fly.recent",
        says="Releases of the last minutes: deployments, secrets set, sizes and counts changed, by whom",
        result=Recent,
        arguments=RecentArguments,
        of="fly",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Recent:
        """Fly makes a release of each; the API's own machine updates leave none."""
        target = look.the_target
        releases = await self.vendor.releases(target.name)
        since = asked_since(look)
        reaches = len(releases) < _RELEASES or releases[-1].created_at < since
        return recent([_happening(one, target.key) for one in releases], look, complete=reaches)


def _happening(release: Release, where: str) -> Happening:
    return Happening(
        at=release.finished_at if release.complete else release.created_at,
        sort=_SORTS.get((release.reason or "").upper(), Sort.DEPLOY),
        what=release.name + ("" if release.complete else f" {release.status}"),
        by=release.author,
        where=where,
    )
