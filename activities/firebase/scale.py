"""`firebase.scale`: more memory, more instances kept warm, or room for more at the most; never less.

All on the Cloud Run service that a 2nd-generation function is. Memory and the ceiling belong to a revision:
a new one is made of the same code. Instances kept warm belong to the service.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from activities.contract import Verb, arguments_of, largest_sizes
from activities.firebase import capacity
from activities.firebase.answers import Service
from activities.firebase.capacity import MEMORY, MOST, MOST_OF_ALL, WARM
from activities.firebase.client import RUN, Firebase, Standing
from activities.firebase.roll_back import NEEDS
from activities.firebase.sizes import holding, is_smaller, megabytes, memory_of, size_of, written
from activities.firebase.target import project_of
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

NOT_OFFERED = (
    "its memory and instances are set by a deployment, which builds it anew; do it from the pipeline"
)
SET_BACK = "a later firebase deploy sets it back to what the code says, unless it preserves external changes"
NEW_REVISION = (
    "a new revision of the same code starts; instances of the one before finish what they have begun"
)
PAID = "instances that are kept warm are paid for while they wait"


def _amount(value: object) -> object:
    """`{at_least: 3}` and `3` mean the same here: what is already beyond is success."""
    if isinstance(value, Mapping) and set(value) == {"at_least"}:
        return value["at_least"]
    return value


Amount = Annotated[int | None, BeforeValidator(_amount), Field(ge=1, le=1000)]


class ScaleArguments(Written):
    """Exactly one, meaning *at least*: `size` of memory, `count` kept warm, `ceiling` at the most."""

    size: Annotated[str | None, BeforeValidator(_amount)] = None
    count: Amount = None
    ceiling: Amount = None

    @model_validator(mode="after")
    def _one_of(self) -> "ScaleArguments":
        if sum(one is not None for one in (self.size, self.count, self.ceiling)) != 1:
            message = "give exactly one of size, count and ceiling"
            raise ValueError(message)
        if self.size is not None:
            memory_of(self.size)
        return self


class Scale(Verb):
    """Adds capacity within the service's limits."""

    spec: ClassVar = VerbSpec(
        name="firebase.scale",
        awaits_health=True,
        says="At least so much memory, so many instances kept warm, or room for so many, within the limits",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=ScaleArguments,
        of="firebase",
        was={"count": "int", "ceiling": "int", "memory_mb": "int", "size": "string"},
        if_no_help=NoHelp.KEEP,
        effects=(NEW_REVISION, SET_BACK, PAID),
        takes=timedelta(minutes=20),  # Cloud Run gives a revision 10 min and more to become ready
        needs=NEEDS,
    )

    def __init__(self, firebase: Firebase) -> None:
        self._firebase = firebase

    async def plan(self, request: PlanRequest) -> Change:
        """Resolves `at least` against what is there now, capped by the limits."""
        standing = await self._firebase.standing(request.target, NOT_OFFERED)
        standing.refuse_while_deploying()
        service = standing.service
        size = size_of(service.container)
        was = {
            "count": capacity.warm(service),
            "ceiling": capacity.most(service),
            "memory_mb": megabytes(size),
            "size": size.get("memory", ""),
        }
        wanted = arguments_of(ScaleArguments, request, was)
        if wanted.size is not None:
            return _larger(request, standing, wanted.size)
        return _more(request, standing, wanted)

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - values tell
        """By the values of the service; what is beyond them already is as good."""
        service = await self._firebase.service(change.settings["service"])
        places = [
            await self._firebase.confirmed(change, unit, _place(change, unit, service))
            for unit in change.units
        ]
        return Survey(places=tuple(places))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sends back what was read with one value changed, under the service's etag."""
        service = await self._firebase.service(change.settings["service"])
        if _place(change, unit, service).at is not At.WAS:
            return
        mask, body = capacity.edited(service, unit.id, unit.to, change.marker)
        answer = await self._firebase.write(
            "PATCH",
            RUN,
            f"v2/{service.name}",
            params={"updateMask": mask},
            json={"name": service.name, **body, "etag": service.etag},
        )
        self._firebase.begun(change, unit, RUN, answer)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud run services update`."""
        _, _, _, region, _, service = str(change.settings["service"]).split("/")
        place = f"--region={region} --project={project_of(change.target)}"
        return [
            f"gcloud run services update {service} {capacity.by_hand(unit.id, unit.to)} {place}"
            for unit in change.units
        ]


def refuse_pinned(standing: Standing) -> None:
    """Raise where a new revision would get no visitors."""
    if not capacity.new_revision_serves(standing.service):
        raise PolicyError(
            Rule.TRAFFIC_PINNED,
            f"visitors of {standing.service.id} are pinned to a revision, and a new one would get none;"
            " set its traffic to the latest revision first",
        )


def _larger(request: PlanRequest, standing: Standing, wanted: str) -> Change:
    service = standing.service
    try:
        cap = min(largest_sizes(request, wanted), key=memory_of)
        largest = memory_of(cap)
    except ValueError as error:
        raise PolicyError(Rule.LARGEST_SIZE, f"the limit largest_size {error}") from error
    goal = min(memory_of(wanted), largest)
    seen = size_of(service.container)
    if not seen.get("memory"):
        raise PolicyError(Rule.UNKNOWN_SIZE, f"Google does not say how much memory {service.id} has")
    to = holding(seen, goal)
    grows = is_smaller({**seen, "cpu": to["cpu"]}, to)
    if grows:
        refuse_pinned(standing)
    short = memory_of(wanted) > largest
    enough = f"largest size allowed is {cap}: cap reached" if short else f"it has {seen['memory']} already"
    units = (Unit(id=MEMORY, was=seen, to=to),) if grows else ()
    return _change(request, standing, units, (NEW_REVISION, SET_BACK)).model_copy(
        update={
            "summary": f"give {service.id} {written(goal)} of memory instead of {seen['memory']}",
            "because": f"{wanted} wanted; {cap} is the largest allowed",
            "limits": {"largest_size": cap},
            "nothing_to_do": "" if grows else enough,
        }
    )


def _more(request: PlanRequest, standing: Standing, asked: ScaleArguments) -> Change:
    service = standing.service
    wanted = asked.count or asked.ceiling or 1
    cap = int(str(request.limits.get("max_count", wanted)))
    most = capacity.most(service)
    goal = min(wanted, cap) if asked.ceiling else min(wanted, cap, most)
    now, what = (most, "at the most") if asked.ceiling else (capacity.warm(service), "kept warm")
    units = _raised(service, goal, ceiling=bool(asked.ceiling)) if goal > now else ()
    renews = any(unit.id == MOST for unit in units)
    if renews:
        refuse_pinned(standing)
    enough = "" if wanted <= min(cap, goal) else f", and {min(cap, goal)} is the limit: cap reached"
    return _change(
        request, standing, units, (NEW_REVISION, SET_BACK) if renews else (PAID, SET_BACK)
    ).model_copy(
        update={
            "summary": f"{goal} instances of {service.id} {what} instead of {now}",
            "because": f"{now} {what} now; {wanted} wanted, at most {cap} allowed",
            "limits": {"max_count": cap},
            "nothing_to_do": "" if units else f"{now} instances {what} now{enough}",
        }
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


def _change(
    request: PlanRequest, standing: Standing, units: tuple[Unit, ...], effects: tuple[str, ...]
) -> Change:
    return Change(
        verb=Scale.spec.name,
        kind=Kind.STATE,
        target=request.target,
        units=units,
        undo=Undo(kind=UndoKind.RESTORES),
        summary="",
        effects=effects,
        settings={"service": standing.service.name},
        marker=request.marker,
    )


def _place(change: Change, unit: Unit, service: Service) -> Place:
    seen = capacity.value_of(service, unit.id)
    if seen == unit.was:
        # What somebody else began is over first: it would be made anew from a template that is half old.
        others = f"{service.id} is being changed" if service.moving else ""
        return Place(unit=unit.id, at=At.WAS, seen=seen, settling=others)
    beyond = not change.goes_back and capacity.is_beyond(seen, unit.to)
    if seen != unit.to and not beyond:
        return Place(unit=unit.id, at=At.ELSEWHERE, seen=seen)
    if service.moving:
        return Place(unit=unit.id, at=At.TO, seen=seen, settling=f"{service.latest_created} is starting")
    if unit.id != WARM and service.latest_ready != service.latest_created:
        raise Rejected("firebase", f"{service.latest_created} did not start: {service.trouble}")
    return Place(unit=unit.id, at=At.TO, seen=seen)
