"""Netlify's part of the world: sites, and what other people do to them."""

from typing import Any

from sandbox.base import World
from sandbox.ledger import SOMEONE_ELSE
from sandbox.netlify.deploy import Commit
from sandbox.netlify.site import Site


class NetlifyWorld(World):
    """Every site, by name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.sites: dict[str, Site] = {}

    def add(self, name: str, account: str, domain: str) -> Site:
        """A site without deploys."""
        digits = self.origin.digits(32)
        self.sites[name] = Site(
            id="-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])),
            name=name,
            account=account,
            domain=domain,
            origin=self.origin,
            pace=self.pace,
            ledger=self.ledger,
        )
        return self.sites[name]

    def state(self) -> dict[str, Any]:
        """What every site's visitors get."""
        return {
            one.name: {"id": one.id, "published": one.published, "locked": one.locked}
            for one in self.sites.values()
        }

    def secrets(self) -> set[str]:
        """The values of all secret variables."""
        every = (one for site in self.sites.values() for one in site.variables.values())
        return {value for one in every if one.is_secret for _, value in one.values.values()}

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """A push to the main branch, with this commit's message; live at once unless the site is locked."""
        site = self.sites[name]
        was = site.published
        made = site.build(Commit(self.origin.digits(40), release or "a push", good))
        if not in_progress:
            made.timetable.hurry()
            site.observe()
        self.ledger.record("netlify.push", name, was=was, to=made.id, by=SOMEONE_ELSE)
        return made.id
