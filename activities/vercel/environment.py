"""Environment variables of a project's production, one at a time."""

from typing import Any

from activities.vercel.answers import Variable
from activities.vercel.client import Vercel
from stanch.errors import PolicyError, Rejected
from stanch.model.change import Target
from stanch.rules import Rule

PRODUCTION = "production"


class Environment:
    """What the next production build will find in its environment."""

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def variable(self, target: Target, project: str, key: str) -> Variable | None:
        """The variable of this name, with its value; None where production has none.

        Raises `PolicyError` where the value cannot be read back, because then it cannot be restored either.
        """
        named = await self.named(target, project, key)
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

    async def still(self, target: Target, settings: dict[str, Any]) -> Variable | None:
        """The variable that a change is about; a list that lost all that was on it is not believed."""
        listed = await self.listed(target, settings["project"])
        if settings["listed"] and not listed:
            raise Rejected("vercel", "lists no variable of production, and there were some")
        return next((one for one in listed if one.key == settings["key"]), None)

    async def named(self, target: Target, project: str, key: str) -> Variable | None:
        """The variable of this name, without its value."""
        return next((one for one in await self.listed(target, project) if one.key == key), None)

    async def alone(self, target: Target, project: str, named: Variable) -> Variable:
        """The variable with its value, where that can be read.

        Only one that is asked for alone is shown decrypted (vercel.com/docs/rest-api, read 2026-11).
        """
        alone = await self._vercel.call("GET", target, f"v1/projects/{project}/env/{named.id}")
        whole = {**named.model_dump(by_alias=True), **(alone or {})}
        return self._vercel.api.parse(Variable, whole)

    async def put(self, target: Target, project: str, key: str, value: str | None) -> None:
        """The variable with this value, as if it had always been so; None takes it away."""
        there = await self.variable(target, project, key)
        if there is None and value is None:
            return
        if there is None:
            body = {"key": key, "value": value, "type": "encrypted", "target": [PRODUCTION]}
            await self._vercel.call("POST", target, f"v10/projects/{project}/env", body)
            return
        path = f"v9/projects/{project}/env/{there.id}"
        if value is None:
            await self._vercel.call("DELETE", target, path)
        else:
            await self._vercel.call("PATCH", target, path, {"value": value})
