"""`fly.run`: a command in a machine of its own, once, until it has ended well.

The machine is made like those of the app, without their services, and with the group of a console, which
`fly deploy` leaves alone; Fly destroys it when the command has ended (`auto_destroy`). It is listed for a
while after that, with its last events, where flyctl reads the exit code of a release command too
(docs.machines.dev and superfly/flyctl, read 2026-11).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import Any, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.fly.answers import MARK, Machine
from activities.fly.client import NEEDS, Fly
from activities.fly.patient_api import goes_on
from activities.fly.readings import deployed
from activities.fly.roll_back import refuse_while_deploying, release_named
from activities.portable.verbs import NumberedRelease, OneCommand, number_of
from stanch.errors import Conflict, Moved, PolicyError, Rejected
from stanch.model.base import Duration, digest_of
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

_GROUP = "fly_app_console"
_COMMAND, _DONE = "command", "exited with 0"
_KEPT = ("env", "guest", "dns", "files", "rootfs")
"""What of a machine's configuration a command needs; services, checks and volumes are not among it."""
_OVER = {"destroyed", "stopped", "failed", "launch_failed"}


class FlyRunArguments(OneCommand):
    """`within` says how long it is waited for."""

    release: NumberedRelease = ""
    within: Duration = Field(default=timedelta(minutes=30), gt=timedelta(0), le=timedelta(hours=23))


class OneOffMachineSettings(Settings):
    """The machine that it is made like, and the image that was approved."""

    command: str
    copy_of: str
    image: str
    region: str


class Run(Verb[Fly]):
    """Runs a command beside the app."""

    spec: ClassVar = VerbSpec(
        name="fly.run",
        says="A command, such as a migration back, in a machine of its own, until it exits with 0",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE, usually="as long as its command", visitors="nothing changes for them"
        ),
        arguments=FlyRunArguments,
        of="fly",
        floor=Approval.TWO,
        effects=(
            "runs once, in a machine of its own, with the app's variables and secrets, without its volumes",
            "an image with an entrypoint of its own gets sh -c and the command as arguments",
            "nothing ends a command that hangs but fly machine destroy --force",
            "what it does to data stays done",
        ),
        risk=Risk.HIGH,
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=10)

    async def plan(self, request: PlanRequest) -> Change:
        """Chooses the image, and a machine whose size and variables it gets; refuses during a deployment."""
        wanted, target = arguments_of(FlyRunArguments, request), request.target
        (machines, _), releases = await asyncio.gather(
            self.vendor.machines_compared(target), self.vendor.releases(target.name)
        )
        here = sorted(
            (one for one in machines if one.is_reachable and one.image),
            key=lambda one: one.state != "started",
        )
        if not here or not releases:
            raise PolicyError(Rule.NOTHING_RUNS, f"{target.name} has nothing to run a command with")
        await refuse_while_deploying(self.vendor, target, machines, releases, request.as_of)
        peer, number = here[0], number_of(wanted.release)
        release = deployed(releases, machines) if number is None else release_named(releases, number)
        image = peer.image if number is None else str(release.image_ref)
        return self.change(
            request,
            (Unit(id=_COMMAND, was=None, to=_DONE),),
            f"run `{wanted.command}` on {target.name} with the image of {release.name}",
            undo=Undo(kind=UndoKind.NONE, why="what a command did cannot be taken back"),
            settles_within=wanted.within,
            settings=OneOffMachineSettings(
                command=wanted.command, copy_of=peer.id, image=image, region=peer.region
            ),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the mark on its machine, listed when it is gone too; only an exit code of 0 is success."""
        goes_on(done)
        found = await self.vendor.helpers(change.target.name, {MARK: change.marker})
        return {unit.id: _seen(change, unit, found[0] if found else None, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Makes the machine; its name is the change's own, so that there is no second one beside it."""
        settings, app = OneOffMachineSettings.of(change), change.target.name
        peer = await self.vendor.listed_machine(app, settings.copy_of)
        if not peer.config:
            raise Moved("fly", f"the host of {peer.id} does not answer any more")
        body = {
            "name": _name(change),
            "region": settings.region,
            "config": _config(peer, settings, change.marker),
        }
        try:
            await self.vendor.api.post(f"apps/{app}/machines", body)
        except Rejected as error:
            if "name" in str(error) and "taken" in str(error):
                raise Conflict("fly", f"{_name(change)} was created just now") from error
            raise

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`fly machine run --rm`, and its exit code in `fly machine status`."""
        settings, app = OneOffMachineSettings.of(change), change.target.name
        run = f"fly machine run {settings.image} --rm --restart no --region {settings.region} --app {app}"
        status = f"fly machine status ID --app {app}  # its exit code"
        return [f"{run} -- sh -c {quote(settings.command)}", status]


def _name(change: Change) -> str:
    return f"stanch-run-{digest_of([change.marker, change.digest])}"


def _config(peer: Machine, settings: OneOffMachineSettings, marker: str) -> dict[str, Any]:
    kept = {name: peer.config[name] for name in _KEPT if name in peer.config}
    entrypoint = (peer.config.get("init") or {}).get("entrypoint")
    return {
        **kept,
        "image": settings.image,
        "env": {**(kept.get("env") or {}), "FLY_PROCESS_GROUP": _GROUP, "STANCH_CHANGE": marker},
        "init": {
            **({"entrypoint": entrypoint} if entrypoint else {}),
            "cmd": ["sh", "-c", settings.command],
        },
        "metadata": {"fly_process_group": _GROUP, MARK: marker},
        "restart": {"policy": "no"},
        "auto_destroy": True,
    }


def _seen(change: Change, unit: Unit, machine: Machine | None, done: frozenset[str]) -> Seen:
    if machine is None:
        # Fly lists a new machine a moment late: that is neither success nor a reason to make another.
        return Seen(unit.to, "Fly lists no such machine", shown="made") if unit.id in done else Seen(unit.was)
    code = machine.end.exit_code if machine.end else None
    if code is None and machine.state not in _OVER:
        return Seen(unit.to, f"{machine.id} is {machine.state}", shown=machine.state)
    if code != 0:
        how = (
            f"ended with {code}"
            if code is not None
            else f"is {machine.state}, and Fly does not say how it ended"
        )
        where = f"fly logs --machine {machine.id} --app {change.target.name}"
        raise Rejected("fly", f"the command in {machine.id} {how}; its output: {where}")
    return Seen(unit.to)
