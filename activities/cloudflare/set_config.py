"""`cloudflare.set_config`: one variable of the Worker, and everything else inherited."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.cloudflare.answers import Detail
from activities.cloudflare.by_hand import CURL, at
from activities.cloudflare.client import EDITS, Cloudflare, script
from activities.cloudflare.history import history_of
from activities.cloudflare.rebinding import (
    NEW_VERSION,
    body_of,
    gradual,
    names_beside,
    newest,
    not_deployed_yet,
    rebind,
)
from activities.contract import Seen, Settings, Verb, arguments_of, same
from activities.open_values import NewValue, moved, refuse_a_secret, resolved
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.rules import Rule

_TEXT = "plain_text"
_FROM_KV = ", or let the Worker read it from KV (cloudflare.set_flag)"
_OVERWRITTEN = "the next wrangler deploy sets it back, unless it runs with --keep-vars"


class SetConfigArguments(Written):
    """Which variable gets which value."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_$][A-Za-z0-9_$]*$", max_length=256)]
    value: NewValue


class WorkerVariableSettings(Settings):
    """Which variable, and the names of everything else that is bound."""

    key: str
    inherited: tuple[str, ...]


class SetConfig(Verb[Cloudflare]):
    """Sets a variable of the Worker."""

    spec: ClassVar = VerbSpec(
        name="cloudflare.set_config",
        says="A variable of the Worker, with every other binding inherited: a new version, deployed at once",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="some seconds", visitors="everywhere within seconds"),
        arguments=SetConfigArguments,
        of="cloudflare",
        floor=Approval.ONE,
        effects=(NEW_VERSION, _OVERWRITTEN),
        needs=EDITS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the variable; refuses while the newest version is not the one that gets everything."""
        wanted, target = arguments_of(SetConfigArguments, request), request.target
        refuse_a_secret(wanted.key)
        _, detail = await newest(self.vendor, target, _FROM_KV)
        was = _text(target, detail, wanted.key)
        to = resolved(wanted.key, wanted.value, was)
        inherited = names_beside(detail, wanted.key)
        unit = Unit(id=f"var:{wanted.key}", was=was, to=to)
        units = () if was == to else (unit,)
        return self.change(
            request,
            units,
            f"set {wanted.key}={to} on {target.name}{moved(units)}",
            because="there is no such variable yet" if was is None else f"it is {was} now",
            effects=(
                NEW_VERSION,
                f"inherited as they are: {', '.join(inherited) or 'nothing'}",
                _OVERWRITTEN,
            ),
            settings=WorkerVariableSettings(key=wanted.key, inherited=inherited),
            nothing_to_do=f"{wanted.key} is {was} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The variable of the version that gets everything; a gradual deployment is somebody else's."""
        history = await history_of(self.vendor, change.target)
        if split := gradual(history):
            return {unit.id: Seen(split) for unit in change.units}
        detail = await self.vendor.detail(change.target, history.live.sole)
        text = _text(change.target, detail, WorkerVariableSettings.of(change).key)
        settling = not_deployed_yet(history, change.marker)
        return {unit.id: Seen(text, settling if same(text, unit.was) else "") for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or takes it away, on top of what is bound at this moment."""
        key = WorkerVariableSettings.of(change).key
        await rebind(self.vendor, change, _binding(key, unit), key, {})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """Only the API can: wrangler has no command that sets one variable."""
        planned = WorkerVariableSettings.of(change)
        url = at(f"{script(change.target)}/settings")
        parts = [body_of(change, _binding(planned.key, unit), planned.inherited, {}) for unit in change.units]
        return [
            f"{CURL} -X PATCH {url} -F {shlex.quote(f'settings={part};type=application/json')}"
            for part in parts
        ]


def _text(target: Target, detail: Detail, key: str) -> str | None:
    """The variable's text; None where there is no such binding."""
    found = next((one for one in detail.bindings if one.name == key), None)
    if found is None:
        return None
    if found.type != _TEXT or found.text is None:
        raise PolicyError(
            Rule.NOT_A_VARIABLE,
            f"{key} of {target.name} is {found.type}: only a plain text variable can be set",
        )
    return found.text


def _binding(key: str, unit: Unit) -> dict[str, Any] | None:
    return None if unit.to is None else {"type": _TEXT, "name": key, "text": unit.to}
