"""`aws.set_parameter`: a plain parameter of Systems Manager, by value.

PutParameter takes no condition; the version that was read stands in the plan and is compared before the
write (docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter, read 2026-11).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.aws.by_hand import command
from activities.aws.client import Aws
from activities.contract import Seen, Settings, Verb, arguments_of
from activities.open_values import NewValue, moved, refuse_a_secret, resolved, stated
from stanch.errors import PolicyError, Unavailable
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.rules import Rule

EFFECTS = (
    "what reads it only when it starts, such as a task's secrets, keeps the old value until it restarts",
)


class SetParameterArguments(Written):
    """Which parameter gets which value."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9/_.-]+$", max_length=1011)]
    value: NewValue


class ParameterSettings(Settings):
    """The version that was read."""

    version: int


class SetParameter(Verb[Aws]):
    """Writes one parameter's next version."""

    spec: ClassVar = VerbSpec(
        name="aws.set_parameter",
        says="A plain SSM parameter that exists, by value; never a SecureString",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="under a second",
            visitors="what reads it only at its start, when it restarts",
            limits="3 writes a second, 10 where that is paid",
        ),
        arguments=SetParameterArguments,
        of="aws",
        floor=Approval.ONE,
        effects=EFFECTS,
        needs=("ssm:GetParameter", "ssm:PutParameter"),
    )
    arrives_within: ClassVar = timedelta(0)  # by value

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses secrets, and what is no flag."""
        wanted = arguments_of(SetParameterArguments, request)
        refuse_a_secret(wanted.key)
        found = await self._parameter(request.target, wanted.key)
        was = str(found["Value"])
        to = resolved(wanted.key, wanted.value, was)
        if not to:
            raise PolicyError(Rule.NOT_A_FLAG, f"{wanted.key} would be empty, which a parameter cannot be")
        units = () if was == to else (Unit(id=wanted.key, was=was, to=to),)
        return self.change(
            request,
            units,
            f"set {stated(wanted.key, wanted.value)}{moved(units)}",
            because=f"version {found['Version']} says {was}",
            settings=ParameterSettings(version=int(found["Version"])),
            nothing_to_do=f"{wanted.key} is {was} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By value, and before the first write by version: what was set and set back was meant."""
        return {unit.id: await self._seen(change, unit) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Writes the value; type, tier and policies stay."""
        await self.vendor.call(
            change.target, "ssm:PutParameter", Name=unit.id, Value=str(unit.to), Overwrite=True
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`aws ssm put-parameter --overwrite`."""
        return [
            command(change.target, "ssm put-parameter", name=unit.id, value=unit.to, overwrite=True)
            for unit in change.units
        ]

    async def _seen(self, change: Change, unit: Unit) -> Seen:
        found = await self._parameter(change.target, unit.id)
        value, version = str(found["Value"]), int(found["Version"])
        if value == unit.to or change.goes_back or version == ParameterSettings.of(change).version:
            return Seen(value)
        return Seen(None, shown=f"{value} (version {version})")

    async def _parameter(self, target: Target, name: str) -> dict[str, Any]:
        """The parameter; a SecureString is left encrypted, and refused."""
        found: dict[str, Any] = (await self.vendor.call(target, "ssm:GetParameter", Name=name)).get(
            "Parameter"
        ) or {}
        if not {"Type", "Value", "Version"} <= found.keys():
            raise Unavailable("aws", f"{name} came without value and version")
        if found["Type"] == "SecureString":
            raise PolicyError(
                Rule.HOLDS_A_SECRET, f"{name} is a SecureString; this verb is for what all may see"
            )
        return found
