"""`vercel.pause` and `vercel.unpause`: whether production answers at all. The last resort.

A paused project answers 503 `DEPLOYMENT_PAUSED` to everybody. Pausing also switches off that new builds go
live by themselves, and unpausing switches it on (vercel.com/docs/rest-api, read 2026-11).
"""

from collections.abc import Sequence
from typing import ClassVar

from activities.contract import Verb
from activities.vercel.answers import Project
from activities.vercel.by_hand import asking, assigning
from activities.vercel.client import NEEDS, Vercel
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec

_PRODUCTION = "production"
_PAUSED = "paused"
_DARK = "everybody gets 503 DEPLOYMENT_PAUSED, on all domains of the project"
_HELD = "new pushes build, but do not go live while it is paused"
_BACK = "visitors get production again, as it was before the pause"
_ASSIGNS = "new pushes go live by themselves again"


def _spec(name: str, says: str, effects: tuple[str, ...]) -> VerbSpec:
    return VerbSpec(
        name=name,
        says=says,
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        of="vercel",
        floor=Approval.ONE,
        if_no_help=NoHelp.UNDO,
        effects=effects,
        risk=Risk.HIGH,
        needs=NEEDS,
    )


class _Switch(Verb):
    """Brings a project to answering, or not."""

    serves: ClassVar[bool]

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def plan(self, request: PlanRequest) -> Change:
        """Reads whether it is paused, what visitors get otherwise, and whether new builds go live."""
        target = request.target
        project = await self._vercel.project(target)
        live = await self._vercel.live(target, project)
        seen = _seen(project, live, live)
        to = live if self.serves else _PAUSED
        word = "unpause" if self.serves else "pause"
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=target,
            units=() if seen == to else (Unit(id=_PRODUCTION, was=seen, to=to),),
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"{word} {target.name}: all of production",
            effects=self.spec.effects,
            settings={
                "project": project.id,
                "name": project.name,
                "live": live,
                "auto_assign": project.auto_assign,
            },
            marker=request.marker,
            nothing_to_do=f"{target.name} is {'paused' if project.paused else 'serving'}"
            if seen == to
            else "",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Vercel knows
        """By the project and its domains; on the way back also by whether new builds go live as before."""
        project = await self._vercel.project(change.target)
        seen = _seen(project, await self._vercel.live(change.target, project), change.settings["live"])
        return Survey(places=tuple(_place(change, unit, project, seen) for unit in change.units))

    async def write(self, change: Change, unit: Unit) -> None:
        """Pauses or unpauses; what only remains is whether new builds go live."""
        project = await self._vercel.project(change.target)
        path, pauses = change.settings["project"], unit.to == _PAUSED
        if bool(project.paused) is not pauses:
            word = "pause" if pauses else "unpause"
            await self._vercel.call("POST", change.target, f"v1/projects/{path}/{word}")
            project = await self._vercel.project(change.target)
        if not _assigns_as_before(change, project):
            body = {"autoAssignCustomDomains": change.settings["auto_assign"]}
            await self._vercel.call("PATCH", change.target, f"v9/projects/{path}", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The request itself; the command line has none for it."""
        found = []
        for unit in change.units:
            word = "pause" if unit.to == _PAUSED else "unpause"
            found.append(asking("POST", change.target, f"v1/projects/{change.settings['project']}/{word}"))
            if change.goes_back:
                team, on = change.target.at.get("team", ""), bool(change.settings["auto_assign"])
                found.append(assigning(change.settings["name"], team, on=on))
        return found


class Pause(_Switch):
    """Takes production off, for everybody."""

    spec: ClassVar = _spec(
        "vercel.pause", "Production off for everybody, with 503: the last resort", (_DARK, _HELD)
    )
    serves: ClassVar = False


class Unpause(_Switch):
    """Brings production back."""

    spec: ClassVar = _spec("vercel.unpause", "A paused production back for everybody", (_BACK, _ASSIGNS))
    serves: ClassVar = True


def _seen(project: Project, live: str, planned: str) -> str:
    """What visitors get, or that they get nothing; another deployment behind a pause is somebody else's."""
    if not project.paused:
        return live
    return _PAUSED if live == planned else f"{_PAUSED} with {live}"


def _place(change: Change, unit: Unit, project: Project, seen: str) -> Place:
    if seen not in {unit.was, unit.to}:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=seen)
    whole = seen == unit.to and _assigns_as_before(change, project)
    return Place(unit=unit.id, at=At.TO if whole else At.WAS, seen=seen)


def _assigns_as_before(change: Change, project: Project) -> bool:
    """Asked only on the way back: a pause switches it off, and its end switches it on."""
    return not change.goes_back or project.auto_assign == change.settings["auto_assign"]
