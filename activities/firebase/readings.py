"""What a function or Cloud Run service can be asked: its releases, and how it stands."""

from typing import ClassVar

from activities.contract import Reader
from activities.firebase import capacity, traffic
from activities.firebase.answers import SUCCEEDED, Function, OldFunction, Service
from activities.firebase.client import Firebase, Standing
from activities.firebase.revisions import deployed, healthy_before, running
from activities.firebase.sizes import megabytes, size_of
from activities.portable.releases import Releases
from activities.portable.status import Status, StatusArguments
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

NEEDS = ("cloudfunctions.functions.get", "run.services.get", "run.revisions.list")


class FirebaseReleases(Releases):
    """The deployment that visitors get, and what could be gone back to."""

    generation: int
    split: str

    def states(self) -> list[str]:
        """Of the 1st generation nothing earlier is kept."""
        return [*super().states(), *(["1st generation"] if self.generation == 1 else [])]


class ReadReleases(Reader[Firebase]):
    """`firebase.releases`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.releases",
        says="The revision that visitors get, its age, whether it is suspect, and the ready one before it",
        result=FirebaseReleases,
        of="firebase",
        needs=NEEDS,
        leaves_out=("commit", "newest_commit"),
    )

    async def read(self, look: Look) -> FirebaseReleases:
        """Reads the revisions; a 1st generation has only what runs."""
        target = look.the_target
        function, name = await self.vendor.found(target)
        if function and function.first_generation:
            return _only(await self.vendor.old_function(target))
        return _releases(await self.vendor.standing_of(name, function), look)


def _releases(standing: Standing, look: Look) -> FirebaseReleases:
    deployment, now = deployed(standing), running(standing)
    if deployment is None or now is None:
        raise Rejected("firebase", f"visitors of {standing.service.id} get none of its last revisions")
    before, deploying = healthy_before(standing), bool(standing.deploying(look.as_of))
    split = traffic.split_of(standing.service)
    newest = standing.revisions[0]
    return FirebaseReleases(
        generation=2,
        name=now.id,
        by=deployment.creator or None,
        finished_at=deployment.ready_since,
        previous=before.id if before else None,
        newest=newest.id,
        newest_at=newest.create_time,
        is_newest={*traffic.serving(standing.service)} == {newest.id},
        newest_failed=not newest.ready and not deploying,
        deploying=deploying,
        held=not traffic.follows_latest(split),
        is_suspect=is_suspect(
            deployment.ready_since,
            look.first_bad_at,
            before.ready_since if before else None,
            confounded=False,
            deploying=deploying,
        ),
        split=split,
    )


def _only(function: OldFunction) -> FirebaseReleases:
    return FirebaseReleases(
        generation=1,
        name=str(function.version_id),
        finished_at=function.update_time,
        newest=str(function.version_id),
        newest_at=function.update_time,
        is_newest=True,
        deploying=function.status == "DEPLOY_IN_PROGRESS",
        is_suspect=False,
        split="",
    )


class Instances(Status):
    """How a function or service stands: whether it serves, and what it is given."""

    copies: ClassVar = "instances"
    generation: int
    state: str
    at_most: int
    """Instances that there can be."""
    serving: dict[str, int]
    """Percent of the visitors that each revision gets."""

    def states(self) -> list[str]:
        """Instances come and go with visitors; how many there are is not told here."""
        shares = [f"{name} {share} %" for name, share in self.serving.items()]
        room = f"{self.wanted} kept warm, at most {self.at_most}"
        return [*super().states(), *filter(None, (self.state,)), room, *shares]


class ReadStatus(Reader[Firebase]):
    """`firebase.status`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.status",
        says="Whether the function or service serves, its memory and instances, and who serves visitors",
        result=Instances,
        arguments=StatusArguments,
        of="firebase",
        needs=("cloudfunctions.functions.get", "run.services.get"),
        good_when="!it.is_down && !it.settling",
        leaves_out=(
            "is_slow",
            "count",
            "running",
            "failing_copies",
            "memory_kills",
            "restarts",
            "cpu",
            "memory",
            "hit_rate",
            "restarted_age",
            "connections",
            "free",
        ),
    )

    async def read(self, look: Look) -> Instances:
        """By what the service says of itself; of a 1st generation, what the function says."""
        target = look.the_target
        function, name = await self.vendor.found(target)
        if function and function.first_generation:
            return _old(await self.vendor.old_function(target))
        found = _status(function, await self.vendor.service(name))
        return found.model_copy(update={"why": " ".join(self.vendor.api.clean(found.why).split())})


def _old(function: OldFunction) -> Instances:
    settling = function.status == "DEPLOY_IN_PROGRESS"
    return Instances(
        generation=1,
        state=function.status,
        is_down=function.status != "ACTIVE" and not settling,
        settling=settling,
        wanted=function.min_instances,
        size=f"{function.available_memory_mb}Mi",
        memory_mb=function.available_memory_mb,
        at_most=function.max_instances,
        serving={},
    )


def _status(function: Function | None, service: Service) -> Instances:
    size = size_of(service.container)
    # A newest revision that did not start is trouble, but visitors may be served well by another.
    routed = any(one.type == "RoutesReady" and one.state == SUCCEEDED for one in service.conditions)
    well = routed or service.terminal_condition.state == SUCCEEDED
    return Instances(
        generation=2,
        state=function.state if function else "",
        is_down=not (well and traffic.is_served(service)) and not service.moving,
        settling=service.moving,
        wanted=capacity.warm(service),
        size=size.get("memory"),
        memory_mb=megabytes(size),
        why=service.trouble,
        at_most=capacity.most(service),
        serving=traffic.serving(service),
    )
