"""Netlify's endpoints about the edge: its cache, who gets which branch, and what functions log."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed, whole
from sandbox.clock import milliseconds
from sandbox.ledger import EffectKind
from sandbox.netlify.door import NetlifyDoor
from sandbox.netlify.refusals import refuse
from sandbox.netlify.site import Site, SplitTest

_NEVER = 2**60
_SPLITS = "/netlify/sites/{site}/traffic_splits"


class Purge(RequestBody):
    """What shall be fetched anew; without tags everything of the site."""

    site_id: str = ""
    cache_tags: list[str] | None = None


class Edge:
    """Purging, splitting, and reading logs."""

    def __init__(self, door: NetlifyDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand; logs are at another host of Netlify's, here beside the API."""
        logs = "/netlify/analytics/v2/sites/{site}/function_logs/{function}"
        return [
            Route("/netlify/purge", self.purge, methods=["POST"]),
            Route("/netlify/sites/{site}/functions", self.functions, methods=["GET"]),
            Route(logs, self.logs, methods=["GET"]),
            Route(_SPLITS, self.splits, methods=["GET"]),
            Route(_SPLITS + "/{split}/publish", self.publish, methods=["POST"]),
            Route(_SPLITS + "/{split}/unpublish", self.unpublish, methods=["POST"]),
        ]

    async def purge(self, request: Request) -> Response:
        """The edge forgets; visitors get everything anew."""
        wanted = await body_of(request, Purge)
        if not wanted.site_id:
            raise malformed(request, "site_id or site_slug is wanted", 400)
        site = self._door.named(request, wanted.site_id)
        if site.is_purged_too_often():
            raise refuse(429, "Too many purges of this site")
        if wanted.cache_tags is None:
            site.cache_is_broken = False
            self._door.world.sandbox.purge_pages(lambda service: service.host is site)
        tags = {"tags": wanted.cache_tags or []}
        self._door.world.ledger.record(
            "netlify.purge", site.name, kind=EffectKind.ACT, to="purged", detail=tags
        )
        return Response(status_code=202)

    async def functions(self, request: Request) -> Response:
        """The functions of the site, in one bundle."""
        site = self._door.site(request)
        named = [{"n": name, "a": site.account, "oid": f"f-{name}"} for name in site.logs]
        return JSONResponse([{"id": site.id, "branch": "main", "provider": "aws", "functions": named}])

    async def logs(self, request: Request) -> Response:
        """Lines of one function, oldest first, page by page, as far back as they are kept."""
        site = self._door.site(request)
        entries = site.logs.get(request.path_params["function"])
        if entries is None:
            raise refuse(404, "Not Found")
        kept = milliseconds(site.origin.now() - site.logs_kept)
        span = range(max(kept, whole(request, "from", 0)), whole(request, "to", _NEVER) + 1)
        found = sorted(
            (one for one in entries if milliseconds(one.at) in span and one.at <= self._door.world.horizon),
            key=lambda one: one.at,
        )
        first = whole(request, "cursor", 0)
        lines = [
            {"ts": milliseconds(one.at), "type": "log", "message": one.message, "level": one.level}
            for one in found[first : first + site.log_page]
        ]
        more = first + site.log_page < len(found)
        return JSONResponse(
            {"logs": lines, "pagination": {"next": str(first + site.log_page)} if more else {}}
        )

    async def splits(self, request: Request) -> Response:
        """Every split test of the site."""
        site = self._door.site(request)
        return JSONResponse([_split(site, site.split)] if site.split else [])

    async def publish(self, request: Request) -> Response:
        """The branches get their shares of the visitors."""
        return self._split(request, active=True)

    async def unpublish(self, request: Request) -> Response:
        """Everybody gets production."""
        return self._split(request, active=False)

    def _split(self, request: Request, *, active: bool) -> Response:
        site = self._door.site(request)
        split = site.split
        if split is None or split.id != request.path_params["split"]:
            raise refuse(404, "Not Found")
        if split.active is not active:
            was, split.active = split.active, active
            operation = "netlify.publish_split" if active else "netlify.unpublish_split"
            self._door.world.ledger.record(operation, f"{site.name}/{split.name}", was=was, to=active)
        return Response(status_code=204)


def _split(site: Site, split: SplitTest) -> dict[str, Any]:
    return {
        "id": split.id,
        "site_id": site.id,
        "name": split.name,
        "path": "/",
        "branches": [{"branch": name, "percentage": share} for name, share in split.shares.items()],
        "active": split.active,
        "unpublished_at": None,
    }
