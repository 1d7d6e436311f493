"""What became of a Fly app of late: log lines, memory, restarts, releases, and secrets by their names."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.fly.answers import Event, LogLine
from activities.fly.client import Fly
from activities.fly.readings import size_of
from activities.fly.releases import Release
from activities.portable.log_lines import LogArguments, LogCount, LoggedLine, count
from stanch.errors import Rejected
from stanch.model.base import Duration, Frozen, Written
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.recent import Happening, Recent, RecentArguments, Sort, asked_since, recent
from stanch.model.verb import ReadingSpec

NEEDS = ("read-only token of the app",)
_PAGES = 50
_RELEASES = 25
_EVENTS = 50
_SORTS = {"SECRETS": Sort.CONFIG, "SCALE": Sort.SCALE, "CONFIG": Sort.CONFIG}
"""Why flyctl made a release; whatever else it says is a deployment."""


class ReadLogs(Reader[Fly]):
    """`fly.logs`."""

    spec: ClassVar = ReadingSpec(
        name="fly.logs",
        says="Lines of the app's log that match, counted; at least, for Fly keeps a short history",
        result=LogCount,
        arguments=LogArguments,
        of="fly",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> LogCount:
        """Page after page until Fly has no newer line."""
        app, token = look.the_target.name, ""
        lines: list[LoggedLine] = []
        for _ in range(_PAGES):
            page = await self.vendor.log_page(app, token)
            said = [(one or {}).get("attributes") for one in page.get("data") or []]
            lines += self._told(said)
            newer = str((page.get("meta") or {}).get("next_token") or "")
            if not said or newer in {"", token}:
                break
            token = newer
        return count(lines, look, self.vendor.redactor, whole=False)

    def _told(self, said: list[Any]) -> list[LoggedLine]:
        """A line whose time cannot be read is left out; where none can be, the shape is another."""
        found, wrong = [], None
        for one in said:
            try:
                line = self.vendor.api.parse(LogLine, one)
            except Rejected as error:
                wrong = error
                continue
            found.append(LoggedLine(at=line.timestamp, text=line.message, source=line.instance))
        if wrong and not found:
            raise wrong
        return found


class MemoryArguments(Written):
    """How far back."""

    within: Duration = Field(default=timedelta(minutes=15), gt=timedelta(0), le=timedelta(days=1))


class Memory(Reading):
    """What ended and started again in the last minutes; `at_least` where machines told no further back."""

    oom_killed: Annotated[int, AtLeast("at_least")]
    exits: Annotated[int, AtLeast("at_least")]
    restarts: Annotated[int, AtLeast("at_least")]
    """Starts that came after an exit."""
    at_least: bool
    machines: int
    memory_mb: int = 0
    size: str = ""
    last_oom_at: Annotated[datetime | None, AgeAs("age")] = None

    def line(self) -> str:
        """`at least 4 out-of-memory exits, 4 restarts, shared-cpu-1x 256 MB`."""
        least = "at least " if self.at_least else ""
        happened = f"{least}{self.oom_killed} out-of-memory exits, {self.restarts} restarts"
        return f"{happened}, {self.size} {self.memory_mb} MB"


class ReadMemory(Reader[Fly]):
    """`fly.memory`."""

    spec: ClassVar = ReadingSpec(
        name="fly.memory",
        says="Out-of-memory exits and restarts of the last minutes, and how much memory a machine has",
        result=Memory,
        arguments=MemoryArguments,
        of="fly",
        needs=NEEDS,
        good_when="it.oom_killed == 0",
    )

    async def read(self, look: Look) -> Memory:
        """Each machine's last events; more than Fly shows of one may have happened."""
        target = look.the_target
        since = look.as_of - MemoryArguments.model_validate(look.arguments).within
        machines = await self.vendor.machines(target)
        told = await asyncio.gather(*(self.vendor.events(target.name, machine.id) for machine in machines))
        inside = [[event for event in events if _at(event) >= since] for events in told]
        exits = [event for events in inside for event in events if event.type == "exit"]
        killed = [event for event in exits if event.oom_killed]
        return Memory(
            oom_killed=len(killed),
            exits=len(exits),
            restarts=sum(_restarts(events) for events in inside),
            at_least=any(len(events) >= _EVENTS and _at(events[-1]) >= since for events in told),
            machines=len(machines),
            memory_mb=int(machines[0].guest.get("memory_mb") or 0) if machines else 0,
            size=size_of(machines[0]) if machines else "",
            last_oom_at=max((_at(event) for event in killed), default=None),
        )


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


class SecretName(Frozen):
    """One secret: its name, what tells whether it changed, and when it was last set."""

    name: str
    digest: str
    updated_at: datetime | None


class Secrets(Reading):
    """The names of an app's secrets, last set first; values are never asked for."""

    count: int
    secrets: tuple[SecretName, ...]
    newest_at: Annotated[datetime | None, AgeAs("age")]

    def line(self) -> str:
        """`3 secrets, last CLERK_SECRET_KEY 02:50`."""
        if not self.newest_at:
            return f"{self.count} secrets"
        return f"{self.count} secrets, last {self.secrets[0].name} {self.newest_at:%Y-%m-%d %H:%M}"


class ReadSecrets(Reader[Fly]):
    """`fly.secrets`."""

    spec: ClassVar = ReadingSpec(
        name="fly.secrets",
        says="Names and digests of the app's secrets, and when each was last set; never a value",
        result=Secrets,
        of="fly",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Secrets:
        """Digests change with values, and say nothing of them."""
        stored = await self.vendor.secrets(look.the_target.name)
        oldest = datetime.min.replace(tzinfo=UTC)
        newest = sorted(stored.values(), key=lambda one: one.updated_at or oldest, reverse=True)
        named = [SecretName(name=one.name, digest=one.digest, updated_at=one.updated_at) for one in newest]
        return Secrets(
            count=len(named), secrets=tuple(named), newest_at=named[0].updated_at if named else None
        )


def _at(event: Event) -> datetime:
    return datetime.fromtimestamp(event.timestamp / 1000, UTC)


def _restarts(events: Sequence[Event]) -> int:
    """Starts after an exit; newest first, as Fly lists them."""
    ordered = sorted(events, key=lambda event: event.timestamp)
    restarts, exited = 0, False
    for event in ordered:
        restarts += exited and event.type == "start"
        exited = event.type == "exit" or (exited and event.type != "start")
    return restarts


def _happening(release: Release, where: str) -> Happening:
    return Happening(
        at=release.finished_at if release.complete else release.created_at,
        sort=_SORTS.get((release.reason or "").upper(), Sort.DEPLOY),
        what=f"v{release.version}" + ("" if release.complete else f" {release.status}"),
        by=release.author,
        where=where,
    )
