"""What Hosting and App Hosting can be asked: what is live, and what was live before."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.firebase import sites
from activities.firebase.client import Firebase
from activities.firebase.rollouts import backend
from activities.firebase.target import backend_of, site_of
from stanch.errors import Rejected
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect


class Hosting(Reading):
    """What a site's visitors get, and what could be gone back to."""

    version: str
    by: str
    type: str
    released_at: Annotated[datetime | None, AgeAs("age")]
    is_suspect: bool
    previous_version: str | None = None

    def line(self) -> str:
        """`9f8e7d6c by ana, suspect; before it 1a2b3c4d`."""
        suspect = ", suspect" if self.is_suspect else ""
        before = f"; before it {self.previous_version}" if self.previous_version else "; nothing before it"
        return f"{self.version} by {self.by}{suspect}{before}"


class ReadHosting(Reader[Firebase]):
    """`firebase.hosting`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.hosting",
        says="The version of the site that is live, its age, whether it is suspect, and the one before it",
        result=Hosting,
        of="firebase",
        needs=("firebasehosting.sites.get",),
    )

    async def read(self, look: Look) -> Hosting:
        """Reads the last releases."""
        site = site_of(look.the_target)
        every = await sites.releases(self.vendor, site)
        if not every:
            raise Rejected("firebase", f"{site} has no release")
        now, before = sites.went_live(every), sites.healthy_before(every)
        return Hosting(
            version=now.shows,
            by=now.author,
            type=now.type,
            released_at=now.release_time,
            is_suspect=is_suspect(
                now.release_time,
                look.first_bad_at,
                before.release_time if before else None,
                confounded=False,
                deploying=False,
            ),
            previous_version=before.shows if before else None,
        )


class Rollouts(Reading):
    """What an App Hosting backend's visitors get, and what could be gone back to."""

    version: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    deploying: bool
    is_suspect: bool
    branch: str
    """The branch whose pushes go live by themselves."""
    previous_version: str | None = None

    def line(self) -> str:
        """`build-003, suspect; before it build-002`."""
        suspect = ", suspect" if self.is_suspect else ""
        before = f"; before it {self.previous_version}" if self.previous_version else "; nothing before it"
        return f"{self.version}{suspect}{before}"


class ReadRollouts(Reader[Firebase]):
    """`firebase.rollouts`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.rollouts",
        says="The live build of the App Hosting backend, its age, whether it is suspect, and the one before",
        result=Rollouts,
        of="firebase",
        needs=("firebaseapphosting.traffic.get", "firebaseapphosting.rollouts.list"),
    )

    async def read(self, look: Look) -> Rollouts:
        """Reads the last rollouts and what visitors get."""
        found = await backend(self.vendor, backend_of(look.the_target))
        brought, before = found.brought, found.previous
        if not found.traffic.live:
            raise Rejected("firebase", f"visitors of {found.id} do not all get one build")
        finished = brought.finished_at if brought else None
        deploying = found.under_way(look.as_of) is not None
        return Rollouts(
            version=found.traffic.live,
            finished_at=finished,
            deploying=deploying,
            is_suspect=is_suspect(
                finished,
                look.first_bad_at,
                before.finished_at if before else None,
                confounded=False,
                deploying=deploying,
            ),
            branch=found.traffic.branch,
            previous_version=before.shows if before else None,
        )
