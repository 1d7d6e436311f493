"""`firebase.logs`: lines of a function or service, from Cloud Logging.

entries.list of logging v2 (cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list, read 2026-11).
Lines arrive one to ten seconds late, and later on a bad day. A project may ask some sixty times a minute:
where all that is wanted are words, Google is asked for lines that contain one: few requests.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import Field

from activities.firebase.answers import Answered
from activities.firebase.client import LOGGING, Firebase
from activities.firebase.target import project_of, region_of, service_id
from activities.portable.log_lines import (
    LogArguments,
    LogCount,
    LoggedLine,
    as_text,
    begin_of,
    has_arrived,
    wanted_of,
)
from activities.portable.log_reader import LogReader, OfAll, Shown
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_PAGE = 1000
_MOST_PAGES = 5
_LATE = timedelta(minutes=1)
"""Six times what people see: without any line of that time, some may still be on their way."""
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()\"=]")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANY_CASE = "(?i)"


class Entry(Answered):
    """One entry; its text stands in `textPayload` or in the payload's `message`, beside other fields."""

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
        fields = {**self.json_payload}
        return as_text(self.text_payload or str(fields.pop("message", "")), fields)


class ReadLogs(LogReader[Firebase]):
    """`firebase.logs`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.logs",
        says="Lines of the function's or service's log, each with its severity in front, counted",
        result=LogCount,
        arguments=LogArguments,
        of="firebase",
        needs=("logging.logEntries.list",),
    )

    async def shown(self, look: Look) -> Shown:
        """What Google shows, five pages at most; newest first, so that what is missing is oldest.

        Where named counts are all that is asked for, and all of them are words, only such lines are fetched.
        """
        wanted, words = wanted_of(look), _words(wanted_of(look))
        lines, whole = await self._lines(look.the_target, _filter(look, words))
        whole = whole and await self._has_arrived(lines, look)
        some = bool(words) and not wanted.matching
        return Shown(lines, whole, OfAll(count=0, is_cut=True) if some else None)

    async def _has_arrived(self, lines: Iterable[LoggedLine], look: Look) -> bool:
        """Only lines that may match were asked for: where those are none of late, any line proves as much."""
        if has_arrived((line.at for line in lines), look, _LATE):
            return True
        latest = " AND ".join((*_between(look.as_of - _LATE, look.as_of), *_where(look.the_target)))
        others, _ = await self._lines(look.the_target, latest, pages=1, size=1)
        return has_arrived((line.at for line in others), look, _LATE)

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


def _filter(look: Look, words: Iterable[str]) -> str:
    parts = [*_between(begin_of(look), look.as_of), *_where(look.the_target)]
    if holding := [*_holding(words)]:
        parts.append(f"({' OR '.join(holding)})")
    return " AND ".join(parts)


def _words(wanted: LogArguments) -> list[str]:
    """What Google can look for: one of these is in every line that matters; none where that cannot be said.

    Google takes no notice of upper and lower case, so `(?i)` may be left out.
    """
    named = () if wanted.by or wanted.number or wanted.keep else wanted.count.values()
    plain = [pattern.removeprefix(_ANY_CASE) for pattern in wanted.matching or named]
    words = [word for pattern in plain for word in pattern.split("|")]
    return [] if any(not word.strip() or _SPECIAL.search(word) for word in words) else words


def _between(begin: datetime, end: datetime) -> tuple[str, str]:
    return f'timestamp>="{_instant(begin)}"', f'timestamp<="{_instant(end)}"'


def _holding(words: Iterable[str]) -> Iterator[str]:
    """What a line has to hold: a word of its text, in upper or lower case, a field, or its severity."""
    for word in words:
        yield json.dumps(word)
        yield from (f"jsonPayload.{field}:*" for field in _FIELD.findall(word) if field == word)
        yield from (f"severity={severity}" for severity in _SEVERITIES if word.upper() in f"{severity} ")
        first, _, rest = word.partition(" ")
        if rest and any(severity.endswith(first.upper()) for severity in _SEVERITIES):
            yield json.dumps(rest)


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
