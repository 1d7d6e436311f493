"""`cloudflare.set_config`: one variable of the Worker, and everything else inherited.

The settings call replaces all bindings: what is not listed is *removed*, so that every other one is listed
as `inherit`, secrets among them, which nobody can read (developers.cloudflare.com/api, read 2026-11). It
makes a new version from the newest one and deploys it at once.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.cloudflare.answers import MESSAGE, Detail
from activities.cloudflare.api import NOT_DEPLOYED, says
from activities.cloudflare.by_hand import CURL, at
from activities.cloudflare.client import EDITS, PROVIDER, Cloudflare, script
from activities.cloudflare.history import History, history_of
from activities.contract import Seen, Settings, Verb, arguments_of, same
from activities.open_values import NewValue, moved, refuse_a_secret, resolved
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Change, Kind, PlanRequest, Target, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, VerbSpec
from stanch.rules import Rule

_TEXT = "plain_text"
_NEW_VERSION = "makes a new version with the same code and deploys it at once"
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
        effects=(_NEW_VERSION, _OVERWRITTEN),
        needs=EDITS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the variable; refuses while the newest version is not the one that gets everything."""
        wanted, target = arguments_of(SetConfigArguments, request), request.target
        refuse_a_secret(wanted.key)
        detail = await self._newest(target)
        was = _text(target, detail, wanted.key)
        to = resolved(wanted.key, wanted.value, was)
        inherited = tuple(one.name for one in detail.bindings if one.name != wanted.key)
        unit = Unit(id=f"var:{wanted.key}", was=was, to=to)
        units = () if was == to else (unit,)
        return self.change(
            request,
            units,
            f"set {wanted.key}={to} on {target.name}{moved(units)}",
            because="there is no such variable yet" if was is None else f"it is {was} now",
            effects=(
                _NEW_VERSION,
                f"inherited as they are: {', '.join(inherited) or 'nothing'}",
                _OVERWRITTEN,
            ),
            settings=WorkerVariableSettings(key=wanted.key, inherited=inherited),
            nothing_to_do=f"{wanted.key} is {was} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """The variable of the version that gets everything; a gradual deployment is somebody else's."""
        history = await history_of(self.vendor, change.target)
        live = history.live.sole
        if not live:
            gradual = f"a gradual deployment: {history.shares(history.live.split)}"
            return {unit.id: Seen(gradual) for unit in change.units}
        detail = await self.vendor.detail(change.target, live)
        text = _text(change.target, detail, WorkerVariableSettings.of(change).key)
        settling = _not_deployed_yet(history, change.marker)
        return {unit.id: Seen(text, settling if same(text, unit.was) else "") for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or takes it away, on top of what is bound at this moment."""
        detail = await self._newest(change.target)
        key = WorkerVariableSettings.of(change).key
        others = [one.name for one in detail.bindings if one.name != key]
        body = json.dumps(_settings(key, unit, others, change.marker))
        path, files = f"{script(change.target)}/settings", {"settings": (None, body, "application/json")}
        try:
            answer = await self.vendor.result("PATCH", path, files=files)
        except Rejected as error:
            if any(says(error, code) for code in NOT_DEPLOYED):
                raise Conflict(PROVIDER, f"another deployment came first: {error}") from error
            raise
        _refuse_a_loss(change.target, others, answer or {})

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """Only the API can: wrangler has no command that sets one variable."""
        planned = WorkerVariableSettings.of(change)
        url = at(f"{script(change.target)}/settings")
        parts = [
            json.dumps(_settings(planned.key, unit, planned.inherited, change.marker))
            for unit in change.units
        ]
        return [
            f"{CURL} -X PATCH {url} -F {shlex.quote(f'settings={part};type=application/json')}"
            for part in parts
        ]

    async def _newest(self, target: Target) -> Detail:
        """The newest version, which has to be what gets everything: variables are set on no other."""
        history = await history_of(self.vendor, target)
        live, newest = history.live, history.newest
        if newest is None or newest.id != live.sole:
            made = history.named(newest.id) if newest else "none"
            raise PolicyError(
                Rule.NEWEST_NOT_DEPLOYED,
                f"the newest version of {target.name} is {made}, and live is {history.shares(live.split)}:"
                " Cloudflare sets variables only on a newest version that gets everything, and a preview is"
                " one too: deploy the newest, or let the Worker read it from KV (cloudflare.set_flag)",
            )
        return await self.vendor.detail(target, newest.id)


def _not_deployed_yet(history: History, marker: str) -> str:
    """Our version is made, and nobody ever got it."""
    newest = history.newest
    if newest is None or newest.message != marker or history.has_served(newest.id):
        return ""
    return f"{history.named(newest.id)} is made and not deployed yet"


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


def _settings(key: str, unit: Unit, others: Sequence[str], marker: str) -> dict[str, Any]:
    ours = [] if unit.to is None else [{"type": _TEXT, "name": key, "text": unit.to}]
    inherited = [{"type": "inherit", "name": name} for name in others]
    return {"bindings": [*ours, *inherited], "annotations": {MESSAGE: marker}}


def _refuse_a_loss(target: Target, others: Sequence[str], answer: dict[str, Any]) -> None:
    """Raise, loudly, where a binding that was to be inherited is not there any more."""
    listed = answer.get("bindings")
    if listed is None:
        return
    lost = set(others) - {one.get("name") for one in listed}
    if lost:
        raise Rejected(
            PROVIDER, f"{target.name} lost {', '.join(sorted(lost))} though they were to be inherited"
        )
