"""A variable of production, and a new build of the commit in production that carries it.

A variable counts from the next deploy on, for functions as for what is built into pages
(docs.netlify.com/environment-variables/overview, read 2026-11): alone it changes nothing for visitors.
"""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Verb
from activities.netlify.answers import Deploy, Variable
from activities.netlify.build import DEPLOYMENT, Build, refuse_where_a_build_would_bring_more
from activities.netlify.by_hand import api_call, restoring
from activities.netlify.client import Netlify, Standing
from activities.netlify.environment import Environment
from stanch.model.change import Change, Place, PlanRequest, Survey, Unit

REBUILDS = "builds the newest commit of the branch anew: it takes minutes, and dependencies may move with it"
BECAUSE = "a deploy keeps the environment it was built with"

Key = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]


class Carried(Verb):
    """Sets the variable first, in both directions: a build takes the environment of its moment."""

    look_again_in: ClassVar = timedelta(seconds=10)

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify
        self._environment = Environment(netlify)
        self._build = Build(netlify)

    async def survey(self, change: Change, done: frozenset[str]) -> Survey:
        """The variable, and then the build that carries it."""
        return Survey(places=tuple([await self._place(change, unit, done) for unit in _in_order(change)]))

    async def write(self, change: Change, unit: Unit) -> None:
        """Sets the variable, or asks for the build; on the way back, what stood before."""
        if unit.id == DEPLOYMENT:
            await self._build.write(change, unit)
            return
        await self._set(change, unit)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`netlify env:set` and a build; on the way back the deploy that stood before."""
        site, back = change.settings["site"], change.goes_back
        found = []
        for unit in _in_order(change):
            if unit.id != DEPLOYMENT:
                found.append(f"NETLIFY_SITE_ID={site} netlify {cls._typed(change, unit)} --force")
                continue
            build = api_call("createSiteBuild", site_id=site)
            found.append(restoring(site, str(unit.to)) if back else build)
        return found

    @classmethod
    @abstractmethod
    def _typed(cls, change: Change, unit: Unit) -> str:
        """What a person types to set the variable, or to take it away."""

    @abstractmethod
    async def _stands(self, change: Change, unit: Unit, done: frozenset[str]) -> Place:
        """Where the variable stands."""

    @abstractmethod
    async def _set(self, change: Change, unit: Unit) -> None:
        """Brings the variable to where it shall be."""

    async def _standing(self, request: PlanRequest) -> Standing:
        """How production stands; refuses a build that would bring anything else."""
        standing = await self._netlify.standing(request.target, request.as_of)
        standing.refuse_while_deploying()
        refuse_where_a_build_would_bring_more(standing)
        return standing

    async def _place(self, change: Change, unit: Unit, done: frozenset[str]) -> Place:
        if unit.id == DEPLOYMENT:
            return await self._build.place(change, unit)
        return await self._stands(change, unit, done)


def resolved(request: PlanRequest, standing: Standing, key: str) -> dict[str, Any]:
    """What setting a variable and building with it need to know."""
    return {
        "site": standing.site.id,
        "account": standing.site.account_id,
        "key": key,
        "commit": standing.current.commit_ref,
        "build": request.marker,
    }


def deployment(current: Deploy, what: str) -> Unit:
    """The build that carries the variable, instead of what visitors have."""
    return Unit(id=DEPLOYMENT, was=current.id, to=f"a build of {str(current.commit_ref)[:7]} with {what}")


def carries(current: Deploy, variable: Variable | None) -> bool:
    """True when production was asked for after the variable was last touched."""
    touched = variable.updated_at if variable else None
    return bool(touched and current.created_at and touched < current.created_at)


def _in_order(change: Change) -> list[Unit]:
    return sorted(change.units, key=lambda unit: unit.id == DEPLOYMENT)
