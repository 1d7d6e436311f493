"""A new build of production's branch, found again by our marker, its title; and the way back from it.

Netlify builds the newest commit of the branch and none by name (open-api.netlify.com, read 2026-11): one that
turns out to be of another commit is somebody else's. The way back needs no build: the deploy from before is
published again.
"""

from activities.netlify.answers import Deploy, Site
from activities.netlify.client import Netlify, Standing
from stanch.errors import PolicyError, Rejected
from stanch.model.change import At, Change, Place, Unit
from stanch.rules import Rule

DEPLOYMENT = "deployment"


class Build:
    """Where a change's own build stands, and how it is asked for."""

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify

    async def place(self, change: Change, unit: Unit) -> Place:
        """By the published deploy, and by the build that carries our marker."""
        _, live = await self._netlify.live(change.target)
        ours = await self.ours(change)
        if change.goes_back:
            return _back(unit, ours, live)
        return _forth(unit, ours, live, change.settings["commit"])

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for the build; on the way back stops it while it runs, or publishes what was there before."""
        if not change.goes_back:
            asked = {"title": change.settings["build"]}
            await self._netlify.api.post(f"sites/{change.settings['site']}/builds", params=asked)
            return
        ours = await self.ours(change)
        if ours and ours.is_working:
            await self._netlify.api.post(f"deploys/{ours.id}/cancel")
            return
        await self._netlify.restore(change.settings["site"], str(unit.to))

    async def ours(self, change: Change) -> Deploy | None:
        """The build that carries our marker."""
        found = await self._netlify.deploys(change.settings["site"])
        return next((one for one in found if one.title == change.settings["build"]), None)


def refuse_where_a_build_would_bring_more(standing: Standing) -> None:
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


def _forth(unit: Unit, ours: Deploy | None, live: Deploy, commit: str) -> Place:
    """Whole only when the build is ready and visitors get it."""
    if ours is None or live.id not in {unit.was, ours.id}:
        return Place(unit=unit.id, at=At.WAS if live.id == unit.was else At.ELSEWHERE, seen=live.id)
    if ours.has_ended:
        why = ours.error_message or ours.state
        raise Rejected("netlify", f"the build {ours.id} failed ({why}); visitors get {live.id} as before")
    if ours.commit_ref and ours.commit_ref != commit:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=f"a build of {ours.commit_ref[:7]}")
    settling = "" if live.id == ours.id else f"the build {ours.id} is {ours.state}, visitors get {live.id}"
    return Place(unit=unit.id, at=At.TO, seen=live.id, settling=settling)


def _back(unit: Unit, ours: Deploy | None, live: Deploy) -> Place:
    """Whole only when visitors get what was there before, and no build of ours can still go live."""
    if ours and ours.is_working:
        return Place(unit=unit.id, at=At.WAS, seen=ours.id)
    if live.id != unit.to:
        at = At.WAS if ours and live.id == ours.id else At.ELSEWHERE
        return Place(unit=unit.id, at=at, seen=live.id)
    return Place(unit=unit.id, at=At.TO, seen=live.id)
