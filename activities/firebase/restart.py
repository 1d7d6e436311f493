"""`firebase.restart`: a new revision of the same code, whose instances start anew.

Google has no call for it; a revision is made although nothing changed (`forceNewRevision` of run v2, read
2026-11). Its marker is the annotation that the new revision carries.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen
from activities.firebase.answers import MARK, Service
from activities.firebase.capacity import renewed
from activities.firebase.cloud_run import (
    NEEDS,
    NEW_REVISION,
    Asked,
    ChangesService,
    CloudRunSettings,
    gcloud,
    refuse_pinned,
)
from activities.firebase.images import refuse_without
from stanch.errors import Rejected
from stanch.model.change import Change, Direction, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec

_NOT_OFFERED = "it restarts only with a deployment; deploy it again from the pipeline"


class Restart(ChangesService):
    """Replaces every instance of the service by one of the same code."""

    spec: ClassVar = VerbSpec(
        name="firebase.restart",
        awaits_health=True,
        says="A new revision of the same code, so that every instance starts anew",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            visitors="within seconds",
            limits="60 changes of functions a minute in each region; vCPUs of the region",
        ),
        takes_away=(Direction.THERE,),
        of="firebase",
        effects=(NEW_REVISION,),
        takes=timedelta(minutes=20),  # Cloud Run gives a revision 10 min and more to become ready
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Remembers the newest revision; refuses where a new one would get no visitors."""
        standing = await self.vendor.standing(request.target, _NOT_OFFERED)
        standing.refuse_while_deploying(request.as_of)
        refuse_pinned(standing)
        service = standing.service
        image = await refuse_without(self.vendor, standing)
        return self.change(
            request,
            [Unit(id="revision", was=service.latest_created, to="a new one of the same code")],
            f"restart every instance of {service.id}",
            undo=Undo(kind=UndoKind.NONE, why="a restart cannot be taken back"),
            effects=(NEW_REVISION, *image),
            settings=CloudRunSettings(service=service.name),
        )

    def seen_in(self, service: Service, change: Change, unit: Unit, *, known: bool) -> Seen:
        """By the marker in the template; a newer revision without it is somebody else's deployment."""
        newest = service.latest_created
        if (service.template.get("annotations") or {}).get(MARK) != change.marker and not known:
            return Seen(newest)
        if service.moving:
            return Seen(unit.to, f"{newest} is starting", shown=newest)
        if service.latest_ready != newest:
            raise Rejected("firebase", f"{newest} did not start: {service.trouble}")
        return Seen(unit.to, shown=newest)

    def asked(self, service: Service, change: Change, unit: Unit) -> Asked:
        """The template as it was read."""
        params = {"updateMask": "template", "forceNewRevision": "true"}
        return params, {"template": renewed(service, change.marker)}

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud run services update` with a label that changes nothing else."""
        return [gcloud(change, "update", "--update-labels=restarted=by-hand")]
