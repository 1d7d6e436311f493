"""`firebase.set_flag`: one parameter of Remote Config, for everybody, conditions included.

Published under the template's ETag; the undo puts this one parameter back and leaves what others published.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import Any, ClassVar, Literal

from activities.contract import Seen, Settings, Verb, arguments_of, same
from activities.firebase import flags
from activities.firebase.client import Firebase
from activities.firebase.flags import Audience, Parameter, Template, shown
from activities.firebase.target import project_of
from activities.open_values import Key, NewValue, refuse_a_secret, refuse_what_is_no_flag, resolved, stated
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Risk, VerbSpec
from stanch.rules import Rule

# 12 hours is the shortest time between two fetches by default, and who listens may be told before the new
# template can be fetched (firebase-ios-sdk#11462, firebase-android-sdk PR 4339, read 2026-11).
FETCHED = {
    "client": "apps get it when they next fetch: soon where they listen, otherwise within 12 hours or longer",
    "server": "servers get it when they next load the server template",
}
EVERYBODY = "it also replaces what these conditions give: {conditions}"
KEPT = "those under these conditions keep what they have: {conditions}"


class SetFlagArguments(Written):
    """Which parameter gets which value; `conditions: keep` leaves conditional values as they are."""

    key: Key
    value: NewValue
    conditions: Literal["replace", "keep"] = "replace"
    audience: Audience = "client"


class RemoteConfigSettings(Settings):
    """Whose template, and where in it the parameter stands, as jq writes it."""

    audience: Audience
    place: str


class SetFlag(Verb[Firebase]):
    """Publishes the template with one parameter changed."""

    spec: ClassVar = VerbSpec(
        name="firebase.set_flag",
        says="A parameter of Remote Config for everybody, whatever conditions give",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="some seconds",
            visitors="within seconds where they listen, else at their next fetch: 12 h by default",
        ),
        arguments=SetFlagArguments,
        of="firebase",
        effects=tuple(FETCHED.values()),
        risk=Risk.LOW,
        needs=("cloudconfig.configs.get", "cloudconfig.configs.update"),
    )
    arrives_within: ClassVar = timedelta(0)  # by ETag

    async def plan(self, request: PlanRequest) -> Change:
        """Reads every value that the parameter has; refuses what is no flag, or is decided elsewhere."""
        wanted = arguments_of(SetFlagArguments, request)
        project = project_of(request.target)
        template = await flags.template(self.vendor, project, wanted.audience)
        parameter = self._parameter(template, wanted)
        _refuse(wanted, parameter)
        was, to = parameter.values, _to(wanted, parameter)
        _refuse_other_type(wanted, parameter, to)
        return self.change(
            request,
            [Unit(id=wanted.key, was=was, to=to)] if was != to else [],
            f"set {stated(wanted.key, wanted.value)} in the Remote Config of {project} ({wanted.audience})",
            because=f"it is {_told(parameter)} now",
            effects=_effects(wanted, parameter),
            settings=RemoteConfigSettings(audience=wanted.audience, place=template.place(wanted.key)),
            nothing_to_do=f"{wanted.key} is {_told(parameter)} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """All of the parameter's values."""
        template = await self._read(change)
        return {unit.id: Seen(self._values(unit, template)) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Publishes what is read now with these values, only while they still stand as planned."""
        template = await self._read(change)
        if not same(self._values(unit, template), unit.was) or not isinstance(unit.to, dict):
            return
        whole = {**template.with_values(unit.id, unit.to), "version": {"description": change.marker}}
        project, audience = project_of(change.target), RemoteConfigSettings.of(change).audience
        await flags.publish(self.vendor, project, audience, template, whole)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The template fetched, edited and published: there is no command for one parameter."""
        planned = RemoteConfigSettings.of(change)
        path = flags.path(project_of(change.target), planned.audience)
        url = f"https://firebaseremoteconfig.googleapis.com/{path}"
        asked = f'curl --compressed -H "Authorization: Bearer $(gcloud auth print-access-token)" {url}'
        edits = " | ".join(
            f"{planned.place} += {json.dumps(unit.to, sort_keys=True)}" for unit in change.units
        )
        held = "If-Match: $(sed -n 's/^etag: //Ip' headers.txt | tr -d '\\r')"
        typed = "-H 'Content-Type: application/json; UTF8' --data @wanted.json"
        return [
            f"{asked} -D headers.txt -o read.json",
            f"jq {quote(f'del(.version) | {edits}')} read.json > wanted.json",
            f'{asked} -X PUT -H "{held}" {typed}',
        ]

    async def _read(self, change: Change) -> Template:
        project, audience = project_of(change.target), RemoteConfigSettings.of(change).audience
        return await flags.template(self.vendor, project, audience)

    def _parameter(self, template: Template, wanted: SetFlagArguments) -> Parameter:
        found = template.parameter(wanted.key)
        if found is None:
            raise PolicyError(Rule.NO_SUCH_FLAG, f"Remote Config ({wanted.audience}) has no {wanted.key}")
        return self.vendor.api.parse(Parameter, found)

    def _values(self, unit: Unit, template: Template) -> dict[str, Any] | None:
        found = template.parameter(unit.id)
        return self.vendor.api.parse(Parameter, found).values if found is not None else None


def _refuse(wanted: SetFlagArguments, parameter: Parameter) -> None:
    """A flag's values are shown to everybody who approves, and its type is what apps were built with."""
    refuse_a_secret(wanted.key)
    for value in (parameter.default_value, *parameter.conditional_values.values()):
        refuse_what_is_no_flag(wanted.key, str(value.get("value", "")))
    managed = [name for name in parameter.managed if wanted.conditions == "replace" or name == "everybody"]
    if managed:
        raise PolicyError(
            Rule.DECIDED_ELSEWHERE,
            f"a rollout or an experiment decides {wanted.key} for {', '.join(managed)}:"
            " end it in the console, or say conditions: keep",
        )


def _refuse_other_type(wanted: SetFlagArguments, parameter: Parameter, to: dict[str, Any]) -> None:
    value = to["defaultValue"].get("value")
    if not _is_of(value, parameter.value_type):
        raise PolicyError(Rule.WRONG_TYPE, f"{wanted.key} is a {parameter.value_type}; {value} is none")


def _is_of(value: str, kind: str) -> bool:
    match kind:
        case "BOOLEAN":
            return value in {"true", "false"}
        case "NUMBER":
            return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
        case "JSON":
            return _is_json(value)
        case _:
            return True


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _to(wanted: SetFlagArguments, parameter: Parameter) -> dict[str, Any]:
    value = _new(wanted, parameter.default_value)
    if wanted.conditions == "keep":
        return {**parameter.values, "defaultValue": value}
    conditional = {name: _new(wanted, stands) for name, stands in parameter.conditional_values.items()}
    return {"defaultValue": value, **({"conditionalValues": conditional} if conditional else {})}


def _new(wanted: SetFlagArguments, stands: dict[str, Any]) -> dict[str, Any]:
    return {"value": resolved(wanted.key, wanted.value, shown(stands))}


def _told(parameter: Parameter) -> str:
    under = [f"{shown(value)} under {name}" for name, value in parameter.conditional_values.items()]
    return ", ".join([shown(parameter.default_value), *under])


def _effects(wanted: SetFlagArguments, parameter: Parameter) -> tuple[str, ...]:
    if not parameter.conditional_values:
        return (FETCHED[wanted.audience],)
    told = KEPT if wanted.conditions == "keep" else EVERYBODY
    return (FETCHED[wanted.audience], told.format(conditions=", ".join(parameter.conditional_values)))
