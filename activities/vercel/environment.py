"""Environment variables of a project's production, one at a time."""

from activities.vercel.answers import Variable
from activities.vercel.client import Vercel
from stanch.errors import PolicyError
from stanch.model.change import Target

PRODUCTION = "production"


class Environment:
    """What the next production build will find in its environment."""

    def __init__(self, vercel: Vercel) -> None:
        self._vercel = vercel

    async def variable(self, target: Target, project: str, key: str) -> Variable | None:
        """The variable of this name, with its value; None where production has none.

        Raises `PolicyError` where the value cannot be read back, because then it cannot be restored either.
        """
        data = await self._vercel.call("GET", target, f"v10/projects/{project}/env")
        listed = [self._vercel.api.parse(Variable, line) for line in (data or {}).get("envs") or []]
        named = next((one for one in listed if one.key == key and PRODUCTION in one.targets), None)
        if named is None:
            return None
        # Only a variable that is asked for alone is shown decrypted (vercel.com/docs/rest-api, read 2026-11).
        alone = await self._vercel.call("GET", target, f"v1/projects/{project}/env/{named.id}")
        found = self._vercel.api.parse(
            Variable, {**named.model_dump(by_alias=True), "value": None, **(alone or {})}
        )
        if not found.is_readable:
            raise PolicyError(
                "unreadable",
                f"{key} is {found.type or 'of an unknown type'}: what it is"
                " cannot be read back, so that it could not be restored",
            )
        return found

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
