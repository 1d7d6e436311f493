"""`netlify.logs`: lines of the site's functions, counted.

The public description knows no logs. Netlify's own command line reads them from another host of Netlify's
(netlify/cli, src/commands/logs/log-api.ts, read 2026-11), kept for a day or a week by plan and not promised
to be whole: a count says at least.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from activities.netlify.answers import Function, LogPage
from activities.netlify.client import NEEDS, Netlify
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine, begin_of
from activities.portable.log_reader import LogReader, Shown
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_MOST_FUNCTIONS = 10
_MOST_PAGES = 10


class ReadLogs(LogReader[Netlify]):
    """`netlify.logs`."""

    spec: ClassVar = ReadingSpec(
        name="netlify.logs",
        says="Lines in the logs of the site's functions, counted; at least",
        result=LogCount,
        arguments=LogArguments,
        of="netlify",
        needs=NEEDS,
    )

    async def shown(self, look: Look) -> Shown:
        """Asks for each function's lines, page by page."""
        site = await self.vendor.site(look.the_target)
        listed = await self.vendor.get(f"sites/{site.id}/functions")
        functions = [self.vendor.api.parse(Function, line) for line in _functions(listed)]
        asked = [self._lines(site.id, one, look) for one in functions[:_MOST_FUNCTIONS] if one.name]
        found = [line for lines in await asyncio.gather(*asked) for line in lines]
        return Shown(found, whole=False)

    async def _lines(self, site: str, function: Function, look: Look) -> list[LoggedLine]:
        branch = f"branch/{quote(function.branch, safe='')}/" if function.branch else ""
        path = f"{self.vendor.logs}/v2/sites/{site}/{branch}function_logs/{quote(function.name, safe='')}"
        span = {"from": _milliseconds(begin_of(look)), "to": _milliseconds(look.as_of)}
        found: list[LoggedLine] = []
        cursor: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = self.vendor.api.parse(LogPage, await self.vendor.get(path, {**span, **cursor}))
            found += [
                LoggedLine(
                    at=datetime.fromtimestamp(one.ts / 1000, UTC),
                    text=one.message or "",
                    source=function.name,
                )
                for one in page.logs or ()
            ]
            if not page.next:
                break
            cursor = {"cursor": page.next}
        return found


def _functions(listed: Any) -> Iterable[Any]:
    """The description speaks of a list of bundles, Netlify's command line finds one bundle."""
    bundles = listed if isinstance(listed, list) else [listed or {}]
    return [function for bundle in bundles for function in bundle.get("functions") or []]


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
