"""`vercel.roll_back`: production's domains back on the deployment that served visitors before.

Vercel's own instant rollback (vercel.com/docs/instant-rollback, read 2026-11). It also switches off that new
builds go live by themselves; that is given back when the incident closes, and by the undo.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from activities.contract import Verb, arguments_of
from activities.vercel.answers import Deployment, Move, Project
from activities.vercel.by_hand import assigning, scope
from activities.vercel.client import NEEDS, Standing, Vercel
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

PRODUCTION = "production"
AUTO_ASSIGN = "auto_assign"
_FAILED = {"failedOnly": "true", "limit": "20"}
_HELD = "new pushes build, but do not go live until the incident closes"
_OLD_BUILD = "environment variables and cron jobs become those of the earlier build; the database stays"


class RollBackArguments(Written):
    """`deployment` by id or host; without it, the newest earlier one that served visitors."""

    deployment: str = ""


class RollBack(Verb):
    """Moves production's domains to an earlier deployment, without a build."""

    spec: ClassVar = VerbSpec(
        name="vercel.roll_back",
        says="Production's domains back on the deployment that served visitors before",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=RollBackArguments,
        of="vercel",
        if_no_help=NoHelp.UNDO,
        effects=(_HELD, _OLD_BUILD),
        takes=timedelta(minutes=15),  # its own CLI waits 3 min; a job may queue
        needs=NEEDS,
    )

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the deployment; refuses while one is under way or where there is nothing to go back to."""
        wanted = arguments_of(RollBackArguments, request)
        standing = await self._vercel.standing(request.target)
        standing.refuse_while_deploying()
        project, current = standing.project, standing.current
        goal = _chosen(standing, wanted.deployment)
        moves = goal.id != current.id
        was_on = project.auto_assign
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=(Unit(id=PRODUCTION, was=current.id, to=goal.id),) if moves else (),
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"roll {request.target.name} back from {_named(current)} to {_named(goal)}",
            because=f"{goal.id} served visitors before; it went live {goal.live_since:%Y-%m-%d %H:%M} UTC",
            effects=(_HELD if was_on else "new pushes still need a promotion to go live", _OLD_BUILD),
            afterwards=(Unit(id=AUTO_ASSIGN, was=False, to=True),) if was_on and moves else (),
            settings={
                "project": project.id,
                "name": project.name,
                "auto_assign": was_on,
                "last_move_at": project.last_move.requested_at if project.last_move else 0,
            },
            marker=request.marker,
            nothing_to_do="" if moves else f"visitors already get {_named(goal)}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Vercel knows
        """By the domains, and by the last move of them that was asked for after planning."""
        project = await self._vercel.project(change.target)
        return Survey(places=tuple([await self._place(change, unit, project) for unit in change.units]))

    async def write(self, change: Change, unit: Unit) -> None:
        """Rolls back, promotes on the way back, or sets whether new builds go live by themselves."""
        project: str = change.settings["project"]
        if unit.id == AUTO_ASSIGN:
            await self._assign(change, on=bool(unit.to))
        elif not change.goes_back:
            path = f"v1/projects/{project}/rollback/{unit.to}"
            await self._vercel.call("POST", change.target, path, {}, {"description": change.marker})
        elif await self._stands_again(change, unit):
            await self._assign(change, on=bool(change.settings["auto_assign"]))
        else:
            await self._vercel.promote(change.target, project, str(unit.to))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`vercel rollback`, or `promote` on the way back; the switch for new builds has no command."""
        team, project = change.target.at.get("team", ""), change.settings["name"]
        promoted = change.goes_back
        return [
            assigning(project, team, on=bool(unit.to))
            if unit.id == AUTO_ASSIGN
            else f"vercel {'promote' if promoted else 'rollback'} {unit.to} --yes{scope(team)}"
            for unit in change.units
        ]

    async def _place(self, change: Change, unit: Unit, project: Project) -> Place:
        if unit.id == AUTO_ASSIGN:
            at = At.TO if project.auto_assign == unit.to else At.WAS
            return Place(unit=unit.id, at=at, seen=project.auto_assign)
        move = project.move_since(change.settings["last_move_at"])
        live = await self._vercel.live(change.target, project)
        if move and move.to == unit.to and (move.failed or (move.skipped and live != unit.to)):
            raise Rejected("vercel", await self._failure(change, move))
        if move and (move.runs or (live == unit.was and move.to == unit.to)):
            return _moving(unit, move)
        if live == unit.to and _is_whole(change, unit, project):
            return Place(unit=unit.id, at=At.TO, seen=live)
        if live == unit.was and change.goes_back:
            return await self._going_back(change, unit, project)
        at = At.WAS if live in {unit.was, unit.to} else At.ELSEWHERE
        return Place(unit=unit.id, at=at, seen=live, more=live == unit.to)

    async def _going_back(self, change: Change, unit: Unit, project: Project) -> Place:
        """Where the project is set so, a promotion is made gradually: it is under way, not to be repeated."""
        rolling = await self._vercel.rolling(change.target, project.id)
        if rolling is None or rolling.canary.id != unit.to:
            return Place(unit=unit.id, at=At.WAS, seen=unit.was)
        settling = f"a rolling release of {unit.to} is at {rolling.percentage:g} %"
        return Place(unit=unit.id, at=At.TO, seen=unit.was, settling=settling)

    async def _stands_again(self, change: Change, unit: Unit) -> bool:
        """The domains are back, all of them; only the assignment of new builds is not."""
        project = await self._vercel.project(change.target)
        live = await self._vercel.live(change.target, project)
        return live == unit.to and not _split(change, unit, project)

    async def _assign(self, change: Change, *, on: bool) -> None:
        path = f"v9/projects/{change.settings['project']}"
        await self._vercel.call("PATCH", change.target, path, {"autoAssignCustomDomains": on})

    async def _failure(self, change: Change, move: Move) -> str:
        path = f"v9/projects/{change.settings['project']}/rollback/aliases"
        data = await self._vercel.call("GET", change.target, path, params=_FAILED) or {}
        names = ", ".join(_host(line) for line in data.get("aliases") or []) or "it does not say which"
        return f"the move of production's domains to {move.to}: {move.status}; not moved: {names}"


def _chosen(standing: Standing, wanted: str) -> Deployment:
    if not wanted:
        if standing.previous is None:
            raise PolicyError(
                Rule.NOTHING_TO_ROLL_BACK_TO, f"{standing.project.name} has no earlier deployment that served"
            )
        return standing.previous
    named = (one for one in (standing.current, *standing.deployments) if wanted in {one.id, one.url})
    found = next(named, None)
    if found is None or not (found.id == standing.current.id or found.can_be_gone_back_to):
        raise PolicyError(Rule.NO_SUCH_DEPLOYMENT, f"{wanted} is none that production can go back to")
    return found


def _moving(unit: Unit, move: Move) -> Place:
    """A move is under way, or done and not seen at the domain yet; one to elsewhere is somebody else's."""
    settling = f"domains are moving to {move.to} ({move.status})"
    if move.to not in {unit.to, unit.was}:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=move.to)
    return Place(unit=unit.id, at=At.TO if move.to == unit.to else At.WAS, seen=move.to, settling=settling)


def _is_whole(change: Change, unit: Unit, project: Project) -> bool:
    """The way back ends only when new builds go live, or not, as they did before."""
    if not change.goes_back:
        return True
    return project.auto_assign == change.settings["auto_assign"] and not _split(change, unit, project)


def _split(change: Change, unit: Unit, project: Project) -> bool:
    """A move away that failed may have taken some domains along: they are fetched back too."""
    move = project.move_since(change.settings["last_move_at"])
    return bool(move and move.failed and move.to == unit.was)


def _host(line: dict[str, Any]) -> str:
    alias = line.get("alias")
    return str(alias.get("alias", "a domain")) if isinstance(alias, dict) else str(alias or "a domain")


def _named(deployment: Deployment) -> str:
    """`dpl_abc123 (1a2b3c4)`."""
    return f"{deployment.id} ({deployment.commit[:7]})" if deployment.commit else deployment.id
