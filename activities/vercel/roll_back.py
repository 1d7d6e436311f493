"""`vercel.roll_back`: production's domains back on the deployment that served visitors before.

Vercel's own instant rollback (vercel.com/docs/instant-rollback, read 2026-11). It also switches off that new
builds go live by themselves; that is given back when the incident closes, and by the undo.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.portable.verbs import EarlierRelease
from activities.vercel.answers import Deployment, Move, Project
from activities.vercel.by_hand import assigning, scope
from activities.vercel.client import NEEDS, Vercel
from activities.vercel.standing import Standing
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

PRODUCTION = "production"
AUTO_ASSIGN = "auto_assign"
_FAILED = {"failedOnly": "true", "limit": "20"}
HELD = (
    "new pushes build, but do not go live until the incident closes; what they have built by then stays"
    " unpublished until somebody promotes it, or the next push goes live"
)
_OPEN_PAGES = "pages that are open may go on with the old deployment for {hours:g} h: skew protection is on"
"""vercel.com/docs/skew-protection, read 2026-11."""
_OLD_BUILD = "environment variables and cron jobs become those of the earlier build; the database stays"


class RollBackArguments(EarlierRelease):
    """`release` by id or host; without it, the newest earlier one that served visitors."""


class DomainsSettings(Settings):
    """How the domains were moved last, and whether new builds went live by themselves."""

    project: str
    name: str
    auto_assign: bool
    last_move_at: int


class RollBack(Verb[Vercel]):
    """Moves production's domains to an earlier deployment, without a build."""

    spec: ClassVar = VerbSpec(
        name="vercel.roll_back",
        says="Production's domains back on the deployment that served visitors before",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds to 3 min",
            visitors_after=timedelta(seconds=1),
            visitors="at some edges up to a minute later; pages that are open may stay on the old one",
            limits="on Hobby only to the deployment before",
        ),
        arguments=RollBackArguments,
        of="vercel",
        if_no_help=NoHelp.UNDO,
        effects=(HELD, _OLD_BUILD),
        takes=timedelta(minutes=15),  # its own CLI waits 3 min; a job may queue
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the deployment; refuses while one is under way or where there is nothing to go back to."""
        wanted = arguments_of(RollBackArguments, request)
        standing = await self.vendor.standing(request.target, request.as_of)
        standing.refuse_while_deploying()
        project, current = standing.project, standing.current
        goal = _chosen(standing, wanted.release)
        moves = goal.id != current.id
        was_on = project.auto_assign
        return self.change(
            request,
            (Unit(id=PRODUCTION, was=current.id, to=goal.id),) if moves else (),
            f"roll {request.target.name} back from {_named(current)} to {_named(goal)}",
            because=f"{goal.id} served visitors before; it went live {goal.live_since:%Y-%m-%d %H:%M} UTC",
            effects=(
                HELD if was_on else "new pushes still need a promotion to go live",
                _OLD_BUILD,
                *_open_pages(project),
            ),
            afterwards=(Unit(id=AUTO_ASSIGN, was=False, to=True),) if was_on and moves else (),
            settings=DomainsSettings(
                project=project.id, name=project.name, auto_assign=was_on, last_move_at=project.last_move_at
            ),
            nothing_to_do=f"visitors already get {_named(goal)}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the domains, and by the last move of them that was asked for after planning."""
        project = await self.vendor.project(change.target, known=True)
        return {unit.id: await self._seen(change, unit, project) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Rolls back, promotes on the way back, or sets whether new builds go live by themselves."""
        settings, target = DomainsSettings.of(change), change.target
        if unit.id == AUTO_ASSIGN:
            await self.vendor.assign(target, settings.project, on=bool(unit.to))
        elif not change.goes_back:
            await self.vendor.roll_back(target, settings.project, str(unit.to), change.marker)
        elif await self._stands_again(change, unit):
            await self.vendor.assign(target, settings.project, on=settings.auto_assign)
        else:
            await self.vendor.promote(target, settings.project, str(unit.to))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`vercel rollback`, or `promote` on the way back; the switch for new builds has no command."""
        team, project = change.target.at.get("team", ""), DomainsSettings.of(change).name
        return [
            assigning(project, team, on=bool(unit.to))
            if unit.id == AUTO_ASSIGN
            else f"vercel {'promote' if change.goes_back else 'rollback'} {unit.to} --yes{scope(team)}"
            for unit in change.units
        ]

    async def _seen(self, change: Change, unit: Unit, project: Project) -> Seen:
        if unit.id == AUTO_ASSIGN:
            return Seen(project.auto_assign)
        move = project.move_since(DomainsSettings.of(change).last_move_at)
        live = await self.vendor.live(change.target, project)
        if live == unit.to:
            return await self._arrived(change, unit, project, move)
        if move and move.to == unit.to and not move.has_moved:
            raise Rejected("vercel", await self._failure(change, move))
        if move and (move.runs or (live == unit.was and move.to == unit.to)):
            # A move to elsewhere is somebody else's; one that is done is not seen at the domain yet.
            return Seen(move.to, f"domains are moving to {move.to} ({move.status})")
        if live == unit.was and change.goes_back:
            return await self._going_back(change, unit, project)
        return Seen(live)

    async def _arrived(self, change: Change, unit: Unit, project: Project, move: Move | None) -> Seen:
        """The domain that visitors use is there: whole when the others are, whatever the job says.

        A job may never end ("promotion exceeded its deadline", vercel/vercel#14935, 2026-02).
        """
        ours = move if move and move.to == unit.to else None
        if move and move.runs and not ours:
            return Seen(move.to, f"domains are moving to {move.to} ({move.status})")
        behind = await self.vendor.behind(change.target, project, str(unit.was))
        if ours and ours.failed and (behind or project.production.is_long):
            raise Rejected("vercel", await self._failure(change, ours))
        if behind and not ours and change.goes_back:
            # A move away that failed took some domains along: they are fetched back too.
            return Seen(unit.was, more=True, shown=unit.to)
        if behind or (ours and ours.runs and project.production.is_long):
            return Seen(unit.to, f"{', '.join(behind) or 'a domain'} may still get {unit.was}")
        auto_assign = DomainsSettings.of(change).auto_assign
        if change.goes_back and ours and ours.runs and not auto_assign:
            return Seen(unit.to, "new builds go live until the promotion has ended")
        if change.goes_back and project.auto_assign is not auto_assign:
            return Seen(unit.was, more=True, shown=unit.to)
        return Seen(unit.to)

    async def _going_back(self, change: Change, unit: Unit, project: Project) -> Seen:
        """Where the project is set so, a promotion is made gradually: it is under way, not to be repeated."""
        rolling = await self.vendor.rolling(change.target, project.id)
        if rolling is None or rolling.canary.id != unit.to:
            return Seen(unit.was)
        return Seen(unit.to, f"a rolling release of {unit.to} is at {rolling.percentage:g} %", shown=unit.was)

    async def _stands_again(self, change: Change, unit: Unit) -> bool:
        """The domains are back, all of them; only the assignment of new builds is not."""
        project = await self.vendor.project(change.target, known=True)
        live = await self.vendor.live(change.target, project)
        return live == unit.to and not await self.vendor.behind(change.target, project, str(unit.was))

    async def _failure(self, change: Change, move: Move) -> str:
        path = f"v9/projects/{DomainsSettings.of(change).project}/rollback/aliases"
        data = await self.vendor.call("GET", change.target, path, params=_FAILED) or {}
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


def _open_pages(project: Project) -> tuple[str, ...]:
    seconds = project.skew_protection or 0
    return (_OPEN_PAGES.format(hours=seconds / 3600),) if seconds > 0 else ()


def _host(line: dict[str, Any]) -> str:
    alias = line.get("alias")
    return str(alias.get("alias", "a domain")) if isinstance(alias, dict) else str(alias or "a domain")


def _named(deployment: Deployment) -> str:
    """`dpl_abc123 (1a2b3c4)`."""
    return f"{deployment.id} ({deployment.commit[:7]})" if deployment.commit else deployment.id
