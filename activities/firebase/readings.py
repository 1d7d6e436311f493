"""What a function or Cloud Run service can be asked: its releases, and how it stands."""

from datetime import datetime
from typing import Annotated, ClassVar

from activities.contract import Reader
from activities.firebase import capacity, traffic
from activities.firebase.answers import SUCCEEDED, Function, OldFunction, Revision, Service
from activities.firebase.client import Firebase, Standing
from activities.firebase.revisions import deployed, healthy_before, running
from activities.firebase.sizes import megabytes, size_of
from stanch.errors import Rejected
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec
from stanch.policy.suspect import is_suspect

NEEDS = ("cloudfunctions.functions.get", "run.services.get", "run.revisions.list")


class Releases(Reading):
    """The deployment that visitors get, and what could be gone back to."""

    generation: int
    version: str
    by: str
    finished_at: Annotated[datetime | None, AgeAs("age")]
    split: str
    pinned: bool
    """A later deployment gets no visitors by itself."""
    newest: str
    deploying: bool
    is_suspect: bool
    previous_version: str | None = None

    def line(self) -> str:
        """`api-00042-xud by ana, suspect; before it api-00041-qam; pinned`."""
        if self.generation == 1:
            return f"version {self.version} of the 1st generation; no earlier one is kept"
        suspect = ", suspect" if self.is_suspect else ""
        before = f"; before it {self.previous_version}" if self.previous_version else "; nothing before it"
        pinned = f"; visitors are pinned, newest is {self.newest}" if self.pinned else ""
        return f"{self.version} by {self.by}{suspect}{before}{pinned}"


class ReadReleases(Reader[Firebase]):
    """`firebase.releases`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.releases",
        says="The revision that visitors get, its age, whether it is suspect, and the ready one before it",
        result=Releases,
        of="firebase",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> Releases:
        """Reads the revisions; a 1st generation has only what runs."""
        target = look.the_target
        function, name = await self.vendor.found(target)
        if function and function.first_generation:
            return _only(await self.vendor.old_function(target))
        return _releases(await self.vendor.standing_of(name, function), look)


def _releases(standing: Standing, look: Look) -> Releases:
    deployment, now = deployed(standing), running(standing)
    if deployment is None or now is None:
        raise Rejected("firebase", f"visitors of {standing.service.id} get none of its last revisions")
    before, deploying = healthy_before(standing), bool(standing.deploying(look.as_of))
    split = traffic.split_of(standing.service)
    return Releases(
        generation=2,
        version=now.id,
        by=_author(deployment),
        finished_at=deployment.ready_since,
        split=split,
        pinned=not traffic.follows_latest(split),
        newest=standing.service.latest_created,
        deploying=deploying,
        is_suspect=is_suspect(
            deployment.ready_since,
            look.first_bad_at,
            before.ready_since if before else None,
            confounded=False,
            deploying=deploying,
        ),
        previous_version=before.id if before else None,
    )


def _author(revision: Revision) -> str:
    return revision.creator or "somebody"


def _only(function: OldFunction) -> Releases:
    return Releases(
        generation=1,
        version=str(function.version_id),
        by="somebody",
        finished_at=function.update_time,
        split="",
        pinned=False,
        newest=str(function.version_id),
        deploying=function.status == "DEPLOY_IN_PROGRESS",
        is_suspect=False,
    )


class Status(Reading):
    """How a function or service stands: whether it is ready, and what it is given."""

    generation: int
    state: str
    ready: bool
    trouble: str = ""
    memory_mb: int
    cpu: str = ""
    kept_warm: int
    at_most: int
    serving: dict[str, int]
    settling: bool

    def line(self) -> str:
        """`ACTIVE, 256 MB, 0 kept warm, at most 100: api-00042-xud 100 %`."""
        shares = ", ".join(f"{name} {share} %" for name, share in self.serving.items())
        trouble = f" ({self.trouble})" if self.trouble else ""
        state = f"{self.state or 'ready'}{trouble}, {self.memory_mb} MB, {self.kept_warm} kept warm"
        return f"{state}, at most {self.at_most}{': ' if shares else ''}{shares}".replace("\n", " ")


class ReadStatus(Reader[Firebase]):
    """`firebase.status`."""

    spec: ClassVar = ReadingSpec(
        name="firebase.status",
        says="Whether the function or service is ready, its memory and instances, and who serves visitors",
        result=Status,
        of="firebase",
        needs=("cloudfunctions.functions.get", "run.services.get"),
        good_when="it.ready",
    )

    async def read(self, look: Look) -> Status:
        """By what the service says of itself; of a 1st generation, what the function says."""
        target = look.the_target
        function, name = await self.vendor.found(target)
        if function and function.first_generation:
            return _old(await self.vendor.old_function(target))
        found = _status(function, await self.vendor.service(name))
        return found.model_copy(update={"trouble": self.vendor.api.clean(found.trouble)})


def _old(function: OldFunction) -> Status:
    return Status(
        generation=1,
        state=function.status,
        ready=function.status == "ACTIVE",
        memory_mb=function.available_memory_mb,
        kept_warm=function.min_instances,
        at_most=function.max_instances,
        serving={},
        settling=function.status == "DEPLOY_IN_PROGRESS",
    )


def _status(function: Function | None, service: Service) -> Status:
    size = size_of(service.container)
    # A newest revision that did not start is trouble, but visitors may be served well by another.
    routed = any(one.type == "RoutesReady" and one.state == SUCCEEDED for one in service.conditions)
    well = routed or service.terminal_condition.state == SUCCEEDED
    return Status(
        generation=2,
        state=function.state if function else "",
        ready=well and traffic.is_served(service) and not service.moving,
        trouble=service.trouble,
        memory_mb=megabytes(size),
        cpu=size.get("cpu", ""),
        kept_warm=capacity.warm(service),
        at_most=capacity.most(service),
        serving=traffic.serving(service),
        settling=service.moving,
    )
