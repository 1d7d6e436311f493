"""`firebase.roll_back`: visitors of a 2nd-generation function back on an earlier revision that is ready.

The function is a Cloud Run service, whose traffic is moved (Cloud Run's guide to rollbacks, read 2026-11).
Firebase's own tools have no rollback, and 1st-generation functions keep no revision.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, arguments_of
from activities.firebase import traffic
from activities.firebase.answers import LEFT, Revision, Service
from activities.firebase.client import Standing
from activities.firebase.cloud_run import NEEDS, Asked, ChangesService, CloudRunSettings, gcloud
from activities.firebase.images import MEND, Goal, kept, startable_before
from activities.firebase.revisions import running
from activities.portable.verbs import EarlierRelease
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

NO_REVISIONS = (
    "Google keeps no earlier version of it to go back to; deploy the earlier commit again, from the pipeline"
)
PINNED = (
    "visitors stay on that revision: what a later firebase deploy builds gets no visitors until traffic is"
    " set to the latest revision again"
)
ALL_OF_IT = "environment and memory go back with the revision, and secrets pinned to a version; data does not"
EVENTS = "events that are in flight are not replayed"
_NO_WAY_BACK = "the image of {now} is deleted: once it gets no visitors, nobody can go back to it"


class RollBackArguments(EarlierRelease):
    """`release` names a revision; without it, the last ready one before the running deployment."""


class TrafficSettings(CloudRunSettings):
    """The newest revision that there was, and what later rollbacks pass over: before this one, and after."""

    newest: str
    left: str
    leaves: str


class RollBack(ChangesService):
    """Sends everybody to an earlier revision, without a build."""

    spec: ClassVar = VerbSpec(
        name="firebase.roll_back",
        brings_health=True,
        says="All visitors of a 2nd-generation function, or Cloud Run service, on an earlier revision",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="5 to 60 s",
            visitors="within seconds",
            limits="60 changes of functions a minute in each region",
        ),
        arguments=RollBackArguments,
        of="firebase",
        if_no_help=NoHelp.UNDO,
        effects=(PINNED, ALL_OF_IT),
        takes=timedelta(minutes=20),  # Cloud Run gives a revision 10 min and more to become ready
        needs=NEEDS,
    )
    arrives_within: ClassVar = timedelta(0)  # by etag

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the revision; refuses a 1st generation, during a deployment, and where there is none."""
        wanted = arguments_of(RollBackArguments, request)
        standing = await self.vendor.standing(request.target, NO_REVISIONS)
        standing.refuse_while_deploying(request.as_of)
        service, was = standing.service, traffic.split_of(standing.service)
        if not was:
            raise PolicyError(Rule.UNKNOWN_TRAFFIC, f"Google does not say what visitors of {service.id} get")
        chosen = await self._chosen(standing, wanted.release)
        goal = chosen.revision
        if goal is None:
            raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, _nothing(service, chosen))
        to = traffic.only(goal.id, service)
        moves = traffic.serving(service) != {goal.id: 100}
        by_events = bool(standing.function and standing.function.event_trigger)
        return self.change(
            request,
            [Unit(id="traffic", was=was, to=to)] if moves else [],
            f"send all visitors of {service.id} from {_shares(service)} to {goal.id}",
            because=f"{goal.id} was ready {goal.ready_since:%Y-%m-%d %H:%M} UTC, before {_newest(standing)}"
            + _passed(chosen),
            effects=(
                PINNED,
                ALL_OF_IT,
                *([EVENTS] if by_events else []),
                *chosen.kept.effects(goal.id),
                *await self._way_back(standing),
            ),
            settings=TrafficSettings(
                service=service.name,
                newest=service.latest_created,
                left=service.annotations.get(LEFT, ""),
                leaves=_leaves(service, goal),
            ),
            nothing_to_do=f"all visitors already get {goal.id}",
        )

    async def _chosen(self, standing: Standing, version: str) -> Goal:
        if not version:
            return await startable_before(self.vendor, standing)
        named = _named(standing, version)
        known = await kept(self.vendor, named.images)
        if known.gone:
            text = f"{named.id} would not start: its image {known.gone} is deleted; {MEND}"
            raise PolicyError(Rule.IMAGE_GONE, text)
        return Goal(named, known)

    async def _way_back(self, standing: Standing) -> tuple[str, ...]:
        now = running(standing)
        gone = now is not None and (await kept(self.vendor, now.images)).gone
        return (_NO_WAY_BACK.format(now=now.id),) if now and gone else ()

    def seen_in(self, service: Service, change: Change, unit: Unit, *, known: bool) -> Seen:
        """By the split that is asked for and given; a newer revision makes the plan stale."""
        split, to, was = traffic.split_of(service), str(unit.to), str(unit.was)
        if service.moving and traffic.bare(split) == traffic.bare(to):
            # While Google is at it, what it names the latest may be out of date (run v2, read 2026-11).
            return Seen(to, "visitors are moving", shown=split)
        if split == to:
            if not traffic.is_served(service):
                raise Rejected("firebase", f"{service.id} does not send visitors to {to}: {service.trouble}")
            return Seen(to)
        matters = traffic.follows_latest(was) or traffic.follows_latest(to)
        if matters and service.latest_created != TrafficSettings.of(change).newest:
            return Seen(f"{split}, and {service.latest_created} was deployed since")
        stands = service.moving and traffic.bare(split) == traffic.bare(was)
        return Seen(was if stands else split, shown=split)

    def asked(self, service: Service, change: Change, unit: Unit) -> Asked:
        """The split, and what was left."""
        body = {"traffic": traffic.targets(str(unit.to)), "annotations": _remembering(change, service)}
        return {"updateMask": "traffic,annotations"}, body

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`gcloud run services update-traffic`; firebase itself has no such command."""
        return [gcloud(change, "update-traffic", traffic.by_hand(str(unit.to))) for unit in change.units]


def _named(standing: Standing, version: str) -> Revision:
    found = next((one for one in standing.revisions if one.id == version), None)
    if found is None or not found.ready:
        raise PolicyError(
            Rule.NO_SUCH_RELEASE, f"{version} is none of the last ready revisions of {standing.service.id}"
        )
    return found


def _nothing(service: Service, chosen: Goal) -> str:
    gone = f"; the images of {', '.join(chosen.passed)} are deleted: {MEND}" if chosen.passed else ""
    return f"{service.id} has no earlier revision that is ready and can start{gone}"


def _passed(chosen: Goal) -> str:
    return f"; the images of {', '.join(chosen.passed)} are deleted" if chosen.passed else ""


def _shares(service: Service) -> str:
    return ", ".join(f"{name} ({share} %)" for name, share in traffic.serving(service).items())


def _newest(standing: Standing) -> str:
    found = running(standing)
    return found.id if found else "what runs now"


def _leaves(service: Service, goal: Revision) -> str:
    """What a later rollback shall pass over: what this one went back from, and went back from before."""
    left = (*service.left, *traffic.serving(service))
    return ",".join(dict.fromkeys(one for one in left if one != goal.id))


def _remembering(change: Change, service: Service) -> dict[str, str]:
    """The service's annotations with what was left; on the way back as they were."""
    others = {name: value for name, value in service.annotations.items() if name != LEFT}
    planned = TrafficSettings.of(change)
    left = planned.left if change.goes_back else planned.leaves
    return {**others, LEFT: left} if left else others
