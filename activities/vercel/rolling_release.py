"""`vercel.abort_rolling_release` and `vercel.complete_rolling_release`: the end of a gradual release.

Aborting is a rollback to the deployment that most visitors still have, and as with every rollback new builds
no longer go live by themselves (vercel.com/docs/rolling-releases, read 2026-11). The release itself tells
what became of it; it cannot be resumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, Settings, Verb
from activities.vercel.answers import Project, Rolling
from activities.vercel.by_hand import assigning, scope
from activities.vercel.client import NEEDS, Vercel
from activities.vercel.roll_back import HELD
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.rules import Rule

_RELEASE = "rolling_release"
_AUTO_ASSIGN = "auto_assign"
_ENDED = {"abort": "ABORTED", "complete": "COMPLETE"}


class RollingReleaseSettings(Settings):
    """The release by its two deployments, and how the domains were moved last."""

    project: str
    name: str
    base: str
    canary: str
    last_move_at: int


class _End(Verb[Vercel]):
    """Ends the gradual release that is under way."""

    word: ClassVar[str]

    async def plan(self, request: PlanRequest) -> Change:
        """Names the release by its two deployments; refuses where none is under way."""
        target = request.target
        project = await self.vendor.project(target)
        rolling = await self.vendor.rolling(target, project.id)
        if rolling is None:
            raise PolicyError(Rule.NO_ROLLING_RELEASE, f"{target.name} has no rolling release under way")
        base, canary = rolling.base.id, rolling.canary.id
        gives_back = self.word == "abort" and project.auto_assign
        return self.change(
            request,
            (Unit(id=_RELEASE, was=f"{canary} beside {base}", to=f"{self.word} {canary}"),),
            f"{self.word} the rolling release of {canary} on {target.name}"
            f" at {rolling.percentage:g} % of visitors",
            undo=Undo(kind=UndoKind.NONE, why="a rolling release that has ended cannot be resumed"),
            afterwards=(Unit(id=_AUTO_ASSIGN, was=False, to=True),) if gives_back else (),
            settings=RollingReleaseSettings(
                project=project.id,
                name=project.name,
                base=base,
                canary=canary,
                last_move_at=project.last_move_at,
            ),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By what the release says of itself, by the move of the domains that ended it, and by the domains.

        An aborted one leaves them where they were: there the job alone tells whether all visitors are back.
        """
        project = await self.vendor.project(change.target, known=True)
        rolling = await self.vendor.last_rolling(change.target, project.id)
        seen = {unit.id: self._seen(change, unit, project, rolling) for unit in change.units}
        if self.word == "complete" and rolling and not rolling.is_active:
            return await self._with_domains(change, project, seen)
        return seen

    async def write(self, change: Change, unit: Unit) -> None:
        """Ends the release; afterwards lets new builds go live again."""
        settings = RollingReleaseSettings.of(change)
        project = settings.project
        if unit.id == _AUTO_ASSIGN:
            await self.vendor.assign(change.target, project, on=bool(unit.to))
        elif self.word == "abort":
            await self.vendor.roll_back(change.target, project, settings.base, change.marker)
        else:
            path = f"v1/projects/{project}/rolling-release/complete"
            await self.vendor.call("POST", change.target, path, {"canaryDeploymentId": settings.canary})

    async def _with_domains(self, change: Change, project: Project, seen: dict[str, Seen]) -> dict[str, Seen]:
        """Whole only when no domain has visitors on the old deployment."""
        base = RollingReleaseSettings.of(change).base
        behind = ", ".join(await self.vendor.behind(change.target, project, base))
        words = f"{behind} may still get {base}" if behind else ""
        return {name: replace(one, settling=one.settling or words) for name, one in seen.items()}

    def _seen(self, change: Change, unit: Unit, project: Project, rolling: Rolling | None) -> Seen:
        """Another release, or another end of this one, is somebody else's."""
        if unit.id == _AUTO_ASSIGN:
            return Seen(project.auto_assign)
        settings = RollingReleaseSettings.of(change)
        if rolling is None or rolling.canary.id != settings.canary:
            return Seen(rolling.canary.id if rolling else "no release")
        if rolling.is_active:
            return Seen(unit.was, shown=f"{rolling.percentage:g} %")
        if rolling.state != _ENDED[self.word]:
            return Seen(rolling.state)
        move = project.move_since(settings.last_move_at)
        if move and move.failed:
            raise Rejected("vercel", f"not all of production's domains moved to {move.to}")
        settling = f"domains are moving to {move.to}" if move and move.runs else ""
        return Seen(unit.to, settling, shown=rolling.state)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`vercel rolling-release`; `vercel project update` afterwards."""
        team, settings = change.target.at.get("team", ""), RollingReleaseSettings.of(change)
        return [
            assigning(settings.name, team, on=bool(unit.to))
            if unit.id == _AUTO_ASSIGN
            else f"vercel rolling-release {cls.word} --dpl={settings.canary}{scope(team)}"
            for unit in change.units
        ]


class AbortRollingRelease(_End):
    """Sends everybody back to the deployment from before the release."""

    spec: ClassVar = VerbSpec(
        name="vercel.abort_rolling_release",
        says="A gradual release ended: everybody gets the deployment from before",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds to 3 min",
            visitors_after=timedelta(seconds=1),
            visitors="at some edges up to a minute later; pages that are open may stay on the old one",
        ),
        of="vercel",
        effects=(
            "everybody gets the deployment from before; it is over for the new one, which would begin anew",
            HELD,
        ),
        needs=NEEDS,
    )
    word: ClassVar = "abort"


class CompleteRollingRelease(_End):
    """Sends everybody to the new deployment."""

    spec: ClassVar = VerbSpec(
        name="vercel.complete_rolling_release",
        says="A gradual release finished at once: everybody gets the new deployment",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds to 3 min",
            visitors_after=timedelta(seconds=1),
            visitors="at some edges up to a minute later; pages that are open may stay on the old one",
        ),
        of="vercel",
        floor=Approval.ONE,
        effects=("everybody gets the new deployment at once, whatever stages were left",),
        needs=NEEDS,
    )
    word: ClassVar = "complete"
