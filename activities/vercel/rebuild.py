"""A new build of what is in production, found again by our marker in its `meta`; and the way back from it.

The way back needs no build: the deployment from before still is as it was, and is promoted again. A
deployment keeps the environment it was built with (vercel.com/docs/environment-variables, read 2026-11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from activities.carried import DEPLOYMENT, Carried
from activities.contract import Seen
from activities.vercel.answers import Deployment, Move
from activities.vercel.by_hand import scope
from activities.vercel.client import Vercel
from activities.vercel.environment import PRODUCTION, Environment, VercelVariable
from activities.vercel.standing import Standing
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, PlanRequest, Unit
from stanch.model.course import Course, WaitsFor
from stanch.rules import Rule

REBUILDS = "builds the commit in production anew: it takes minutes, and dependencies may move with it"
BUILD_TAKES = timedelta(hours=1)  # vercel.com/docs/builds: a build may take 45 min, after its queue
OF_A_BUILD = Course(
    waits_for=WaitsFor.DONE,
    usually="some minutes, as long as a build",
    visitors_after=timedelta(seconds=1),
    visitors="at some edges and resolvers up to a minute later",
    limits="100 deployments a day on Hobby, 6000 on Pro; a build ends after 45 min",
)
"""Of every verb whose value a build carries."""
_ENDED = {"ERROR", "CANCELED", "DELETED", "BLOCKED"}


@dataclass(frozen=True)
class Builds:
    """What visitors get, the build that a change asked for, and the last move of the domains since."""

    live: str
    elsewhere: frozenset[str]
    """What production's other domains still get instead."""
    ours: Deployment | None
    move: Move | None


class Rebuilt(Carried[Vercel, Builds]):
    """Sets a variable of production, and rebuilds what is there with it."""

    because: ClassVar = "a deployment keeps the environment it was built with"

    def __init__(self, vercel: Vercel) -> None:
        super().__init__(vercel)
        self._environment = Environment(vercel)

    async def standing(self, request: PlanRequest) -> Standing:
        """How production stands; refuses where a new build would be made, and nobody would get it."""
        standing = await self.vendor.standing(request.target, request.as_of)
        standing.refuse_while_deploying()
        if not standing.project.auto_assign:
            raise PolicyError(
                Rule.AUTO_ASSIGN_OFF,
                f"new builds of {standing.project.name} do not go live by themselves, as after a rollback",
            )
        return standing

    async def look(self, change: Change) -> Builds:
        """By the domains, and by the build that carries our marker."""
        project = await self.vendor.project(change.target, known=True)
        live = await self.vendor.live(change.target, project)
        moves = any(unit.id == DEPLOYMENT and unit.was != live for unit in change.units)
        elsewhere = await self.vendor.elsewhere(change.target, project, live) if moves else {}
        move = project.move_since(VercelVariable.of(change).last_move_at)
        return Builds(live, frozenset(elsewhere.values()), await self._ours(change), move)

    def seen_build(self, change: Change, unit: Unit, builds: Builds) -> Seen:
        """By what visitors get; domains that move to anywhere else are moved by somebody else."""
        move, ours = builds.move, builds.ours
        if move and move.runs and move.to not in {unit.was, unit.to, ours.id if ours else None}:
            return Seen(move.to)
        if change.goes_back:
            return _back(unit, builds)
        return _forth(unit, builds)

    async def build(self, change: Change, unit: Unit) -> None:
        """Asks for the build; on the way back stops it while it runs, or promotes what was there before."""
        settings = VercelVariable.of(change)
        if not change.goes_back:
            body = {
                "name": settings.name,
                "deploymentId": unit.was,
                "target": PRODUCTION,
                "meta": {"action": "redeploy", "stanchChange": settings.build},
            }
            await self.vendor.call("POST", change.target, "v13/deployments", body, {"forceNew": "1"})
            return
        ours = await self._ours(change)
        if ours and ours.is_building:
            await self.vendor.call("PATCH", change.target, f"v12/deployments/{ours.id}/cancel")
            return
        await self.vendor.promote(change.target, settings.project, str(unit.to))

    @classmethod
    def build_by_hand(cls, change: Change, unit: Unit) -> Sequence[str]:
        """`vercel redeploy`; on the way back the build that stood before."""
        going = f"promote {unit.to}" if change.goes_back else f"redeploy {unit.was}"
        return [f"vercel {going}{scope(change.target.at.get('team', ''))}"]

    async def _ours(self, change: Change) -> Deployment | None:
        settings = VercelVariable.of(change)
        found = await self.vendor.deployments(change.target, settings.project)
        return next((one for one in found if one.marker == settings.build), None)


def build_of(current: Deployment, what: str) -> Unit:
    """The build that carries the variable, instead of what visitors have."""
    return Unit(
        id=DEPLOYMENT, was=current.id, to=f"a build of {current.commit[:7] or current.id} with {what}"
    )


def _forth(unit: Unit, builds: Builds) -> Seen:
    """Whole only when the build is ready and visitors get it, on all domains."""
    ours, live = builds.ours, builds.live
    if ours is None or live not in {unit.was, ours.id}:
        return Seen(live)
    if ours.state in _ENDED:
        raise Rejected(
            "vercel", f"the build {ours.id} ended {ours.state.lower()}; visitors get {live} as before"
        )
    if ours.alias_error:
        raise Rejected("vercel", f"the build {ours.id} is ready and did not get its domains")
    whole = live == ours.id and ours.has_domains and unit.was not in builds.elsewhere
    settling = "" if whole else f"the build {ours.id} is {ours.state.lower()}, visitors get {_got(builds)}"
    return Seen(unit.to, settling, shown=live)


def _back(unit: Unit, builds: Builds) -> Seen:
    """Whole only when visitors get what was there before, and no build of ours can still go live."""
    ours, live = builds.ours, builds.live
    if ours and ours.is_building:
        return Seen(unit.was, shown=ours.id)
    left = ours is not None and ours.id in {live, *builds.elsewhere}
    move = builds.move if builds.move and builds.move.to == unit.to else None
    if move and left:
        # Domains are the truth: a job may never end (vercel/vercel#14935, 2026-02).
        if not move.has_moved:
            raise Rejected("vercel", f"not all domains moved back to {move.to}: {move.status}")
        return Seen(unit.to, f"domains are moving to {move.to}, visitors get {_got(builds)}", shown=live)
    if left or live != unit.to:
        return Seen(unit.was if left else live, shown=live)
    coming = ours and ours.is_ready and not ours.has_domains and not ours.alias_error
    return Seen(live, f"the build {ours.id} is about to go live" if ours and coming else "")


def _got(builds: Builds) -> str:
    return ", ".join([builds.live, *sorted(builds.elsewhere)])
