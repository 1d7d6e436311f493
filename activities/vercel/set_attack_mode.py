"""`vercel.set_attack_mode`: a project lets in only who proves to be a browser, until an instant.

A challenge is passed by browsers without a hand, by verified bots and by the account's own functions and cron
jobs; what else calls is turned away (vercel.com/docs/attack-challenge-mode, read 2026-11). The project shows
the mode among its optional fields (vercel.com/docs/rest-api, read 2026-11): where it does not, the mode is
taken to be off, and only an answer says that it was set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from activities.contract import Seen, Settings, Verb, answered, arguments_of
from activities.vercel.answers import Project, instant
from activities.vercel.by_hand import asking
from activities.vercel.client import NEEDS, Vercel
from stanch.errors import Rejected
from stanch.model.base import Duration, Written
from stanch.model.change import Change, Kind, PlanRequest, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, NoHelp, Risk, VerbSpec

_PATH = "v1/security/attack-mode"
_MODE = "attack_mode"
_OFF = "off"
_ON = "on"
_UNTIL = "on until "
_CHALLENGED = "every visitor sees a challenge page first, which a browser passes by itself after some seconds"
_TURNED_AWAY = (
    "what is no browser is turned away: clients of the API, apps, probes, and webhooks and cron calls from"
    " services that Vercel does not know; its own cron jobs, functions and verified bots pass"
)
_OPEN = "nobody is challenged any more, an attacker no more than a visitor"
_UNTOLD = (
    "Vercel does not say whether it is on now: it is taken to be off, and would be off again after an undo"
)


class AttackModeArguments(Written):
    """On or off; `lasting` says after how long it ends by itself."""

    on: bool = True
    lasting: Duration = Field(default=timedelta(hours=1), ge=timedelta(minutes=10), le=timedelta(days=1))

    @model_validator(mode="after")
    def _lasts_only_while_on(self) -> "AttackModeArguments":
        if not self.on and "lasting" in self.model_fields_set:
            message = "lasting is for turning it on"
            raise ValueError(message)
        return self


class AttackModeSettings(Settings):
    """Of which project, and when it was planned."""

    project: str
    as_of: AwareDatetime


@dataclass(frozen=True)
class Mode:
    """How it stands; without an end where nobody gave one."""

    on: bool
    until: datetime | None = None

    @classmethod
    def read(cls, text: str) -> "Mode":
        """From what stands in a plan."""
        until = text.removeprefix(_UNTIL) if text.startswith(_UNTIL) else ""
        return cls(text != _OFF, datetime.fromisoformat(until) if until else None)

    def __str__(self) -> str:
        if not self.on:
            return _OFF
        return f"{_UNTIL}{self.until.isoformat(timespec='milliseconds')}" if self.until else _ON


class Answered(BaseModel):
    """What Vercel says when it has set the mode."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    updated: float = Field(alias="attackModeUpdatedAt")


class SetAttackMode(Verb[Vercel]):
    """Turns the challenge on for a while, or off."""

    spec: ClassVar = VerbSpec(
        name="vercel.set_attack_mode",
        says="Attack challenge mode on for a while, or off: visitors prove that they are browsers",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        course=Course(waits_for=WaitsFor.DONE, usually="under a second", visitors="within seconds"),
        arguments=AttackModeArguments,
        of="vercel",
        instant=True,
        floor=Approval.ONE,
        if_no_help=NoHelp.UNDO,
        effects=(_CHALLENGED, _TURNED_AWAY),
        risk=Risk.HIGH,
        needs=NEEDS,
    )

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the mode, and fixes the instant at which it shall end."""
        wanted = arguments_of(AttackModeArguments, request)
        project = await self.vendor.project(request.target)
        told = _told(project, request.as_of)
        seen = told or Mode(on=False)
        to = Mode(on=True, until=request.as_of + wanted.lasting) if wanted.on else Mode(on=False)
        there = _is_enough(seen, to)
        effects = (_CHALLENGED, _TURNED_AWAY) if wanted.on else (_OPEN,)
        return self.change(
            request,
            () if there else (Unit(id=_MODE, was=str(seen), to=str(to)),),
            f"turn the attack challenge mode of {request.target.name} {_said(to)}",
            because=f"it is {_said(seen)}" if told else "",
            effects=effects if told else (*effects, _UNTOLD),
            settings=AttackModeSettings(project=project.id, as_of=request.as_of),
            nothing_to_do=f"the attack challenge mode is {_said(seen)} already",
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the project; where it does not show the mode, only what was answered counts."""
        project = await self.vendor.project(change.target, known=True)
        told = _told(project, AttackModeSettings.of(change).as_of)
        return {unit.id: Seen(str(told)) for unit in change.units} if told else answered(change, done)

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the mode by value; an end that has passed by Vercel's clock would leave nobody challenged."""
        mode = Mode.read(str(unit.to))
        answer = await self.vendor.call("POST", change.target, _PATH, _body(change, mode))
        updated = instant(int(self.vendor.api.parse(Answered, answer).updated))
        if mode.until and mode.until <= updated:
            raise Rejected("vercel", f"{mode} had passed when it was set, so nobody is challenged: plan anew")

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """The request itself, with the same end."""
        return [
            asking("POST", change.target, _PATH, _body(change, Mode.read(str(unit.to))))
            for unit in change.units
        ]


def _told(project: Project, as_of: datetime) -> Mode | None:
    """What the project shows; a mode whose end had passed by then is off, whatever is still shown."""
    found = project.security
    if found is None or found.attack_mode is None:
        return None
    until = instant(int(found.until)) if found.attack_mode and found.until else None
    return Mode(on=found.attack_mode and (until is None or until > as_of), until=until)


def _is_enough(seen: Mode, to: Mode) -> bool:
    """Whether it stands as it shall; one that lasts longer than is asked for is left alone."""
    if seen.on is not to.on:
        return False
    return not to.on or seen.until is None or (to.until is not None and seen.until >= to.until)


def _said(mode: Mode) -> str:
    return f"{_UNTIL}{mode.until:%Y-%m-%d %H:%M} UTC" if mode.on and mode.until else str(mode)


def _body(change: Change, mode: Mode) -> dict[str, Any]:
    end = {"attackModeActiveUntil": round(mode.until.timestamp() * 1000)} if mode.until else {}
    return {"projectId": AttackModeSettings.of(change).project, "attackModeEnabled": mode.on, **end}
