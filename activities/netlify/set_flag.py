"""`netlify.set_flag`: an environment variable, and a new build of the commit in production that carries it.

A variable counts from the next deploy on, for functions as for what is built into pages
(docs.netlify.com/environment-variables/overview, read 2026-11): alone it changes nothing for visitors.
"""

from collections.abc import Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from activities.contract import Verb, arguments_of
from activities.netlify.answers import Deploy, Variable
from activities.netlify.build import DEPLOYMENT, Build, refuse_where_a_build_would_bring_more
from activities.netlify.by_hand import api_call, restoring
from activities.netlify.client import NEEDS, Netlify
from activities.netlify.environment import Environment
from activities.secret_names import names_a_secret
from stanch.errors import PolicyError
from stanch.model.base import Written
from stanch.model.change import At, Change, Kind, Place, PlanRequest, Survey, Undo, UndoKind, Unit
from stanch.model.verb import Approval, NoHelp, VerbSpec

_REBUILDS = "builds the newest commit of the branch anew: it takes minutes, and dependencies may move with it"
_SHARED = "production gets a value of its own; other contexts keep the one they share"
_LONGEST = 200


def _as_text(value: object) -> object:
    """`false` in a playbook means the text that an environment holds."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


class SetFlagArguments(Written):
    """Which variable of production gets which value."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]
    value: Annotated[str, BeforeValidator(_as_text), Field(max_length=_LONGEST)]


class SetFlag(Verb):
    """Sets the variable, and builds what is in production with it."""

    spec: ClassVar = VerbSpec(
        name="netlify.set_flag",
        says="An environment variable of production, and a new build of its commit that carries it",
        kind=Kind.STATE,
        undo=UndoKind.RESTORES,
        arguments=SetFlagArguments,
        of="netlify",
        floor=Approval.ONE,
        if_no_help=NoHelp.KEEP,
        effects=(_REBUILDS,),
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=10)

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify
        self._environment = Environment(netlify)
        self._build = Build(netlify)

    async def plan(self, request: PlanRequest) -> Change:
        """Reads the value that stands; refuses a secret's, and a build that would bring anything else."""
        wanted = arguments_of(SetFlagArguments, request)
        _refuse_a_secret(wanted.key)
        standing = await self._netlify.standing(request.target, request.as_of)
        standing.refuse_while_deploying()
        refuse_where_a_build_would_bring_more(standing)
        site, current = standing.site, standing.current
        variable = await self._environment.variable(site.account_id, site.id, wanted.key)
        shared = variable is not None and variable.own is None
        units = _units(wanted, variable, current)
        return Change(
            verb=self.spec.name,
            kind=self.spec.kind,
            target=request.target,
            units=units,
            undo=Undo(kind=UndoKind.RESTORES),
            summary=f"set {wanted.key}={wanted.value} on {request.target.name} and build it anew",
            because="a deploy keeps the environment it was built with",
            effects=(_REBUILDS, *((_SHARED,) if shared else ())),
            settings={
                "site": site.id,
                "account": site.account_id,
                "key": wanted.key,
                "shared": shared,
                "commit": current.commit_ref,
                "build": request.marker,
            },
            marker=request.marker,
            nothing_to_do="" if units else f"production was built with {wanted.key}={wanted.value}",
        )

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:  # noqa: ARG002 - Netlify knows
        """The variable first, in both directions: a build takes the environment of its moment."""
        units = sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT)
        return Survey(places=tuple([await self._place(change, unit) for unit in units]))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or asks for the build; on the way back, what stood before."""
        if unit.id == DEPLOYMENT:
            await self._build.write(change, unit)
            return
        await self._environment.put(change.settings, None if unit.to is None else str(unit.to))

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`netlify env:set` and a build; on the way back the deploy that stood before."""
        site, key = change.settings["site"], change.settings["key"]
        back = change.settings.get("undo")
        found = []
        for unit in sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT):
            if unit.id == DEPLOYMENT:
                build = api_call("createSiteBuild", site_id=site)
                found.append(restoring(site, str(unit.to)) if back else build)
            elif unit.to is None:
                found.append(f"NETLIFY_SITE_ID={site} netlify env:unset {key} --force")
            else:
                value = quote(str(unit.to))
                setting = f"netlify env:set {key} {value} --context production --force"
                found.append(f"NETLIFY_SITE_ID={site} {setting}")
        return found

    async def _place(self, change: Change, unit: Unit) -> Place:
        if unit.id == DEPLOYMENT:
            return await self._build.place(change, unit)
        settings = change.settings
        found = await self._environment.variable(settings["account"], settings["site"], settings["key"])
        seen = found.production if found else None
        at = {unit.was: At.WAS, unit.to: At.TO}.get(seen, At.ELSEWHERE)
        return Place(unit=unit.id, at=at, seen=seen)


def _refuse_a_secret(key: str) -> None:
    """A flag's values are shown to everybody who approves; a secret's must not be."""
    if names_a_secret(key):
        raise PolicyError(
            "holds-a-secret", f"{key} names a secret; netlify.set_flag is for flags that all may see"
        )


def _units(wanted: SetFlagArguments, variable: Variable | None, current: Deploy) -> tuple[Unit, ...]:
    was = variable.production if variable else None
    if was is not None and len(was) > _LONGEST:
        raise PolicyError("not-a-flag", f"{wanted.key} holds {len(was)} characters: that is no flag")
    built = f"a build of {str(current.commit_ref)[:7]} with {wanted.key}={wanted.value}"
    deployment = Unit(id=DEPLOYMENT, was=current.id, to=built)
    if was != wanted.value:
        return (Unit(id=f"env:{wanted.key}", was=was, to=wanted.value), deployment)
    return () if _carries(current, variable) else (deployment,)


def _carries(current: Deploy, variable: Variable | None) -> bool:
    """True when production was asked for after the variable was last touched."""
    touched = variable.updated_at if variable else None
    return bool(touched and current.created_at and touched < current.created_at)
