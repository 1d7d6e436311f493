"""`cloudflare.logs`: lines of Workers Logs, counted.

developers.cloudflare.com/workers/observability/logs/workers-logs, read 2026-11: kept three days on the free
plan and seven on others; sampled at the head by the Worker's own setting, and by Cloudflare where there are
too many.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.cloudflare.client import PROVIDER, Cloudflare, account, script
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine, begin_of, has_arrived
from activities.portable.log_reader import LogReader, Shown
from stanch.errors import Rejected, Unavailable
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_A_PAGE = 2000
_PAGES = 5
_DONE = "COMPLETED"
_WELL = "ok"
_SUMMARY = "cf-worker-event"
"""Beside what the code logged (`cf-worker`) stands a summary of each request, which alone has its outcome
(cloudflare/mcp-server-cloudflare#418, read 2026-11)."""
_LATE = timedelta(minutes=1)
"""Lines were seen to arrive after 10 to 45 s: without one of that time some may be on their way."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Metadata(_Answer):
    id: str = ""
    message: str | None = None
    error: str | None = None
    type: str | None = None


class _Workers(_Answer):
    outcome: str | None = None


class Event(_Answer):
    """One event; `source` is the line, as text or as the object that was logged."""

    timestamp: int
    source: Any = None
    metadata: _Metadata = Field(default=_Metadata(), alias="$metadata")
    workers: _Workers | None = Field(default=None, alias="$workers")

    @property
    def outcome(self) -> str:
        """How the request ended, where that is told and it did not end well."""
        outcome = (self.workers.outcome if self.workers else None) or _WELL
        return "" if outcome == _WELL else outcome

    @property
    def tells(self) -> bool:
        """False of Cloudflare's own summary of a request that ended well: nobody logged that."""
        return self.metadata.type != _SUMMARY or bool(self.metadata.error or self.outcome)

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromtimestamp(self.timestamp / 1000, UTC)

    @property
    def line(self) -> LoggedLine:
        """What was logged, with the error where that is not said in it."""
        source = self.source if isinstance(self.source, str) else json.dumps(self.source, ensure_ascii=False)
        told = self.metadata.message or source or ""
        error = self.metadata.error or self.outcome
        text = told if error in told else f"{told} {error}"
        return LoggedLine(at=self.at, text=text.strip())


class _Switch(_Answer):
    enabled: bool | None = None
    head_sampling_rate: float | None = None


class _Observability(_Switch):
    logs: _Switch | None = None

    @property
    def on(self) -> bool:
        """Whether lines are kept at all."""
        return bool(self.enabled if self.logs is None else self.logs.enabled)

    @property
    def whole(self) -> bool:
        """Whether every request's lines are kept."""
        rates = (self.head_sampling_rate, self.logs.head_sampling_rate if self.logs else None)
        return all(rate is None or rate >= 1 for rate in rates)


class ReadLogs(LogReader[Cloudflare]):
    """`cloudflare.logs`."""

    spec: ClassVar = ReadingSpec(
        name="cloudflare.logs",
        says="Lines of Workers Logs, counted",
        result=LogCount,
        arguments=LogArguments,
        of="cloudflare",
        needs=("Workers Scripts:Read", "Workers Observability:Read"),
    )

    async def shown(self, look: Look) -> Shown:
        """Newest lines first, at most ten thousand; not whole where lines are sampled, left off or late."""
        target = look.the_target
        kept, found = await asyncio.gather(self._kept(target), self._events(target, look))
        if not kept.on:
            raise Rejected(PROVIDER, f"{target.name} keeps no logs: switch observability on in its settings")
        events, whole = found
        arrived = has_arrived((one.at for one in events), look, _LATE)
        return Shown([one.line for one in events if one.tells], whole and kept.whole and arrived)

    async def _kept(self, target: Target) -> _Observability:
        found = await self.vendor.result("GET", f"{script(target)}/script-settings") or {}
        return self.vendor.api.parse(_Observability, found.get("observability") or {})

    async def _events(self, target: Target, look: Look) -> tuple[list[Event], bool]:
        """The events of the time asked for, and whether these are all."""
        found: list[Event] = []
        whole = True
        for _ in range(_PAGES):
            last = found[-1].metadata.id if found else ""
            page = await self._page(target, look, last)
            events = page.get("events") or {}
            listed = [self.vendor.api.parse(Event, one) for one in events.get("events") or []]
            found += listed
            whole = whole and _unsampled(page)
            if len(listed) < _A_PAGE:
                return found, whole and len(found) >= int(events.get("count") or 0)
        return found, False

    async def _page(self, target: Target, look: Look, after: str) -> dict[str, Any]:
        body = {
            "queryId": "stanch",
            "dry": True,
            "view": "events",
            "limit": _A_PAGE,
            "timeframe": {"from": _milliseconds(begin_of(look)), "to": _milliseconds(look.as_of)},
            "parameters": {
                "datasets": ["cloudflare-workers"],
                "filters": [
                    {"key": "$metadata.service", "operation": "eq", "type": "string", "value": target.name}
                ],
            },
            **({"offset": after, "offsetDirection": "next"} if after else {}),
        }
        path = f"{account(target)}/workers/observability/telemetry/query"
        found: dict[str, Any] = await self.vendor.result("POST", path, json=body) or {}
        status = (found.get("run") or {}).get("status") or _DONE
        if status != _DONE:
            raise Unavailable(PROVIDER, f"the query of {target.name}'s logs is {status.lower()}, not done")
        return found


def _unsampled(page: dict[str, Any]) -> bool:
    """A level above 1 means that Cloudflare itself looked at a part only."""
    return float((page.get("statistics") or {}).get("abr_level") or 1) <= 1


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
