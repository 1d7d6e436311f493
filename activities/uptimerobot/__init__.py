"""`uptimerobot.monitors`: whether services are up, seen from somewhere else.

API v3, https://api.uptimerobot.com/v3 (uptimerobot.com/api/v3, read 2026-11): pages by a cursor; 10 requests
a minute on the free plan. Monitors look every few minutes only: what they say may be as old as that.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import Field

from activities.connection import Connection
from activities.contract import Reader
from activities.http import Api
from activities.integration import Credential, Integration, Proof, Surroundings
from activities.portable.verbs import none_of
from activities.uptimerobot.answers import DOWN, UP, Monitor, UptimeRobotAnswer
from activities.uptimerobot.find import FINDER
from stanch.errors import Rejected
from stanch.masking import link
from stanch.model.base import Frozen, Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.sighting import SeenUp
from stanch.model.verb import ReadingSpec, TargetSpec

PROVIDER = "uptimerobot"
ADDRESS = "https://api.uptimerobot.com"
_A_PAGE = 200
_PAGES = 10
_SHOWN = 12
_SEEN = 100
_A_MINUTE = 10


class UptimeRobotTarget(Written):
    """`also_on: [{provider: uptimerobot, monitor: NAME}]`, or its number: one that watches the service."""

    monitor: Annotated[str, Field(min_length=1, max_length=250)]


class MonitorArguments(Written):
    """Instead of the service's own monitor, those of these names or numbers, or with any of these tags."""

    monitors: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    tags: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class OneMonitor(Frozen):
    """One monitor that is looked at."""

    name: str
    url: str
    """What it looks at."""
    is_up: bool


class Monitors(Reading):
    """What UptimeRobot sees of the wanted monitors; those that are paused are not counted."""

    checked: int
    up: int
    down: int
    unsure: int
    """Just begun, or looking down and not confirmed from a second place."""
    paused: int
    is_up: bool | None
    """There are some, and every one is up; unknown where they may not have been looked at since it is bad."""
    is_down: bool | None
    """Some one is down; unknown where none is and not all are up."""
    names_down: tuple[str, ...] = ()
    cause: str = ""
    """What UptimeRobot says of the one that is down for longest."""
    down_since: Annotated[datetime | None, AgeAs("down_for")] = None
    changed_at: Annotated[datetime | None, AgeAs("age")] = None
    """When any of them became what it is."""
    seen_up: tuple[SeenUp, ...] = ()
    """The addresses that are up, without their queries, for a probe that may be kept from them."""
    up_since: datetime | None = None
    """Since when all of them are."""
    looks_every: timedelta
    """How long the slowest of them waits between two looks."""
    monitors: tuple[OneMonitor, ...] = ()
    """Each of them: the first twelve."""

    def line(self) -> str:
        """`1 of 3 down since 02:54: backend health (HTTP 503)`."""
        if not self.checked:
            return "no monitor is looked at"
        if not self.down:
            unsure = f", {self.unsure} not sure" if self.unsure else ""
            before = "" if self.is_up is not None else ", perhaps not looked at since it is bad"
            since = f" since {self.up_since:%Y-%m-%d %H:%M} UTC" if self.up_since else ""
            return f"{self.up} of {self.checked} up{since}{unsure}{before}"
        since = f" since {self.down_since:%H:%M}" if self.down_since else ""
        cause = f" ({self.cause})" if self.cause else ""
        return f"{self.down} of {self.checked} down{since}: {', '.join(self.names_down)}{cause}"


class UptimeRobot:
    """One connection to UptimeRobot for all of a worker's activities."""

    def __init__(self, api: Api) -> None:
        self.api = api

    @classmethod
    def connect(cls, around: Surroundings) -> "UptimeRobot":
        """From the team's settings."""
        connection = Connection(
            base_url=f"{(around.settings.base_url or ADDRESS).rstrip('/')}/v3/",
            headers={"Authorization": f"Bearer {around.token(PROVIDER)}"},
        )
        return cls(Api(PROVIDER, connection, around.redactor))

    async def monitors(self, tags: tuple[str, ...]) -> list[Monitor]:
        """All monitors, or those with any of these tags."""
        params: dict[str, Any] = {"limit": _A_PAGE}
        if tags:
            params["tags"] = ",".join(tags)
        found: list[Monitor] = []
        for _ in range(_PAGES):
            answer = (await self.api.get("monitors", params=params)).data or {}
            found += [self.api.parse(Monitor, line) for line in answer.get("data") or []]
            cursor = httpx.URL(answer.get("nextLink") or "").params.get("cursor")
            if not cursor:
                return found
            params["cursor"] = cursor
        raise Rejected(PROVIDER, f"has more than {_A_PAGE * _PAGES} monitors: narrow them by tags")


class ReadMonitors(Reader[UptimeRobot]):
    """`uptimerobot.monitors`."""

    spec: ClassVar = ReadingSpec(
        name="uptimerobot.monitors",
        says="Whether monitors at UptimeRobot are up, which are down, since when and why",
        result=Monitors,
        arguments=MonitorArguments,
        of=PROVIDER,
        needs=("read-only API key",),
        good_when="it.is_up",
    )

    async def read(self, look: Look) -> Monitors:
        """Counts the wanted monitors by what they say; a name that there is not is refused."""
        asked = MonitorArguments.model_validate(look.arguments)
        own = () if asked.tags else (look.the_target.name,)
        found = _wanted(await self.vendor.monitors(asked.tags), asked.monitors or own)
        looked_at = [one for one in found if one.is_looked_at]
        down = sorted(
            (one for one in looked_at if one.status == DOWN),
            key=lambda one: one.since(look.as_of) or look.as_of,
        )
        up = sum(one.status == UP for one in looked_at)
        changes = [at for one in looked_at if (at := one.since(look.as_of))]
        looks_every = timedelta(seconds=max((one.interval for one in looked_at), default=0))
        is_new = look.first_bad_at is not None and look.as_of - look.first_bad_at < looks_every
        all_up = 0 < len(looked_at) == up
        is_up = None if all_up and is_new else all_up
        return Monitors(
            checked=len(looked_at),
            up=up,
            down=len(down),
            unsure=len(looked_at) - up - len(down),
            paused=len(found) - len(looked_at),
            is_up=is_up,
            is_down=True if down else False if is_up else None,
            names_down=tuple(one.called for one in down[:_SHOWN]),
            cause=self._cause(down[0]) if down else "",
            down_since=down[0].since(look.as_of) if down else None,
            changed_at=max(changes, default=None),
            seen_up=tuple(seen for one in looked_at if (seen := one.seen_up(look.as_of)))[:_SEEN],
            up_since=max(changes, default=None) if all_up else None,
            looks_every=looks_every,
            monitors=tuple(map(_told, looked_at[:_SHOWN])),
        )

    def _cause(self, monitor: Monitor) -> str:
        said = (monitor.incident.reason if monitor.incident else None) or ""
        return self.vendor.api.clean(" ".join(said.split()))[:200]


def _told(monitor: Monitor) -> OneMonitor:
    return OneMonitor(name=monitor.called, url=link(monitor.url or ""), is_up=monitor.status == UP)


def _wanted(found: list[Monitor], names: tuple[str, ...]) -> list[Monitor]:
    """Those of these names or identifiers; all when none is named."""
    by_name: dict[str, list[Monitor]] = {}
    for one in found:
        for name in {one.called.casefold(), str(one.id)}:
            by_name.setdefault(name, []).append(one)
    missing = [name for name in names if name.casefold() not in by_name]
    if missing:
        here = ", ".join(sorted(one.called for one in found)[:_SHOWN]) or "none"
        raise Rejected(PROVIDER, f"has no monitor {missing[0]}; it has {here}")
    chosen = {one.id: one for name in names for one in by_name[name.casefold()]}
    return [*chosen.values()] if names else found


class _User(UptimeRobotAnswer):
    monitors: int = Field(alias="monitorsCount")


async def prove(uptimerobot: UptimeRobot, _: Target) -> Proof:
    """The account that the key is of. Whether a key may write, only a change would show (2026-11)."""
    data = (await uptimerobot.api.get("user/me")).data
    return Proof(f"{uptimerobot.api.parse(_User, data).monitors} monitors seen")


INTEGRATION = Integration(
    name="uptimerobot",
    connect=UptimeRobot.connect,
    readings=(ReadMonitors,),
    target=TargetSpec(UptimeRobotTarget, "monitor"),
    vendor=True,
    credential=Credential(prove, made_by="Integrations & API, read-only API key"),
    offers_none=none_of("nothing of the service runs at UptimeRobot"),
    per_second=_A_MINUTE / 60,
    finder=FINDER,
)
