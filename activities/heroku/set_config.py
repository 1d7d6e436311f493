"""`heroku.set_config`: a config var that everybody may see, such as a switch, a lifetime or a pool's size."""

from datetime import timedelta
from shlex import quote
from typing import ClassVar

from pydantic import model_validator

from activities.contract import arguments_of
from activities.heroku.client import NEEDS
from activities.heroku.config import ConfigVars
from activities.heroku.variables import LATER, RESTARTS, OneVariable, Value
from activities.open_values import Key, NewValue, moved, resolved
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec


class SetConfigArguments(Written):
    """Which config var gets which value; null takes it away."""

    key: Key
    value: NewValue | None

    @model_validator(mode="before")
    @classmethod
    def _no_secret(cls, data: object) -> object:
        if isinstance(data, dict) and "secret" in data:
            message = "a secret is set by heroku.set_secret, as value: {secret: NAME}"
            raise ValueError(message)
        return data


class SetConfig(OneVariable):
    """Sets a config var by its value."""

    spec: ClassVar = VerbSpec(
        name="heroku.set_config",
        formerly=("heroku.set_flag",),
        awaits_health=True,
        says="A config var that all may see gets a value, or is taken away; every dyno restarts with it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.SEEN,
            usually="10 s to 2 min, about 3 min more with preboot, longer with a release phase",
        ),
        arguments=SetConfigArguments,
        of="heroku",
        floor=Approval.ONE,
        effects=(RESTARTS, LATER),
        takes=timedelta(hours=1, minutes=15),  # a release phase may take an hour, then dynos start
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses where it is a secret's."""
        wanted = arguments_of(SetConfigArguments, request)
        config, _, standing = await self._standing(request, wanted.key)
        was = config.flag(wanted.key)
        to = None if wanted.value is None else resolved(wanted.key, wanted.value, was)
        unit = Unit(id=f"config:{wanted.key}", was=was, to=to)
        doing = f"take {wanted.key} from" if to is None else f"set {wanted.key}={to} on"
        return self._set(request, unit, f"{doing} {request.target.name}{moved((unit,))}", standing)

    def _carried(self, config: ConfigVars, key: str) -> Value:
        return config.flag(key)

    async def _value(self, change: Change, unit: Unit) -> str | None:
        return None if unit.to is None else str(unit.to)

    @classmethod
    def _assigned(cls, change: Change, unit: Unit, key: str) -> str:  # noqa: ARG003 - the unit says it all
        return quote(f"{key}={unit.to}")
