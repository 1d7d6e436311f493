"""Environment variables of a project's production, one at a time."""

from typing import Any, Self

from activities.contract import Settings
from activities.vercel.answers import Variable
from activities.vercel.client import Vercel
from activities.vercel.standing import Standing
from stanch.errors import PolicyError
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

    async def alone(self, target: Target, project: str, named: Variable) -> Variable:
        """The variable with its value, where that can be read.

        Only one that is asked for alone is shown decrypted (vercel.com/docs/rest-api, read 2026-11).
        """
        alone = await self._vercel.call("GET", target, f"v1/projects/{project}/env/{named.id}")
        whole = {**named.model_dump(by_alias=True), **(alone or {})}
        return self._vercel.api.parse(Variable, whole)

    async def put(
        self, change: Change, there: Variable | None, body: dict[str, str] | None, kind: str
    ) -> None:
        """The variable with this body, of this type where it is new; None takes it away."""
        target, settings = change.target, VercelVariable.of(change)
        if there is None:
            if body is not None:
                new = {**body, "key": settings.key, "type": kind, "target": [PRODUCTION]}
                await self._vercel.call("POST", target, f"v10/projects/{settings.project}/env", new)
            return
        path = f"v9/projects/{settings.project}/env/{there.id}"
        if body is None:
            await self._vercel.call("DELETE", target, path)
        else:
            await self._vercel.call("PATCH", target, path, body)
