"""`firebase.logs`: lines of a function or service, from Cloud Logging.

entries.list of logging v2 (cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list, read 2026-11).
Lines arrive one to ten seconds late, and later on a bad day. A project may ask some sixty times a minute:
where every pattern is plain text, Google is asked for lines that contain it: few requests.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.firebase.answers import Answered
from activities.firebase.client import LOGGING, Firebase
from activities.firebase.target import project_of, region_of, service_id
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine, count, has_arrived
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_PAGE = 1000
_MOST_PAGES = 5
_LATE = timedelta(minutes=1)
"""Six times what people see: without any line of that time, some may still be on their way."""
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()\"]")


class Entry(Answered):
    """One entry; its text stands in `textPayload` or in the payload's `message`."""

    timestamp: datetime | None = None
    receive_timestamp: datetime | None = None
    insert_id: str = ""
    severity: str = "DEFAULT"
    text_payload: str = ""
    json_payload: dict[str, Any] = Field(default_factory=dict)
    resource: dict[str, Any] = Field(default_factory=dict)

    @property
    def line(self) -> LoggedLine | None:
        """As a line; None without an instant."""
        at = self.timestamp or self.receive_timestamp
        if at is None:
            return None
        labels = self.resource.get("labels") or {}
        source = labels.get("revision_name") or labels.get("function_name") or ""
        return LoggedLine(at=at, text=f"{self.severity} {self._text}", source=str(source))

    @property
    def _text(self) -> str:
        if self.text_payload or not self.json_payload:
            return self.text_payload
        if "message" in self.json_payload:
            return str(self.json_payload["message"])
        return " ".join(value for value in self.json_payload.values() if isinstance(value, str))


class ReadLogs(Reader[Firebase]):
    """`firebase.logs`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.logs",
        says="Lines of the function's or service's log that match, such as ERROR or a word the code writes",
        result=LogCount,
        arguments=LogArguments,
        of="firebase",
        needs=("logging.logEntries.list",),
    )

    async def read(self, look: Look) -> LogCount:
        """Counts what Google shows, five pages at most; newest first, so that what is missing is oldest."""
        target, wanted = look.the_target, LogArguments.model_validate(look.arguments)
        lines, whole = await self._lines(target, _filter(target, wanted, look))
        whole = whole and await self._has_arrived(lines, look, wanted.within)
        return count(lines, look, self.vendor.redactor, whole=whole)

    async def _has_arrived(self, lines: Iterable[LoggedLine], look: Look, within: timedelta) -> bool:
        """Only lines that may match were asked for: where those are none of late, any line proves as much."""
        if has_arrived((line.at for line in lines), look.as_of, within, _LATE):
            return True
        latest = " AND ".join((*_between(look.as_of - _LATE, look.as_of), *_where(look.the_target)))
        others, _ = await self._lines(look.the_target, latest, pages=1, size=1)
        return has_arrived((line.at for line in others), look.as_of, within, _LATE)

    async def _lines(
        self, target: Target, wanted: str, *, pages: int = _MOST_PAGES, size: int = _PAGE
    ) -> tuple[list[LoggedLine], bool]:
        """The newest lines that a filter lets through, and whether these are all."""
        asked = {
            "resourceNames": [f"projects/{project_of(target)}"],
            "filter": wanted,
            "orderBy": "timestamp desc",
            "pageSize": size,
        }
        found: dict[str, LoggedLine] = {}
        token = ""
        for _ in range(pages):
            body = {**asked, **({"pageToken": token} if token else {})}
            answer = (await self.vendor.ask("POST", LOGGING, "v2/entries:list", json=body)).data or {}
            for given in answer.get("entries") or []:
                entry = self.vendor.api.parse(Entry, given)
                if entry.line:
                    # Late lines shift the pages, so that a line may come twice.
                    found[f"{entry.timestamp} {entry.insert_id or len(found)}"] = entry.line
            token = str(answer.get("nextPageToken") or "")
            if not token:
                break
        return [*found.values()], not token


def _filter(target: Target, wanted: LogArguments, look: Look) -> str:
    parts = [
        *_between(look.as_of - wanted.within, look.as_of),
        *_where(target),
    ]
    if not any(_SPECIAL.search(pattern) for pattern in wanted.matching):
        parts.append(f"({' OR '.join(_holding(wanted.matching))})")
    return " AND ".join(parts)


def _between(begin: datetime, end: datetime) -> tuple[str, str]:
    return f'timestamp>="{_instant(begin)}"', f'timestamp<="{_instant(end)}"'


def _holding(words: Iterable[str]) -> Iterator[str]:
    """What a line has to hold: a word of its text, in upper or lower case, or of its severity."""
    for word in words:
        yield json.dumps(word)
        yield from (f"severity={severity}" for severity in _SEVERITIES if word in f"{severity} ")


def _where(target: Target) -> list[str]:
    service, function = service_id(target), target.at.get("function", "")
    if not service:
        return ['(resource.type="cloud_run_revision" OR resource.type="cloud_function")']
    run = f'(resource.type="cloud_run_revision" AND resource.labels.service_name="{service}"'
    run += f' AND resource.labels.location="{region_of(target)}")'
    if not function:
        return [run]
    return [f'({run} OR (resource.type="cloud_function" AND resource.labels.function_name="{function}"))']


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
