"""What is wrong with deployments beside the code itself: merged and not deployed, gone, without its files."""

from typing import Literal

from sandbox.causes.cause import SINCE, Cause, service_of
from sandbox.causes.shipping import commit_of
from sandbox.furnishing import Furnished
from sandbox.instances import ImpossibleError
from sandbox.named_places import CodeState, Headway
from stanch.model.base import Duration

_GONE = "a release that is gone"


class MergedChange(Cause, kind="merged"):
    """A change was merged, and nobody has deployed it."""

    of: str
    title: str = "Write the numbers of a page above it"
    by: str = "ana"
    ago: Duration = SINCE

    def bring_about(self, world: Furnished) -> None:
        """The code host alone knows of it."""
        commit = commit_of(self.of, self.title, self.ago)
        world.tell(self.of, CodeState(commit, self.title, self.by, self.ago, headway=Headway.MERGED))


class EarlierReleases(Cause, kind="earlier"):
    """Nothing that ran before can run again."""

    of: str
    are: Literal["gone"] = "gone"

    def bring_about(self, world: Furnished) -> None:
        """What runs goes on running."""
        place = world.place(self.of)
        vendor_world, hosting = world.hosting(place)
        if hosting.forget is None:
            raise ImpossibleError(f"no earlier release goes away at {place.provider} here")
        hosting.forget(vendor_world, place)


class PageFiles(Cause, kind="page_files"):
    """The page names scripts and styles that are not there: a cache's page of old, or the release's own."""

    of: str
    are: Literal["stale", "missing"] = "stale"

    def bring_about(self, world: Furnished) -> None:
        """A stale page is cured by a purge, a release without its files by another one."""
        service = service_of(world, self.of)
        if self.are == "missing":
            service.front.without_files |= service.releases()
        else:
            service.keep_page(_GONE)
