"""`vercel.pause` and `vercel.unpause`: whether production answers at all. The last resort.

A paused project answers 503 `DEPLOYMENT_PAUSED` to everybody. Pausing also switches off that new builds go
live by themselves, and unpausing switches it on (vercel.com/docs/rest-api, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from activities.contract import Seen, Settings, Verb
from activities.vercel.answers import Project
from activities.vercel.by_hand import asking, assigning
from activities.vercel.client import NEEDS, Vercel
from stanch.model.change import Change, Direction, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec

_PRODUCTION = "production"
_PAUSED = "paused"


class PauseSettings(Settings):
    """What visitors get while it is not paused, and whether new builds went live by themselves."""

    project: str
    name: str
    live: str
    auto_assign: bool


def _spec(name: str, says: str, effects: tuple[str, ...], takes_away: Direction) -> VerbSpec:
    return VerbSpec(
        name=name,
        says=says,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="some seconds", visitors="within seconds"),
        takes_away=(takes_away,),
        of="vercel",
        instant=True,
        floor=Approval.ONE,
        if_no_help=NoHelp.UNDO,
        effects=effects,
        risk=Risk.HIGH,
        needs=NEEDS,
    )


class _Switch(Verb[Vercel]):
    """Brings a project to answering, or not."""

    serves: ClassVar[bool]

    async def plan(self, request: PlanRequest) -> Change:
        """Reads whether it is paused, what visitors get otherwise, and whether new builds go live."""
        target = request.target
        project = await self.vendor.project(target)
        live = await self.vendor.live(target, project)
        seen = _seen(project, live, live)
        to = live if self.serves else _PAUSED
        word = "unpause" if self.serves else "pause"
        return self.change(
            request,
            () if seen == to else (Unit(id=_PRODUCTION, was=seen, to=to),),
            f"{word} {target.name}: all of production",
            settings=PauseSettings(
                project=project.id, name=project.name, live=live, auto_assign=project.auto_assign
            ),
            nothing_to_do=f"{target.name} is {'paused' if project.paused else 'serving'}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the project and its domains; on the way back also by whether new builds go live as before."""
        project = await self.vendor.project(change.target, known=True)
        live = await self.vendor.live(change.target, project)
        seen, whole = _seen(project, live, PauseSettings.of(change).live), _assigns_as_before(change, project)
        return {
            unit.id: Seen(seen if whole or seen != unit.to else unit.was, shown=seen) for unit in change.units
        }

    async def write(self, change: Change, unit: Unit) -> None:
        """Pauses or unpauses; what only remains is whether new builds go live."""
        project = await self.vendor.project(change.target, known=True)
        settings, pauses = PauseSettings.of(change), unit.to == _PAUSED
        if bool(project.paused) is not pauses:
            word = "pause" if pauses else "unpause"
            await self.vendor.call("POST", change.target, f"v1/projects/{settings.project}/{word}")
            project = await self.vendor.project(change.target, known=True)
        if not _assigns_as_before(change, project):
            await self.vendor.assign(change.target, settings.project, on=settings.auto_assign)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The request itself; the command line has none for it."""
        settings, team, found = PauseSettings.of(change), change.target.at.get("team", ""), []
        for unit in change.units:
            word = "pause" if unit.to == _PAUSED else "unpause"
            found.append(asking("POST", change.target, f"v1/projects/{settings.project}/{word}"))
            if change.goes_back:
                found.append(assigning(settings.name, team, on=settings.auto_assign))
        return found


class Pause(_Switch):
    """Takes production off, for everybody."""

    spec: ClassVar = _spec(
        "vercel.pause",
        "Production off for everybody, with 503: the last resort",
        (
            "everybody gets 503 DEPLOYMENT_PAUSED, on all domains of the project",
            "new pushes build, but do not go live while it is paused",
        ),
        Direction.THERE,
    )
    serves: ClassVar = False


class Unpause(_Switch):
    """Brings production back."""

    spec: ClassVar = _spec(
        "vercel.unpause",
        "A paused production back for everybody",
        (
            "visitors get production again, as it was before the pause",
            "new pushes go live by themselves again; what was built meanwhile waits to be promoted by hand",
        ),
        Direction.BACK,
    )
    serves: ClassVar = True


def _seen(project: Project, live: str, planned: str) -> str:
    """What visitors get, or that they get nothing; another deployment behind a pause is somebody else's."""
    if not project.paused:
        return live
    return _PAUSED if live == planned else f"{_PAUSED} with {live}"


def _assigns_as_before(change: Change, project: Project) -> bool:
    """Asked only on the way back: a pause switches it off, and its end switches it on."""
    return not change.goes_back or project.auto_assign == PauseSettings.of(change).auto_assign
