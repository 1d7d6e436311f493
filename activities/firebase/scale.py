"""`firebase.scale`: more memory, more instances kept warm, or room for more at the most; never less.

All on the Cloud Run service that a 2nd-generation function is. Memory and the ceiling belong to a revision:
a new one is made of the same code. Instances kept warm belong to the service.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from activities.contract import Seen, arguments_of, largest_sizes
from activities.firebase import capacity
from activities.firebase.answers import Service
from activities.firebase.capacity import MEMORY, MOST, MOST_OF_ALL, WARM
from activities.firebase.client import Standing
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
from activities.firebase.sizes import (
    bytes_of,
    following,
    holding,
    is_smaller,
    megabytes,
    memory_of,
    size_of,
    written,
)
from activities.portable.verbs import ONE_MORE, Capacity, Count, Size, so_many
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Direction, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import VerbSpec
from stanch.rules import Rule

NOT_OFFERED = (
    "its memory and instances are set by a deployment, which builds it anew; do it from the pipeline"
)
SET_BACK = "a later firebase deploy sets it back to what the code says, unless it preserves external changes"
PAID = "instances that are kept warm are paid for while they wait"


def _an_amount(size: str | None) -> str | None:
    if size not in {None, ONE_MORE}:
        memory_of(str(size))
    return size


class ScaleArguments(Capacity):
    """`size` of memory, `count` kept warm, `ceiling` at the most."""

    one_of: ClassVar = ("count", "size", "ceiling")
    size: Annotated[Size, AfterValidator(_an_amount)] = None
    ceiling: Count = None


class Scale(ChangesService):
    """Adds capacity within the service's limits."""

    spec: ClassVar = VerbSpec(
        name="firebase.scale",
        awaits_health=True,
        says="At least so much memory, so many instances kept warm, or room for so many, within the limits",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            visitors="within seconds",
            limits="60 changes of functions a minute in each region; vCPUs of the region",
        ),
        takes_away=(Direction.BACK,),
        arguments=ScaleArguments,
        of="firebase",
        was={"count": "int", "ceiling": "int", "memory_mb": "int", "size": "string"},
        effects=(NEW_REVISION, SET_BACK, PAID),
        takes=timedelta(minutes=20),  # Cloud Run gives a revision 10 min and more to become ready
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against what is there now, capped by the limits."""
        standing = await self.vendor.standing(request.target, NOT_OFFERED)
        standing.refuse_while_deploying(request.as_of)
        service = standing.service
        size = size_of(service.container)
        was = {
            "count": capacity.warm(service),
            "ceiling": capacity.most(service),
            "memory_mb": megabytes(size),
            "size": size.get("memory", ""),
        }
        wanted = arguments_of(ScaleArguments, request, was)
        change = (
            self._more(request, standing, wanted)
            if wanted.size is None
            else self._larger(request, standing, wanted.size)
        )
        if all(unit.id in {WARM, MOST_OF_ALL} for unit in change.units):
            return change
        image = await refuse_without(self.vendor, standing)
        return change.model_copy(update={"effects": (*change.effects, *image)})

    def seen_in(self, service: Service, change: Change, unit: Unit, *, known: bool) -> Seen:
        """The value of the service; while Google starts what belongs to it, it is not there yet."""
        value = capacity.value_of(service, unit.id)
        if value == unit.was:
            # What somebody else began is over first: it would be made anew from a template that is half old.
            under_way = CloudRunSettings.of(change).moving(service)
            return Seen(value, f"{service.id} is being changed" if under_way else "")
        if not self.is_reached(change, unit, value):
            return Seen(value)
        if service.moving:
            return Seen(value, f"{service.latest_created} is starting")
        if unit.id != WARM and service.latest_ready != service.latest_created:
            raise Rejected("firebase", f"{service.latest_created} did not start: {service.trouble}")
        return Seen(value)

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """What is beyond already is as good, on the way there."""
        beyond = not change.goes_back and capacity.is_beyond(value, unit.to)
        return beyond or super().is_reached(change, unit, value)

    def asked(self, service: Service, change: Change, unit: Unit) -> Asked:
        """What was read with one value changed."""
        mask, body = capacity.edited(service, unit.id, unit.to, change.marker)
        return {"updateMask": mask}, body

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud run services update`."""
        return [gcloud(change, "update", capacity.by_hand(unit.id, unit.to)) for unit in change.units]

    def _larger(self, request: PlanRequest, standing: Standing, wanted: str) -> Change:
        service = standing.service
        seen = size_of(service.container)
        if not seen.get("memory"):
            raise PolicyError(Rule.UNKNOWN_SIZE, f"Google does not say how much memory {service.id} has")
        wanted = following(bytes_of(seen)) if wanted == ONE_MORE else wanted
        try:
            cap = min(largest_sizes(request, wanted), key=memory_of)
            largest = memory_of(cap)
        except ValueError as error:
            raise PolicyError(Rule.LARGEST_SIZE, f"the limit largest_size {error}") from error
        goal = min(memory_of(wanted), largest)
        to = holding(seen, goal)
        grows = is_smaller({**seen, "cpu": to["cpu"]}, to)
        if grows:
            refuse_pinned(standing)
        short = memory_of(wanted) > largest
        enough = (
            f"largest size allowed is {cap}: cap reached" if short else f"it has {seen['memory']} already"
        )
        return self.change(
            request,
            [Unit(id=MEMORY, was=seen, to=to)] if grows else [],
            f"give {service.id} {written(goal)} of memory instead of {seen['memory']}",
            because=f"{wanted} wanted; {cap} is the largest allowed",
            effects=(NEW_REVISION, SET_BACK),
            settings=CloudRunSettings(service=service.name, stuck=standing.stuck(request.as_of)),
            limits={"largest_size": cap},
            nothing_to_do=enough,
        )

    def _more(self, request: PlanRequest, standing: Standing, asked: ScaleArguments) -> Change:
        service = standing.service
        most = capacity.most(service)
        now, what = (most, "at the most") if asked.ceiling else (capacity.warm(service), "kept warm")
        wanted = so_many(asked.count or asked.ceiling or 1, now)
        cap = int(str(request.limits.get("max_count", wanted)))
        goal = min(wanted, cap) if asked.ceiling else min(wanted, cap, most)
        units = _raised(service, goal, ceiling=bool(asked.ceiling)) if goal > now else ()
        renews = any(unit.id == MOST for unit in units)
        if renews:
            refuse_pinned(standing)
        enough = "" if wanted <= min(cap, goal) else f", and {min(cap, goal)} is the limit: cap reached"
        return self.change(
            request,
            units,
            f"{goal} instances of {service.id} {what} instead of {now}",
            because=f"{now} {what} now; {wanted} wanted, at most {cap} allowed",
            effects=(NEW_REVISION if renews else PAID, SET_BACK),
            settings=CloudRunSettings(service=service.name, stuck=standing.stuck(request.as_of)),
            limits={"max_count": cap},
            nothing_to_do=f"{now} instances {what} now{enough}",
        )


def _raised(service: Service, goal: int, *, ceiling: bool) -> tuple[Unit, ...]:
    """Each place where a number stands in the way; the ceiling may stand in two."""
    if capacity.is_manual(service):
        raise PolicyError(Rule.MANUAL_SCALING, f"{service.id} is scaled by hand; change its instances there")
    names = (MOST, MOST_OF_ALL) if ceiling else (WARM,)
    seen = {name: capacity.value_of(service, name) for name in names}
    return tuple(
        Unit(id=name, was=number, to=goal)
        for name, number in seen.items()
        if isinstance(number, int) and number < goal
    )
