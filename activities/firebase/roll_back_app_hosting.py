"""`firebase.roll_back_app_hosting`: visitors of an App Hosting backend back on an earlier build.

The build exists and is only rolled out anew. The rollout's own id is made of the incident's number: asked for
twice it is made once, and after a lost answer it is found.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.firebase.client import APP_HOSTING, Firebase
from activities.firebase.rollouts import Backend, Rollout, backend, rollout_id
from activities.firebase.target import backend_of
from activities.portable.verbs import EarlierRelease
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.rules import Rule

OLD_BUILD = "environment and secrets are those of the earlier build; data stays as it is"
_REPLACED = "rollouts of pushes stay on: the next push to {branch} goes live over it"


class RollBackAppHostingArguments(EarlierRelease):
    """`release` names a build; without it, the last one before the live one that was rolled out whole."""


class BackendSettings(Settings):
    """The backend by its full name, and the rollouts there that have never ended."""

    backend: str
    left: tuple[str, ...] = ()


class RollBackAppHosting(Verb[Firebase]):
    """Rolls an earlier build out anew."""

    spec: ClassVar = VerbSpec(
        name="firebase.roll_back_app_hosting",
        says="An App Hosting backend back on the build that was live before",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE),
        arguments=RollBackAppHostingArguments,
        of="firebase",
        if_no_help=NoHelp.UNDO,
        effects=(OLD_BUILD, "the next push to the backend's branch goes live over it"),
        takes=timedelta(minutes=30),  # a rollout of a build that is there
        needs=(
            "firebaseapphosting.traffic.get",
            "firebaseapphosting.rollouts.list",
            "firebaseapphosting.rollouts.create",
        ),
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the build; refuses during a rollout and where there is nothing to go back to."""
        wanted = arguments_of(RollBackAppHostingArguments, request)
        found = await backend(self.vendor, backend_of(request.target))
        if running := found.under_way(request.as_of):
            raise PolicyError(Rule.DEPLOYMENT_IN_PROGRESS, f"{running.id} is {running.state}")
        now = found.traffic.live
        if not now:
            raise PolicyError(Rule.UNKNOWN_TRAFFIC, f"visitors of {found.id} do not all get one build")
        goal = _chosen(found, wanted.release)
        branch = found.traffic.branch
        moves = goal.shows != now
        return self.change(
            request,
            [Unit(id="live", was=now, to=goal.shows)] if moves else [],
            f"roll {found.id} back from {now} to {goal.shows}",
            because=f"{goal.shows} was live from {goal.finished_at:%Y-%m-%d %H:%M} UTC",
            effects=(OLD_BUILD, *([_REPLACED.format(branch=branch)] if branch else [])),
            settings=BackendSettings(
                backend=found.name, left=tuple(one.id for one in found.rollouts if one.runs)
            ),
            nothing_to_do=f"visitors already get {now}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By what visitors get, by our own rollout, and by anybody else's that is under way."""
        found = await backend(self.vendor, BackendSettings.of(change).backend)
        return {unit.id: _seen(change, unit, found) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Asks for the rollout under an id of its own; Google makes it once."""
        name, mine = BackendSettings.of(change).backend, rollout_id(change.marker)
        await self.vendor.write(
            "POST",
            APP_HOSTING,
            f"v1/{name}/rollouts",
            params={
                "rolloutId": mine,
                "requestId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{mine}")),
            },
            json={"build": f"{name}/builds/{unit.to}", "displayName": change.marker},
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The API itself: firebase rolls out only what it builds anew."""
        name = BackendSettings.of(change).backend
        url = f"https://firebaseapphosting.googleapis.com/v1/{name}"
        token = "$(gcloud auth print-access-token)"  # noqa: S105 - a command
        return [
            f'curl -X POST -H "Authorization: Bearer {token}" -H "Content-Type: application/json"'
            f' "{url}/rollouts?rolloutId=by-hand" -d \'{{"build": "{name}/builds/{unit.to}"}}\''
            for unit in change.units
        ]


def _chosen(found: Backend, wanted: str) -> Rollout:
    if not wanted:
        if found.previous is None:
            raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, f"{found.id} has no earlier build that was live")
        return found.previous
    named = next((one for one in found.rollouts if one.whole and one.shows == wanted), None)
    if named is None:
        raise PolicyError(
            Rule.NO_SUCH_RELEASE, f"{wanted} is none of the builds that were live at {found.id}"
        )
    return named


def _seen(change: Change, unit: Unit, found: Backend) -> Seen:
    ours, live, left = (
        found.rollout(rollout_id(change.marker)),
        found.traffic.live,
        BackendSettings.of(change).left,
    )
    others = [one for one in found.rollouts if one.runs and one != ours and one.id not in left]
    if others:
        return Seen(f"{live} while {others[0].id} is under way")
    if ours and ours.failure:
        raise Rejected("firebase", f"{found.id} to {unit.to}: {ours.failure}")
    if ours and (ours.runs or found.traffic.reconciling):
        return Seen(unit.to, f"rollout {ours.id} is {ours.state}", shown=live)
    if ours and live == unit.was:
        # It was rolled out, and somebody went back: that is not where the plan began.
        return Seen(f"{live} after {ours.id}", shown=live)
    return Seen(live)
