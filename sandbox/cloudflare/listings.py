"""Cloudflare's endpoints that list what is there: accounts, zones, Workers, and where visitors reach them."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import malformed, whole
from sandbox.cloudflare.door import ACCOUNT, BASE, SCRIPT, CloudflareDoor, answered
from sandbox.cloudflare.refusals import refuse
from sandbox.cloudflare.version import shown
from sandbox.cloudflare.zone import Zone

_LEAST, _USUAL, _MOST = 5, 20, 50
_NO_SUBDOMAIN = 10007
_LONG_AGO = "2024-03-01T08:00:00.000000Z"


class Listings:
    """Whoever does not know yet what there is begins here."""

    def __init__(self, door: CloudflareDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(BASE + "/accounts", self.accounts, methods=["GET"]),
            Route(BASE + "/zones", self.zones, methods=["GET"]),
            Route(BASE + "/zones/{zone}/workers/routes", self.patterns, methods=["GET"]),
            Route(ACCOUNT + "/workers/scripts", self.scripts, methods=["GET"]),
            Route(ACCOUNT + "/workers/domains", self.domains, methods=["GET"]),
            Route(ACCOUNT + "/workers/subdomain", self.subdomain, methods=["GET"]),
            Route(SCRIPT + "/subdomain", self.is_on_subdomain, methods=["GET"]),
            Route(ACCOUNT + "/hyperdrive/configs", self.pools, methods=["GET"]),
        ]

    async def accounts(self, request: Request) -> Response:
        """Those that the token reaches; a token that reaches none is told so by an empty list."""
        known = self._door.world.accounts() if self._door.reaches(request) else []
        return _page(request, [{"id": one, "name": f"Account {one[:4]}"} for one in known])

    async def zones(self, request: Request) -> Response:
        """The same of zones, by name."""
        known = self._door.world.zones.values() if self._door.reaches(request) else ()
        return _page(request, [_zone(one) for one in sorted(known, key=lambda one: one.name)])

    async def patterns(self, request: Request) -> Response:
        """Which addresses of a zone go to which Worker; one without a Worker goes past them all."""
        return answered(
            [
                {"id": one.id, "pattern": one.pattern, **({"script": one.script} if one.script else {})}
                for one in self._door.zone(request).routes
            ]
        )

    async def scripts(self, request: Request) -> Response:
        """Every Worker of the account, deployed or not."""
        account = self._door.account(request)
        return answered(
            [
                {
                    "id": one.name,
                    "etag": one.newest.code,
                    "created_on": shown(one.versions[-1].created),
                    "modified_on": shown(one.newest.created),
                    "has_assets": False,
                    "has_modules": True,
                    "handlers": ["fetch"],
                    "logpush": False,
                }
                for one in self._door.world.workers.values()
                if one.account == account and one.versions
            ]
        )

    async def domains(self, request: Request) -> Response:
        """Hosts that are a Worker's own."""
        account = self._door.account(request)
        return answered(
            [
                {
                    "id": host,
                    "hostname": host,
                    "service": worker,
                    "environment": "production",
                    "zone_id": zone.id,
                    "zone_name": zone.name,
                }
                for zone in self._door.world.zones.values()
                for host, worker in zone.domains.items()
                if zone.account == account
            ]
        )

    async def subdomain(self, request: Request) -> Response:
        """The account's part of `workers.dev`, which it has only once somebody chose one."""
        found = self._door.world.subdomains.get(self._door.account(request))
        if found is None:
            raise refuse(404, _NO_SUBDOMAIN, "There is no subdomain for this account.")
        return answered({"subdomain": found})

    async def is_on_subdomain(self, request: Request) -> Response:
        """Whether a Worker answers there."""
        worker = self._door.worker(request)
        return answered({"enabled": worker.on_subdomain, "previews_enabled": False})

    async def pools(self, request: Request) -> Response:
        """Every Hyperdrive configuration."""
        self._door.account(request)
        listed = [one.body() for one in self._door.world.pools.values()]
        return answered(listed, result_info={"page": 1, "per_page": len(listed), "count": len(listed)})


def _page(request: Request, lines: Iterable[dict[str, Any]]) -> Response:
    """Twenty at a time, or as many as are wished for, up to fifty."""
    every, page, size = list(lines), whole(request, "page", 1), whole(request, "per_page", _USUAL)
    if not _LEAST <= size <= _MOST:
        raise malformed(request, f"per_page must be between {_LEAST} and {_MOST}", 400)
    part = every[(page - 1) * size : page * size]
    info = {"page": page, "per_page": size, "count": len(part), "total_count": len(every)}
    return answered(part, result_info={**info, "total_pages": -(-len(every) // size)})


def _zone(zone: Zone) -> dict[str, Any]:
    return {
        "id": zone.id,
        "name": zone.name,
        "status": "active",
        "paused": False,
        "type": "full",
        "development_mode": 0,
        "owner": {"type": "user"},
        "account": {"id": zone.account, "name": f"Account {zone.account[:4]}"},
        "meta": {"step": 2, "page_rule_quota": 3, "phishing_detected": False},
        "name_servers": ["ana.ns.cloudflare.example", "bob.ns.cloudflare.example"],
        "original_name_servers": None,
        "original_registrar": None,
        "original_dnshost": None,
        "created_on": _LONG_AGO,
        "modified_on": _LONG_AGO,
        "activated_on": _LONG_AGO,
        "plan": {"id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "name": "Free Website", "price": 0},
    }
