"""`firebase.restart`: a new revision of the same code, whose instances start anew.

Google has no call for it; a revision is made although nothing changed (`forceNewRevision` of run v2, read
2026-11). Its marker is the annotation that the new revision carries.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Verb
from activities.firebase.answers import MARK, Service
from activities.firebase.capacity import renewed
from activities.firebase.client import RUN, Firebase
from activities.firebase.roll_back import NEEDS
from activities.firebase.scale import NEW_REVISION, refuse_pinned
from activities.firebase.target import project_of
from stanch.errors import Rejected
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import VerbSpec

UNIT = "revision"
_NOT_OFFERED = "it restarts only with a deployment; deploy it again from the pipeline"


class Restart(Verb):
    """Replaces every instance of the service by one of the same code."""

    spec: ClassVar = VerbSpec(
        name="firebase.restart",
        awaits_health=True,
        says="A new revision of the same code, so that every instance starts anew",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        of="firebase",
        effects=(NEW_REVISION,),
        takes=timedelta(minutes=20),  # Cloud Run gives a revision 10 min and more to become ready
        needs=NEEDS,
    )

    def __init__(self, firebase: Firebase) -> None:
        self._firebase = firebase

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the newest revision; refuses where a new one would get no visitors."""
        standing = await self._firebase.standing(request.target, _NOT_OFFERED)
        standing.refuse_while_deploying()
        refuse_pinned(standing)
        service = standing.service
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=(Unit(id=UNIT, was=service.latest_created, to="a new one of the same code"),),
            undo=Undo(kind=UndoKind.NONE, why="a restart cannot be taken back"),
            summary=f"restart every instance of {service.id}",
            effects=(NEW_REVISION,),
            settings={"service": service.name},
            marker=request.marker,
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """By the marker in the template; a newer revision without it is somebody else's deployment."""
        service = await self._firebase.service(change.settings["service"])
        unit = change.units[0]
        place = _place(change, unit, service, known=unit.id in done)
        return Survey(places=(await self._firebase.confirmed(change, unit, place),))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sends the template as it was read, under the service's etag."""
        service = await self._firebase.service(change.settings["service"])
        if _place(change, unit, service, known=False).at is not At.WAS:
            return
        answer = await self._firebase.write(
            "PATCH",
            RUN,
            f"v2/{service.name}",
            params={"updateMask": "template", "forceNewRevision": "true"},
            json={
                "name": service.name,
                "template": renewed(service, change.marker),
                "etag": service.etag,
            },
        )
        self._firebase.begun(change, unit, RUN, answer)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud run services update` with a label that changes nothing else."""
        _, _, _, region, _, service = str(change.settings["service"]).split("/")
        place = f"--region={region} --project={project_of(change.target)}"
        return [f"gcloud run services update {service} --update-labels=restarted=by-hand {place}"]


def _place(change: Change, unit: Unit, service: Service, *, known: bool) -> Place:
    newest = service.latest_created
    if (service.template.get("annotations") or {}).get(MARK) != change.marker and not known:
        at = At.WAS if newest == unit.was else At.ELSEWHERE
        return Place(unit=unit.id, at=at, seen=newest)
    if service.moving:
        return Place(unit=unit.id, at=At.TO, seen=newest, settling=f"{newest} is starting")
    if service.latest_ready != newest:
        raise Rejected("firebase", f"{newest} did not start: {service.trouble}")
    return Place(unit=unit.id, at=At.TO, seen=newest)
