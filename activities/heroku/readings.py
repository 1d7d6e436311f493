"""What Heroku can be asked of an app: what runs there, and its releases."""

import asyncio
from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.heroku.client import READS, Fleet, Heroku
from activities.heroku.history import config_changes, deployed, healthy_before, running, under_way
from stanch.errors import Rejected
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect


class Status(Reading):
    """The dynos of an app, or of one of its process types, as they are now."""

    count: int
    wanted: int
    """How many there shall be."""
    up: int
    crashed: int
    starting: int
    size: str = ""
    maintenance: bool = False
    version: int = 0
    mixed: bool = False
    """True while dynos run different releases."""
    one_off: int = 0
    last_started_at: Annotated[datetime | None, AgeAs("age")] = None

    def line(self) -> str:
        """`2 of 2 dynos up on v42, standard-1x`."""
        crashed = f", {self.crashed} crashed" if self.crashed else ""
        mode = "; maintenance mode is on" if self.maintenance else ""
        return f"{self.up} of {self.wanted} dynos up on v{self.version}{crashed}, {self.size}{mode}"


class ReadStatus(Reader[Heroku]):
    """`heroku.status`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.status",
        says="Dynos of the app: how many, how many up or crashed, which size and release; maintenance mode",
        result=Status,
        of="heroku",
        needs=READS,
        good_when="it.wanted > 0 && it.up == it.wanted && it.crashed == 0 && !it.maintenance",
    )

    async def read(self, look: Look) -> Status:
        """Counts the formation's dynos by their state; one-off dynos are counted apart."""
        target = look.the_target
        app, formation, every = await asyncio.gather(
            self.vendor.app(target), self.vendor.formation(target), self.vendor.dynos(target)
        )
        only = target.at.get("process_type", "")
        types = [one for one in formation if only in {"", one.type}]
        names, fleet = {one.type for one in types}, Fleet([], formation, every)
        dynos = [dyno for dyno in fleet.dynos if dyno.type in names]
        states = [dyno.state for dyno in dynos]
        largest = next((one for one in types if one.type == "web"), types[0] if types else None)
        return Status(
            count=len(dynos),
            wanted=sum(one.quantity for one in types),
            up=sum(dyno.is_well for dyno in dynos),
            crashed=states.count("crashed"),
            starting=states.count("starting"),
            size=largest.sized if largest else "",
            maintenance=app.maintenance,
            version=max((dyno.version for dyno in dynos), default=0),
            mixed=len({dyno.version for dyno in dynos}) > 1,
            one_off=len(every) - len(fleet.dynos),
            last_started_at=max((dyno.created_at for dyno in dynos), default=None),
        )


class Releases(Reading):
    """The release that brought the running code, and what could be gone back to."""

    version: int
    code: str
    says: str
    by: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    deploying: bool
    is_suspect: bool
    config_changes: int
    """Releases since then that changed only config vars or add-ons."""
    config_changed_at: Annotated[datetime | None, AgeAs("config_age")] = None
    failed_version: int | None = None
    """The newest release, where its release phase failed: it does not run."""
    previous_version: int | None = None
    previous_code: str | None = None

    def line(self) -> str:
        """`v42 Deploy 7f3c1d2e by ana, suspect; before it v41`."""
        suspect = ", suspect" if self.is_suspect else ""
        config = f", {self.config_changes} config changes since" if self.config_changes else ""
        failed = f"; v{self.failed_version} failed" if self.failed_version else ""
        before = f"; before it v{self.previous_version}" if self.previous_version else "; nothing before it"
        return f"v{self.version} {self.says} by {self.by}{suspect}{config}{failed}{before}"


class ReadReleases(Reader[Heroku]):
    """`heroku.releases`."""

    spec: ClassVar = ReadingSpec(
        name="heroku.releases",
        says="The running code's release, its age, whether it is suspect, and the last healthy one before it",
        result=Releases,
        of="heroku",
        needs=READS,
    )

    async def read(self, look: Look) -> Releases:
        """Reads releases until one with other code is found."""
        target = look.the_target
        releases = await self.vendor.releases(target, lambda found: healthy_before(found) is not None)
        now = deployed(releases)
        if now is None:
            raise Rejected("heroku", f"{target.name} has no release that went out")
        before, since = healthy_before(releases), config_changes(releases)
        deploying = under_way(releases, look.as_of) is not None
        newest = releases[0]
        failed = newest.failed and newest is not running(releases)
        return Releases(
            version=now.version,
            code=now.code,
            says=now.says,
            by=now.author,
            finished_at=now.created_at,
            deploying=deploying,
            is_suspect=is_suspect(
                now.created_at,
                look.first_bad_at,
                before.created_at if before else None,
                confounded=bool(since) or failed,  # its release phase may have run migrations
                deploying=deploying,
            ),
            config_changes=len(since),
            config_changed_at=since[0].created_at if since else None,
            failed_version=newest.version if failed else None,
            previous_version=before.version if before else None,
            previous_code=before.code if before else None,
        )
