"""Environment variables of a site, as production gets them, one at a time."""

from typing import Any

import httpx

from activities.netlify.answers import Site, Touched, Variable
from activities.netlify.client import Netlify
from stanch.errors import PolicyError, Rejected
from stanch.rules import Rule

PRODUCTION = "production"


class Environment:
    """What the next build of production will find in its environment."""

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify

    async def among(self, settings: dict[str, Any]) -> tuple[Variable | None, bool]:
        """The variable that a change is about, and whether any is listed; no other's value leaves here."""
        scope = {"site_id": settings["site"]}
        listed = await self._netlify.get(f"accounts/{settings['account']}/env", scope) or []
        found = [self._netlify.api.parse(Variable, line) for line in listed]
        return next((one for one in found if one.key == settings["key"]), None), bool(found)

    async def still(self, settings: dict[str, Any]) -> Variable | None:
        """The variable that a change is about; a list that lost all that was on it is not believed."""
        there, listed = await self.among(settings)
        if settings["listed"] and not listed:
            raise Rejected("netlify", "lists no variable of the site, and there were some")
        return there

    async def variable(self, settings: dict[str, Any]) -> Variable | None:
        """The variable that a change is about, with its value; None where the site has none.

        Raises `PolicyError` where its value cannot be read back, because then it cannot be restored either.
        """
        path, scope = _place(settings)
        try:
            data = await self._netlify.get(path, scope)
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        found = self._netlify.api.parse(Variable, data)
        if found.is_secret:
            raise PolicyError(
                Rule.UNREADABLE,
                f"{found.key} is a secret: it cannot be read back, so that it could not be restored",
            )
        return found

    async def put(self, settings: dict[str, Any], value: str | None, *, goes_back: bool) -> None:
        """Production gets this value; what stood before is made again as it stood, and None takes it away."""
        there = await self.variable(settings)
        if there is None:
            if value is not None:
                await self.add(settings, value)
            return
        if value is None:
            await self.delete(settings)
        elif goes_back and settings["shared"] and there.own:
            # It had none of its own: what all contexts share counts again.
            await self.delete_own(settings, there)
        else:
            await self.give(settings, value)

    async def add(self, settings: dict[str, Any], value: str, **more: Any) -> None:
        """A new variable that only production has."""
        made = {"key": settings["key"], "values": [{"context": PRODUCTION, "value": value}], **more}
        scope = {"site_id": settings["site"]}
        await self._netlify.api.post(f"accounts/{settings['account']}/env", json=[made], params=scope)

    async def give(self, settings: dict[str, Any], value: str) -> None:
        """Production gets a value of its own, beside those of other contexts."""
        path, scope = _place(settings)
        body = {"context": PRODUCTION, "value": value}
        await self._netlify.api.send("PATCH", path, json=body, params=scope)

    async def delete(self, settings: dict[str, Any]) -> None:
        """The variable is gone, in all contexts."""
        path, scope = _place(settings)
        await self._netlify.api.send("DELETE", path, params=scope)

    async def delete_own(self, settings: dict[str, Any], there: Variable) -> None:
        """Production has no value of its own any more; others keep theirs."""
        path, scope = _place(settings)
        if there.own:
            await self._netlify.api.send("DELETE", f"{path}/value/{there.own.id}", params=scope)

    async def touched(self, site: Site) -> list[Touched]:
        """Every variable of the site by name, with when and by whom it was changed; no value leaves here."""
        listed = await self._netlify.get(f"accounts/{site.account_id}/env", {"site_id": site.id}) or []
        return [self._netlify.api.parse(Touched, line) for line in listed]


def _place(settings: dict[str, Any]) -> tuple[str, dict[str, str]]:
    path = f"accounts/{settings['account']}/env/{settings['key']}"
    return path, {"site_id": settings["site"]}
