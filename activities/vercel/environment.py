"""Environment variables of a project's production, one at a time."""

from typing import Any, Self

import httpx

from activities.contract import Settings
from activities.vercel.answers import Variable
from activities.vercel.client import Vercel
from activities.vercel.standing import Standing
from stanch.errors import Conflict, PolicyError, Rejected
from stanch.model.change import Change, PlanRequest, Target
from stanch.rules import Rule

PRODUCTION = "production"


class VercelVariable(Settings):
    """Which variable of which project, and the build that carries it, by its marker."""

    project: str
    name: str
    key: str
    build: str
    last_move_at: int

    @classmethod
    def planned(cls, request: PlanRequest, standing: Standing, **more: Any) -> Self:
        """What is known when a change is planned."""
        project = standing.project
        return cls(
            project=project.id,
            name=project.name,
            build=request.marker,
            last_move_at=project.last_move_at,
            **more,
        )


class Environment:
    """What the next production build will find in its environment."""

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def variable(self, target: Target, project: str, key: str) -> Variable | None:
        """The variable of this name, with its value; None where production has none.

        Raises `PolicyError` where the value cannot be read back, because then it cannot be restored either.
        """
        named = next((one for one in await self.listed(target, project) if one.key == key), None)
        if named is None:
            return None
        found = await self.alone(target, project, named)
        if found is None:
            return None
        if not found.is_readable:
            raise PolicyError(
                Rule.UNREADABLE,
                f"{key} is {found.type or 'of an unknown type'}: what it is"
                " cannot be read back, so that it could not be restored",
            )
        return found

    async def listed(self, target: Target, project: str) -> list[Variable]:
        """Every variable of production by name; no value leaves here."""
        data = await self._vercel.call("GET", target, f"v10/projects/{project}/env")
        found = [self._vercel.api.parse(Variable, line) for line in (data or {}).get("envs") or []]
        return [one.model_copy(update={"value": None}) for one in found if PRODUCTION in one.targets]

    async def alone(self, target: Target, project: str, named: Variable) -> Variable | None:
        """The variable with its value, where that can be read; None of one that is still listed, and gone.

        Only one that is asked for alone is shown decrypted (vercel.com/docs/rest-api, read 2026-11). A
        deleted one may be listed for a while (vercel/terraform-provider-vercel#362, read 2026-11).
        """
        try:
            alone = await self._vercel.call("GET", target, f"v1/projects/{project}/env/{named.id}")
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        whole = {**named.model_dump(by_alias=True), **(alone or {})}
        return self._vercel.api.parse(Variable, whole)

    async def put(
        self, change: Change, there: Variable | None, body: dict[str, str] | None, kind: str
    ) -> None:
        """The variable with this body, of this type where it is new; None takes it away."""
        target, settings = change.target, VercelVariable.of(change)
        if there is not None:
            await self._edit(change, f"v9/projects/{settings.project}/env/{there.id}", body)
        elif body is not None:
            new = {**body, "key": settings.key, "type": kind, "target": [PRODUCTION]}
            made = await self._vercel.call("POST", target, f"v10/projects/{settings.project}/env", new)
            _refuse_what_was_not_made(settings.key, made)

    async def _edit(self, change: Change, path: str, body: dict[str, str] | None) -> None:
        """One that is not found is deleted already, and only listed still."""
        method = "DELETE" if body is None else "PATCH"
        try:
            await self._vercel.call(method, change.target, path, body)
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            if body is not None:
                raise Conflict("vercel", f"{path} was deleted meanwhile") from error


def _refuse_what_was_not_made(key: str, made: Any) -> None:
    """Raise where a 201 says that it made nothing: a batch of one may fail too."""
    failed = (made or {}).get("failed") or []
    if failed:
        why = (failed[0] or {}).get("error") or {}
        raise Conflict("vercel", f"{key} was not made: {why.get('code')}: {why.get('message')}")
