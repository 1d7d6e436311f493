"""What Heroku can be asked of an app: what runs there, and its releases."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from activities.contract import Reader
from activities.heroku.answers import Dyno, Release
from activities.heroku.client import READS, Fleet, Heroku
from activities.heroku.history import config_changes, deployed, healthy_before, running, under_way
from activities.heroku.log import Log, log_of
from activities.portable.releases import Releases
from activities.portable.status import Status, StatusArguments
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

_KILLED = re.compile(r"^Error R15 ")
"""Twice its memory, and its processes are killed (devcenter.heroku.com/articles/error-codes, 2026-11)."""
_RESTARTED = re.compile(r"^State changed from crashed to starting")


class Dynos(Status):
    """The dynos of an app, or of one of its process types, as they are now."""

    copies: ClassVar = "dynos"
    maintenance: bool = False
    """Visitors are answered 503, whatever runs."""
    mixed: bool = False
    """Dynos run different releases."""
    one_off: int = 0

    def states(self) -> list[str]:
        """What explains a 503 that no dyno answered."""
        said = (("maintenance mode is on", self.maintenance), ("of different releases", self.mixed))
        return [*super().states(), *(text for text, holds in said if holds)]


class ReadStatus(Reader[Heroku]):
    """`heroku.status`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.status",
        says="Dynos of the app: how many run or crashed, how large, killed and restarted; maintenance mode",
        result=Dynos,
        arguments=StatusArguments,
        of="heroku",
        needs=READS,
        good_when=(
            "!it.is_down && it.running >= it.wanted && it.failing_copies == 0"
            " && !it.settling && !it.maintenance"
        ),
        leaves_out=("is_slow", "cpu", "memory", "hit_rate", "memory_mb", "connections", "free"),
    )

    async def read(self, look: Look) -> Dynos:
        """Counts the formation's dynos by their state; the log tells which were killed or restarted."""
        target = look.the_target
        app, formation, every = await asyncio.gather(
            self.vendor.app(target), self.vendor.formation(target), self.vendor.dynos(target)
        )
        only = target.at.get("process_type", "")
        types = [one for one in formation if only in {"", one.type}]
        names, fleet = {one.type for one in types}, Fleet([], formation, every)
        dynos = [dyno for dyno in fleet.dynos if dyno.type in names]
        largest = next((one for one in types if one.type == "web"), types[0] if types else None)
        begins = look.begins(StatusArguments.model_validate(look.arguments).within)
        log = None if app.is_fir else await log_of(self.vendor, target)
        return Dynos(
            is_down=_is_down(dynos, names),
            settling=any(dyno.state == "starting" for dyno in dynos),
            count=len(dynos),
            wanted=sum(one.quantity for one in types),
            running=sum(dyno.is_well for dyno in dynos),
            failing_copies=sum(dyno.state == "crashed" for dyno in dynos),
            memory_kills=_said(log, _KILLED, names, begins),
            restarts=_said(log, _RESTARTED, names, begins),
            is_cut=log is not None and not log.is_whole(look),
            size=(largest.sized or None) if largest else None,
            restarted_at=max((dyno.created_at for dyno in dynos), default=None),
            maintenance=app.maintenance,
            mixed=len({dyno.version for dyno in dynos}) > 1,
            one_off=len(every) - len(fleet.dynos),
        )


def _is_down(dynos: Sequence[Dyno], types: set[str]) -> bool:
    """Visitors reach web dynos alone, where an app has any."""
    asked = {"web"} if "web" in types else types
    return not any(dyno.is_well for dyno in dynos if dyno.type in asked)


def _said(log: Log | None, pattern: re.Pattern[str], types: set[str], since: datetime) -> int | None:
    """How often Heroku said so of a dyno of these types; None where it keeps no lines."""
    if log is None:
        return None
    return sum(
        bool(pattern.search(line.text))
        for line in log.lines
        if line.at >= since and line.source.startswith("heroku[") and _type_of(line.source) in types
    )


def _type_of(source: str) -> str:
    """`web` of `heroku[web.1]`."""
    return source.partition("[")[2].removesuffix("]").rpartition(".")[0]


class HerokuReleases(Releases):
    """The release that brought the running code, and what could be gone back to."""

    config_changes: int
    """Releases since then that changed only config vars or add-ons."""

    def states(self) -> list[str]:
        """Other config vars may be the cause as well."""
        changes = [f"{self.config_changes} config changes since"] if self.config_changes else []
        return [*super().states(), *changes]


class ReadReleases(Reader[Heroku]):
    """`heroku.releases`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.releases",
        says="The running code's release, its age, whether it is suspect, and the last healthy one before it",
        result=HerokuReleases,
        of="heroku",
        needs=READS,
        leaves_out=("held",),
    )

    async def read(self, look: Look) -> HerokuReleases:
        """Reads releases until one with other code is found."""
        target = look.the_target
        releases = await self.vendor.releases(target, lambda found: healthy_before(found) is not None)
        now = deployed(releases)
        if now is None:
            raise Rejected("heroku", f"{target.name} has no release that went out")
        before, since = healthy_before(releases), config_changes(releases)
        deploying = under_way(releases, look.as_of) is not None
        newest = now if releases[0] is running(releases) else releases[0]
        return HerokuReleases(
            name=now.name,
            commit=_commit(now, releases),
            by=now.by,
            finished_at=now.created_at,
            previous=before.name if before else None,
            newest=newest.name,
            newest_commit=_commit(newest, releases),
            newest_at=newest.created_at,
            is_newest=newest is now,
            newest_failed=newest.failed,
            deploying=deploying,
            is_suspect=is_suspect(
                now.created_at,
                look.first_bad_at,
                before.created_at if before else None,
                confounded=bool(since) or newest.failed,  # its release phase may have run migrations
                deploying=deploying,
            ),
            config_changes=len(since),
        )


def _commit(release: Release, releases: Sequence[Release]) -> str | None:
    """What its code was built of; a rollback does not tell, the release that first had the code does."""
    same = (one for one in releases if one.code == release.code)
    return next((one.commit for one in same if one.commit), None)
