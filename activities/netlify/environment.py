"""Environment variables of a site, as production gets them, one at a time."""

from typing import Any, Self

import httpx

from activities.contract import Settings
from activities.netlify.answers import Site, Touched, Variable
from activities.netlify.client import Netlify, Standing
from stanch.errors import PolicyError, Rejected, Unavailable
from stanch.model.change import PlanRequest
from stanch.rules import Rule

PRODUCTION = "production"


class NetlifyVariable(Settings):
    """Which variable of which site, and the build that carries it: of this commit, by its marker."""

    site: str
    account: str
    key: str
    commit: str
    build: str
    shared: bool = False
    """Production had no value of its own, but the one of all contexts."""

    @classmethod
    def planned(cls, request: PlanRequest, standing: Standing, **more: Any) -> Self:
        """What is known when a change is planned."""
        site, commit = standing.site, str(standing.current.commit_ref)
        return cls(site=site.id, account=site.account_id, commit=commit, build=request.marker, **more)

    @property
    def listed_at(self) -> str:
        """Where the variables of the account are."""
        return f"accounts/{self.account}/env"

    @property
    def at(self) -> str:
        """Where the variable is."""
        return f"{self.listed_at}/{self.key}"

    @property
    def scope(self) -> dict[str, str]:
        """That it is the site's."""
        return {"site_id": self.site}


class Environment:
    """What the next build of production will find in its environment."""

    def __init__(self, netlify: Netlify) -> None:
        self._netlify = netlify

    async def among(self, wanted: NetlifyVariable) -> tuple[Variable | None, bool]:
        """The variable that a change is about, and whether any is listed; no other's value leaves here."""
        listed = await self._netlify.get(wanted.listed_at, wanted.scope) or []
        found = [self._netlify.api.parse(Variable, line) for line in listed]
        return next((one for one in found if one.key == wanted.key), None), bool(found)

    async def variable(self, wanted: NetlifyVariable) -> Variable | None:
        """The variable that a change is about, with its value; None where the site has none.

        Raises `PolicyError` where its value cannot be read back, because then it cannot be restored either.
        """
        try:
            data = await self._netlify.get(wanted.at, wanted.scope)
        except Rejected as error:
            if error.status != httpx.codes.NOT_FOUND:
                raise
            if (await self.among(wanted))[0]:
                text = f"{wanted.key} is listed and not found"
                raise Unavailable("netlify", text, untouched=True) from error
            return None
        found = self._netlify.api.parse(Variable, data)
        if found.is_secret:
            raise PolicyError(
                Rule.UNREADABLE,
                f"{found.key} is a secret: it cannot be read back, so that it could not be restored",
            )
        return found

    async def add(self, wanted: NetlifyVariable, value: str, **more: Any) -> None:
        """A new variable that only production has."""
        made = {"key": wanted.key, "values": [{"context": PRODUCTION, "value": value}], **more}
        await self._netlify.api.post(wanted.listed_at, json=[made], params=wanted.scope)

    async def give(self, wanted: NetlifyVariable, value: str) -> None:
        """Production gets a value of its own, beside those of other contexts."""
        body = {"context": PRODUCTION, "value": value}
        await self._netlify.api.send("PATCH", wanted.at, json=body, params=wanted.scope)

    async def delete(self, wanted: NetlifyVariable) -> None:
        """The variable is gone, in all contexts."""
        await self._netlify.api.send("DELETE", wanted.at, params=wanted.scope)

    async def delete_own(self, wanted: NetlifyVariable, there: Variable) -> None:
        """Production has no value of its own any more; others keep theirs."""
        if there.own:
            path = f"{wanted.at}/value/{there.own.id}"
            await self._netlify.api.send("DELETE", path, params=wanted.scope)

    async def touched(self, site: Site) -> list[Touched]:
        """Every variable of the site by name, with when and by whom it was changed; no value leaves here."""
        listed = await self._netlify.get(f"accounts/{site.account_id}/env", {"site_id": site.id}) or []
        return [self._netlify.api.parse(Touched, line) for line in listed]
