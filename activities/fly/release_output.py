"""`fly.release_output`: what the newest release command wrote, such as a migration, and how it ended.

`fly deploy` runs it in a machine of its own, which Fly destroys afterwards and lists for a while longer, with
its last events; its lines stand in the app's log (superfly/flyctl, read 2026-11).
"""

from datetime import UTC, datetime
from typing import ClassVar

from activities.contract import Reader
from activities.fly.answers import Machine
from activities.fly.client import Fly
from activities.fly.history import NEEDS, logged
from activities.portable.release_output import ReleaseOutput, ReleaseOutputArguments, counted
from stanch.errors import Rejected
from stanch.model.evidence import Look
from stanch.model.verb import ReadingSpec

_GROUP = "fly_app_release_command"


class ReadReleaseOutput(Reader[Fly]):
    """`fly.release_output`."""

    spec: ClassVar = ReadingSpec(
        name="fly.release_output",
        says="How the newest release command ended, such as a migration, and which of its lines match",
        result=ReleaseOutput,
        arguments=ReleaseOutputArguments,
        of="fly",
        needs=NEEDS,
    )

    async def read(self, look: Look) -> ReleaseOutput:
        """The lines of its machine, as far back as Fly's short log goes."""
        app = look.the_target.name
        machine = next(iter(await self.vendor.helpers(app, {"fly_process_group": _GROUP})), None)
        began = _began(machine) if machine else None
        if machine is None or began is None:
            raise Rejected("fly", f"no machine of a release command of {app} is listed any more")
        lines = [line for line in await logged(self.vendor, app) if line.source == machine.id]
        said = counted(lines, look, self.vendor.redactor, whole=False)
        code = machine.end.exit_code if machine.end else None
        version = machine.metadata.get("fly_release_version")
        return ReleaseOutput(
            **said.model_dump(exclude={"said"}),
            name=f"v{version}" if version else machine.name,
            failed=bool(code) or machine.has_failed,
            exit_code=code,
            began_at=began,
        )


def _began(machine: Machine) -> datetime | None:
    """When it started last, for flyctl may use one again; else when it was made."""
    started = machine.last_start
    return datetime.fromtimestamp(started / 1000, UTC) if started else machine.created_at
