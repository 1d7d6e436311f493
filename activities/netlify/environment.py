"""Environment variables of a site, as production gets them, one at a time."""

from typing import Any

import httpx

from activities.netlify.answers import Site, Touched, Variable
from activities.netlify.client import Netlify
from stanch.errors import PolicyError, Rejected

PRODUCTION = "production"


class Environment:
    """What the next build of production will find in its environment."""

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify

    async def variable(self, account: str, site: str, key: str) -> Variable | None:
        """The variable of this name; None where the site has none.

        Raises `PolicyError` where its value cannot be read back, because then it cannot be restored either.
        """
        try:
            data = await self._netlify.get(f"accounts/{account}/env/{key}", {"site_id": site})
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise
        found = self._netlify.api.parse(Variable, data)
        if found.is_secret:
            raise PolicyError(
                "unreadable", f"{key} is a secret: it cannot be read back, so that it could not be restored"
            )
        return found

    async def put(self, settings: dict[str, Any], value: str | None) -> None:
        """Production gets this value; what stood before is made again as it stood, and None takes it away."""
        account, site, key = settings["account"], settings["site"], settings["key"]
        path, scope = f"accounts/{account}/env/{key}", {"site_id": site}
        there = await self.variable(account, site, key)
        if there is None:
            if value is not None:
                made = [{"key": key, "values": [{"context": PRODUCTION, "value": value}]}]
                await self._netlify.api.post(f"accounts/{account}/env", json=made, params=scope)
            return
        if value is None:
            await self._netlify.api.send("DELETE", path, params=scope)
        elif settings.get("undo") and settings["shared"] and there.own:
            # It had none of its own: what all contexts share counts again.
            await self._netlify.api.send("DELETE", f"{path}/value/{there.own.id}", params=scope)
        else:
            body = {"context": PRODUCTION, "value": value}
            await self._netlify.api.send("PATCH", path, json=body, params=scope)

    async def touched(self, site: Site) -> list[Touched]:
        """Every variable of the site by name, with when and by whom it was changed; no value leaves here."""
        listed = await self._netlify.get(f"accounts/{site.account_id}/env", {"site_id": site.id}) or []
        return [self._netlify.api.parse(Touched, line) for line in listed]
