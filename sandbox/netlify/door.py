"""Who may reach which site at Netlify."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.base import Door
from sandbox.keys import shown
from sandbox.netlify.deploy import Deploy
from sandbox.netlify.keys import NetlifyKey
from sandbox.netlify.refusals import refuse
from sandbox.netlify.site import Site
from sandbox.netlify.world import NetlifyWorld


@dataclass
class NetlifyDoor(Door[NetlifyWorld]):
    """Every call passes here before it reaches a site."""

    def sites(self, request: Request) -> list[Site]:
        """The sites that the call reaches; those of other teams are as if they were not there."""
        if shown(request) not in (NetlifyKey.ALL, NetlifyKey.ELSEWHERE):
            raise refuse(401, "Access Denied")
        return list(self.world.sites.values()) if shown(request) == NetlifyKey.ALL else []

    def site(self, request: Request) -> Site:
        """The site that the path names by id or domain."""
        return self.named(request, request.path_params["site"])

    def named(self, request: Request, name: str) -> Site:
        """The site of this id or domain."""
        for site in self.sites(request):
            if name in (site.id, site.domain, f"{site.name}.netlify.app"):
                return site
        raise refuse(404, "Not Found")

    def account(self, request: Request) -> Site:
        """The site that a call about an account's variables is for."""
        site = self.named(request, request.query_params.get("site_id", ""))
        if request.path_params["account"] != site.account:
            raise refuse(404, "Not Found")
        return site

    def deploy(self, request: Request) -> tuple[Site, Deploy]:
        """The deploy that the path names."""
        for site in self.sites(request):
            deploy = site.deploy(request.path_params["deploy"])
            if deploy:
                return site, deploy
        raise refuse(404, "Not Found")
