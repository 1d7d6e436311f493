"""`firebase.roll_back_hosting`: a site's visitors back on the version that was live before.

Hosting releases an earlier version anew, without a build. It says that its CDN is purged at once
(firebase.google.com/docs/hosting/manage-cache); people saw some edges serve what was before, by domain and
region (firebase-tools#269, #9148, read 2026-11). The vendor has no lock for it: what is live is read just
before.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.firebase import sites
from activities.firebase.client import HOSTING, Firebase
from activities.firebase.sites import DISABLED, Release
from activities.firebase.target import project_of, site_of
from activities.portable.verbs import EarlierRelease
from stanch.errors import PolicyError
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

EDGES = (
    "some edges of the CDN may serve what was before for minutes, at worst hours, and browsers keep a page as"
    " long as its headers say: look at the site from outside too"
)


class RollBackHostingArguments(EarlierRelease):
    """`release` by its id; without it, the last one before the live one that is still kept."""


class HostingSettings(Settings):
    """The site by its id."""

    site: str


class RollBackHosting(Verb[Firebase]):
    """Releases an earlier version of a site anew."""

    spec: ClassVar = VerbSpec(
        name="firebase.roll_back_hosting",
        says="A Hosting site back on the version that was live before",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds",
            visitors_after=timedelta(minutes=5),
            visitors="at some edges hours; browsers keep pages for up to an hour",
        ),
        arguments=RollBackHostingArguments,
        of="firebase",
        if_no_help=NoHelp.UNDO,
        effects=(
            "the whole site goes back: pages, rewrites and headers; functions stay as they are",
            "the next firebase deploy goes live as always",
            EDGES,
        ),
        needs=("firebasehosting.sites.get", "firebasehosting.sites.update"),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the version; refuses where none is kept, and where the site was switched off."""
        wanted = arguments_of(RollBackHostingArguments, request)
        site = site_of(request.target)
        every = await sites.releases(self.vendor, site)
        if not every or every[0].shows == DISABLED:
            raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, f"{site} shows nothing: it has no live version")
        now, goal = every[0], _chosen(site, every, wanted.release)
        moves = goal.shows != now.shows
        return self.change(
            request,
            [Unit(id="live", was=now.shows, to=goal.shows)] if moves else [],
            f"roll site {site} back from {now.shows} to {goal.shows}",
            because=f"{goal.shows} was live from {goal.release_time:%Y-%m-%d %H:%M} UTC, by {goal.author}",
            settings=HostingSettings(site=site),
            nothing_to_do=f"visitors already get {goal.shows}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The version of the newest release."""
        now = await sites.live(self.vendor, HostingSettings.of(change).site)
        return {unit.id: Seen(now.shows) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes a release of the version, whose message names the incident."""
        site = HostingSettings.of(change).site
        await self.vendor.write(
            "POST",
            HOSTING,
            f"v1beta1/sites/{site}/releases",
            params={"versionName": f"sites/{site}/versions/{unit.to}"},
            json={"message": change.marker},
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`firebase hosting:clone` of the site onto itself."""
        site, project = HostingSettings.of(change).site, project_of(change.target)
        return [
            f"firebase hosting:clone {site}:@{unit.to} {site}:live --project {project}"
            for unit in change.units
        ]


def _chosen(site: str, every: tuple[Release, ...], wanted: str) -> Release:
    if not wanted:
        found = sites.healthy_before(every)
        if found is None:
            raise PolicyError(
                Rule.NOTHING_TO_ROLL_BACK_TO, f"{site} has no earlier version that is still kept"
            )
        return found
    named = next((one for one in every if one.shows == wanted), None)
    if named is None or not named.can_be_shown_again:
        raise PolicyError(Rule.NO_SUCH_RELEASE, f"{wanted} is none of {site}'s versions that are still kept")
    return named
