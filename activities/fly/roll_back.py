"""`fly.roll_back`: every machine of the app back on the image of the last healthy earlier release.

Fly has no rollback of its own: an earlier image is deployed, machine after machine.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.fly.answers import MARK, RELEASE_MARKS, Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.leased import (
    GONE,
    Config,
    left_alone,
    refuse_failed,
    settling_of,
    time_to_stop,
    update,
)
from activities.fly.patient_api import goes_on
from activities.fly.readings import deployed, healthy_before
from activities.fly.releases import Release, under_way
from activities.portable.verbs import EarlierRelease, NumberedRelease, number_of
from stanch.errors import PolicyError
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import NoHelp, VerbSpec
from stanch.plain import amount
from stanch.rules import Rule


class RollBackArguments(EarlierRelease):
    """`release` by its number; without it, the last healthy one before the running one."""

    release: NumberedRelease = ""


class ImageSettings(Settings):
    """What release each image is of, by its marks, and the machines that are left as they are.

    `there` run the wanted image already; `away` are on hosts that do not answer.
    """

    marks: dict[str, dict[str, str]] = Field(default_factory=dict)
    there: tuple[str, ...] = ()
    away: tuple[str, ...] = ()


class RollBack(Verb[Fly]):
    """Puts an earlier image on every machine."""

    spec: ClassVar = VerbSpec(
        name="fly.roll_back",
        brings_health=True,
        says="Every machine back on the image of the last healthy earlier release",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.SEEN, usually="10 to 90 s for each machine"),
        arguments=RollBackArguments,
        of="fly",
        if_no_help=NoHelp.UNDO,
        effects=(
            "restarts each machine, one after the other",
            "environment, secrets and size stay as they are now; so does the database",
        ),
        takes=timedelta(minutes=15),  # Fly: stuck is what updates for over 10 min
        needs=NEEDS,
    )
    arrives_within: ClassVar = timedelta(0)  # by lease and version

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the image; refuses during a deployment, and where there is nothing to go back to."""
        version = number_of(arguments_of(RollBackArguments, request).release)
        target = request.target
        (machines, compared), releases = await asyncio.gather(
            self.vendor.machines_compared(target), self.vendor.releases(target.name)
        )
        if not machines or not releases:
            missing = "release" if machines else "machine"
            raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, f"{target.name} has no {missing}")
        _, left = await asyncio.gather(
            refuse_while_deploying(self.vendor, target, machines, releases, request.as_of),
            self.vendor.left_behind(target.name, machines),
        )
        running = deployed(releases, machines)
        goal = (
            healthy_before(releases, running, left) if version is None else release_named(releases, version)
        )
        if goal is None:
            raise PolicyError(Rule.NOTHING_TO_ROLL_BACK_TO, f"{target.name} has no healthy earlier release")
        here = [machine for machine in machines if machine.is_reachable]
        if not here:
            raise PolicyError(
                Rule.NOTHING_TO_ROLL_BACK_TO, f"no machine of {target.name} is on a host that answers"
            )
        units = tuple(
            Unit(id=machine.id, was=machine.image, to=goal.image_ref)
            for machine in here
            if machine.image != goal.image_ref
        )
        return self.change(
            request,
            units,
            f"roll {target.name} back from v{running.version} to v{goal.version}"
            f" ({amount(len(units), 'machine')})",
            because=f"v{goal.version} is the newest complete earlier release with another image",
            settings=ImageSettings(
                marks={machine.image: machine.release for machine in machines} | {goal.image_ref: goal.marks},
                there=tuple(machine.id for machine in here if machine.image == goal.image_ref),
                away=tuple(machine.id for machine in machines if not machine.is_reachable),
            ),
            effects=(*self.spec.effects, *left_alone(machines, compared=compared)),
            settles_within=time_to_stop(self, here),
            nothing_to_do=f"every machine already runs v{goal.version}",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The image in each machine's config; a new machine on the old image makes the plan stale."""
        goes_on(done)
        known = _planned_on(change)
        machines = {machine.id: machine for machine in await self.vendor.machines(change.target, known)}
        _refuse_newcomers(change, machines)
        return {unit.id: _seen(change, unit, machines.get(unit.id), done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Replaces the machine's config by the same one with the other image."""
        marks = ImageSettings.of(change).marks.get(str(unit.to), {})

        def edit(config: Config) -> Config:
            metadata = {
                key: value
                for key, value in (config.get("metadata") or {}).items()
                if key not in RELEASE_MARKS
            }
            return {**config, "image": unit.to, "metadata": metadata | marks}

        await update(self.vendor, change, unit.id, lambda machine: machine.image == unit.was, edit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `fly machine update` for each machine."""
        app = change.target.name
        return [f"fly machine update {unit.id} --image {unit.to} --app {app} --yes" for unit in change.units]


def release_named(releases: list[Release], version: int) -> Release:
    """The release of this number; raises `PolicyError` where it cannot be run any more."""
    found = next((release for release in releases if release.version == version), None)
    if found is None or not found.complete or found.image is None:
        raise PolicyError(
            Rule.NO_SUCH_RELEASE, f"v{version} is none of the last complete releases whose image still exists"
        )
    return found


async def refuse_while_deploying(
    fly: Fly, target: Target, machines: list[Machine], releases: list[Release], as_of: datetime
) -> None:
    """Raise where somebody else's deployment is under way: a running release, or a lease on a machine."""
    running = under_way(releases, as_of)
    if running:
        raise PolicyError(
            Rule.DEPLOYMENT_IN_PROGRESS,
            f"v{running.version} of {target.name} is being deployed by {running.author}",
        )
    holders = await fly.lease_holders(target.name, machines)
    for machine, holder in holders.items():
        raise PolicyError(Rule.DEPLOYMENT_IN_PROGRESS, f"machine {machine} is leased by {holder}")


def _planned_on(change: Change) -> set[str]:
    settings = ImageSettings.of(change)
    return {unit.id for unit in change.units} | {*settings.there, *settings.away}


def _refuse_newcomers(change: Change, machines: dict[str, Machine]) -> None:
    planned = _planned_on(change)
    leaving = {unit.was for unit in change.units}
    for machine in machines.values():
        if machine.id not in planned and machine.image in leaving:
            raise PolicyError(
                Rule.TARGET_GREW, f"machine {machine.id} appeared on {machine.image} since this was planned"
            )


def _seen(change: Change, unit: Unit, machine: Machine | None, done: frozenset[str]) -> Seen:
    if machine is None:
        return GONE
    if machine.image != unit.to:
        return Seen(machine.image)
    ours = unit.id in done or machine.metadata.get(MARK) == change.marker
    refuse_failed(machine, change, ours=ours)
    return Seen(machine.image, settling_of(machine, change, ours=ours))
