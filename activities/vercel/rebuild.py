"""A new build of what is in production, found again by our marker in its `meta`; and the way back from it.

The way back needs no build: the deployment from before still is as it was, and is promoted again.
"""

from dataclasses import dataclass

from activities.vercel.answers import Deployment, Move
from activities.vercel.client import Standing, Vercel
from stanch.errors import PolicyError, Rejected
from stanch.model.change import At, Change, Place, Unit
from stanch.rules import Rule

DEPLOYMENT = "deployment"
REBUILDS = "builds the commit in production anew: it takes minutes, and dependencies may move with it"
_ENDED = {"ERROR", "CANCELED", "DELETED", "BLOCKED"}


@dataclass(frozen=True)
class Seen:
    """What visitors get, the build that a change asked for, and the last move of the domains since."""

    live: str
    ours: Deployment | None
    move: Move | None


class Rebuild:
    """Where a change's own build stands, and how it is asked for."""

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def look(self, change: Change) -> Seen:
        """By the domains, and by the build that carries our marker."""
        project = await self._vercel.project(change.target)
        live = await self._vercel.live(change.target, project)
        move = project.move_since(change.settings["last_move_at"])
        return Seen(live, await self._ours(change), move)

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for the build; on the way back stops it while it runs, or promotes what was there before."""
        if not change.goes_back:
            await self._build(change, unit)
            return
        ours = await self._ours(change)
        if ours and ours.is_building:
            await self._vercel.call("PATCH", change.target, f"v12/deployments/{ours.id}/cancel")
            return
        await self._vercel.promote(change.target, change.settings["project"], str(unit.to))

    async def _build(self, change: Change, unit: Unit) -> None:
        meta = {"action": "redeploy", "stanchChange": change.settings["build"]}
        body = {
            "name": change.settings["name"],
            "deploymentId": unit.was,
            "target": "production",
            "meta": meta,
        }
        await self._vercel.call("POST", change.target, "v13/deployments", body, {"forceNew": "1"})

    async def _ours(self, change: Change) -> Deployment | None:
        found = await self._vercel.deployments(change.target, change.settings["project"])
        return next((one for one in found if one.marker == change.settings["build"]), None)


def refuse_where_no_build_goes_live(standing: Standing) -> None:
    """Raise where a new build would be made, and nobody would get it."""
    if not standing.project.auto_assign:
        raise PolicyError(
            Rule.AUTO_ASSIGN_OFF,
            f"new builds of {standing.project.name} do not go live by themselves, as after a rollback",
        )


def place_of_build(change: Change, unit: Unit, seen: Seen) -> Place:
    """Where the deployment of a change stands."""
    move, ours = seen.move, seen.ours
    if move and move.runs and move.to not in {unit.was, unit.to, ours.id if ours else None}:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=move.to)
    if change.goes_back:
        return _back(unit, ours, seen.live, move)
    return _forth(unit, ours, seen.live)


def _forth(unit: Unit, ours: Deployment | None, live: str) -> Place:
    """Whole only when the build is ready and visitors get it."""
    if ours is None or live not in {unit.was, ours.id}:
        return Place(unit=unit.id, at=At.WAS if live == unit.was else At.ELSEWHERE, seen=live)
    if ours.state in _ENDED:
        raise Rejected(
            "vercel", f"the build {ours.id} ended {ours.state.lower()}; visitors get {live} as before"
        )
    if ours.alias_error:
        raise Rejected("vercel", f"the build {ours.id} is ready and did not get its domains")
    whole = live == ours.id and ours.has_domains
    settling = "" if whole else f"the build {ours.id} is {ours.state.lower()}, visitors get {live}"
    return Place(unit=unit.id, at=At.TO, seen=live, settling=settling)


def _back(unit: Unit, ours: Deployment | None, live: str, move: Move | None) -> Place:
    """Whole only when visitors get what was there before, and no build of ours can still go live."""
    if ours and ours.is_building:
        return Place(unit=unit.id, at=At.WAS, seen=ours.id)
    if move and move.to == unit.to and move.failed:
        raise Rejected("vercel", f"not all domains moved back to {move.to}")
    if move and move.to == unit.to and move.runs:
        return Place(unit=unit.id, at=At.TO, seen=live, settling=f"domains are moving to {move.to}")
    if live != unit.to:
        at = At.WAS if ours and live == ours.id else At.ELSEWHERE
        return Place(unit=unit.id, at=at, seen=live)
    coming = ours and ours.is_ready and not ours.has_domains and not ours.alias_error
    settling = f"the build {ours.id} is about to go live" if ours and coming else ""
    return Place(unit=unit.id, at=At.TO, seen=live, settling=settling)
