"""A new build of production's branch, found again by our marker, its title; and the way back from it.

Netlify builds the newest commit of the branch and none by name (open-api.netlify.com, read 2026-11): one that
turns out to be of another commit is somebody else's. The way back needs no build: the deploy from before is
published again. A variable counts from the next deploy on, for functions as for what is built into pages
(docs.netlify.com/environment-variables/overview, read 2026-11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from activities.carried import DEPLOYMENT, Carried
from activities.contract import Seen
from activities.netlify.answers import Deploy, Site
from activities.netlify.by_hand import api_call, restoring
from activities.netlify.client import Netlify, Standing
from activities.netlify.environment import Environment, NetlifyVariable
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, PlanRequest, Unit
from stanch.model.course import Course, WaitsFor
from stanch.rules import Rule

REBUILDS = "builds the newest commit of the branch anew: it takes minutes, and dependencies may move with it"
BUILD_TAKES = timedelta(hours=1)  # docs.netlify.com: a build may take half an hour, after its queue
OF_A_BUILD = Course(
    waits_for=WaitsFor.DONE,
    usually="some minutes, as long as a build",
    visitors="within seconds",
    limits="deploys: 3 a minute, 100 a day; a build ends after 30 min",
)
"""Of every verb whose value a build carries."""


@dataclass(frozen=True)
class Builds:
    """What visitors get, and the build that a change asked for."""

    live: str
    ours: Deploy | None


class Built(Carried[Netlify, Builds]):
    """Sets a variable of production, and builds what is there with it."""

    because: ClassVar = "a deploy keeps the environment it was built with"

    def __init__(self, netlify: Netlify) -> None:
        super().__init__(netlify)
        self._environment = Environment(netlify)

    async def standing(self, request: PlanRequest) -> Standing:
        """How production stands; refuses a build that would bring anything else."""
        standing = await self.vendor.standing(request.target, request.as_of)
        standing.refuse_while_deploying()
        _refuse_where_a_build_would_bring_more(standing)
        return standing

    async def look(self, change: Change) -> Builds:
        """By the published deploy, and by the build that carries our marker."""
        _, live = await self.vendor.live(change.target, known=True)
        return Builds(live.id, await self._ours(change))

    def seen_build(self, change: Change, unit: Unit, builds: Builds) -> Seen:
        """By what visitors get."""
        if change.goes_back:
            return _back(unit, builds.ours, builds.live)
        return _forth(unit, builds.ours, builds.live, NetlifyVariable.of(change).commit)

    async def build(self, change: Change, unit: Unit) -> None:
        """Asks for the build; on the way back stops it while it runs, or publishes what was there before."""
        settings = NetlifyVariable.of(change)
        if not change.goes_back:
            await self.vendor.api.post(f"sites/{settings.site}/builds", params={"title": settings.build})
            return
        ours = await self._ours(change)
        if ours and ours.is_working:
            await self.vendor.api.post(f"deploys/{ours.id}/cancel")
            return
        await self.vendor.restore(settings.site, str(unit.to))

    @classmethod
    def build_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """A build; on the way back the deploy that stood before."""
        site = NetlifyVariable.of(change).site
        if change.goes_back:
            return [restoring(site, str(unit.to))]
        return [api_call("createSiteBuild", site_id=site)]

    async def _ours(self, change: Change) -> Deploy | None:
        settings = NetlifyVariable.of(change)
        found = await self.vendor.deploys(settings.site)
        return next((one for one in found if one.title == settings.build), None)


_NO_CHANGE = "no content change"
_SKIPPED = (
    "was cancelled for want of a change to its content, as every build of this commit will be: relax the"
    " site's ignore rule, or build by a build hook, which it does not stop"
)
"""docs.netlify.com, Ignore builds; answers.netlify.com 79345, 81697 (read 2026-11)."""


def build_of(current: Deploy, what: str) -> Unit:
    """The build that carries the variable, instead of what visitors have."""
    return Unit(id=DEPLOYMENT, was=current.id, to=f"a build of {str(current.commit_ref)[:7]} with {what}")


def _refuse_where_a_build_would_bring_more(standing: Standing) -> None:
    """Raise where a new build would not go live, or would bring another commit than visitors have."""
    site, current = standing.site, standing.current
    if site.locked:
        raise PolicyError(
            Rule.AUTO_PUBLISHING_OFF, f"new builds of {site.name} do not go live, as after a rollback"
        )
    if not _is_built(site) or not current.commit_ref:
        raise PolicyError(
            Rule.NOT_BUILT_HERE,
            f"{site.name} is not built by Netlify from a repository, or its builds are stopped",
        )
    head = standing.head
    if head and head.commit_ref != current.commit_ref:
        raise PolicyError(
            Rule.NEWER_COMMIT, f"a build would bring {head.named} or newer, and visitors have {current.named}"
        )


def _is_built(site: Site) -> bool:
    settings = site.build_settings
    return bool(settings and settings.repo_url and not settings.stop_builds)


def _forth(unit: Unit, ours: Deploy | None, live: str, commit: str) -> Seen:
    """Whole only when the build is ready and visitors get it."""
    if ours is None or live not in {unit.was, ours.id}:
        return Seen(live)
    if ours.has_ended:
        why = ours.error_message or ours.state or "no reason given"
        how = _SKIPPED if _NO_CHANGE in why.lower() else f"failed ({why})"
        raise Rejected("netlify", f"the build {ours.id} {how}; visitors get {live} as before")
    if ours.commit_ref and ours.commit_ref != commit:
        return Seen(f"a build of {ours.commit_ref[:7]}")
    settling = "" if live == ours.id else f"the build {ours.id} is {ours.state}, visitors get {live}"
    return Seen(unit.to, settling, shown=live)


def _back(unit: Unit, ours: Deploy | None, live: str) -> Seen:
    """Whole only when visitors get what was there before, and no build of ours can still go live."""
    if ours and ours.is_working:
        return Seen(unit.was, shown=ours.id)
    return Seen(unit.was if ours and live == ours.id else live, shown=live)
