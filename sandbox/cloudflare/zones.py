"""Cloudflare's endpoints about a zone: its cache, and its IP Access rules."""

import ipaddress
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, json_of, malformed, whole
from sandbox.cloudflare import refusals
from sandbox.cloudflare.door import BASE, CloudflareDoor, answered
from sandbox.cloudflare.refusals import refuse
from sandbox.cloudflare.zone import AccessRule
from sandbox.ledger import EffectKind

_ZONE = BASE + "/zones/{zone}"
_RULES = _ZONE + "/firewall/access_rules/rules"
_PURGES = {"purge_everything", "files", "tags", "hosts", "prefixes"}
_MOST_PURGED = 100
_LENGTHS = {"ip": {32}, "ip6": {128}, "ip_range": {16, 24, 32, 48, 64, 128}}


class Where(RequestBody):
    """The addresses of a rule."""

    target: Literal["ip", "ip6", "ip_range"]
    value: str


class NewRule(RequestBody):
    """The body that asks for a rule."""

    mode: Literal["whitelist", "block", "challenge", "js_challenge", "managed_challenge"]
    configuration: Where
    notes: str = ""


class Zones:
    """Purging, and rules made, found and deleted."""

    def __init__(self, door: CloudflareDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_ZONE + "/purge_cache", self.purge, methods=["POST"]),
            Route(_RULES, self.rules, methods=["GET"]),
            Route(_RULES, self.create, methods=["POST"]),
            Route(_RULES + "/{rule}", self.delete, methods=["DELETE"]),
        ]

    async def purge(self, request: Request) -> Response:
        """Exactly one kind, and not too much of it at once."""
        zone, wanted = self._door.zone(request), await json_of(request)
        kinds = set(wanted or {}) & _PURGES
        if len(kinds) != 1 or kinds != set(wanted):
            raise malformed(request, "purge exactly one of everything, files, tags, hosts and prefixes", 400)
        given = wanted[next(iter(kinds))]
        if given is not True and not (isinstance(given, list) and 0 < len(given) <= _MOST_PURGED):
            raise malformed(request, "give true, or 1 to 100 entries", 400)
        zone.purges.append(wanted)
        if "purge_everything" in wanted:
            self._door.world.sandbox.purge_pages(lambda service: service.name in zone.services)
        self._door.world.ledger.record(
            "cloudflare.purge_cache", zone.name, kind=EffectKind.ACT, detail=wanted
        )
        return answered({"id": self._door.world.origin.digits(32)})

    async def rules(self, request: Request) -> Response:
        """Page by page those that all that is asked for holds of."""
        zone = self._door.zone(request)
        until = self._door.world.clock.now() - zone.lists_after
        listed = [rule for rule in zone.rules if rule.created <= until]
        found = [rule for rule in listed if _matches(rule, dict(request.query_params))]
        page, size = whole(request, "page", 1), whole(request, "per_page", 20)
        shown = found[(page - 1) * size : page * size]
        info = {"page": page, "per_page": size, "count": len(shown), "total_count": len(found)}
        return answered([rule.body(zone) for rule in shown], result_info=info)

    async def create(self, request: Request) -> Response:
        """A rule; a second one of the zone's for the same addresses is refused."""
        zone, wanted = self._door.zone(request), await body_of(request, NewRule)
        where = wanted.configuration
        if not _is_taken(where):
            raise malformed(request, f"{where.target} {where.value} is nothing that a rule takes", 400)
        if any(rule.value == where.value for rule in zone.rules):
            raise refuse(400, refusals.DUPLICATE, "firewallaccessrules.api.duplicate_of_existing")
        world = self._door.world
        made = world.add_rule(zone.id, where.value, wanted.mode, wanted.notes)
        world.ledger.record(
            "cloudflare.create_rule",
            f"{zone.name}/{where.value}",
            to={"mode": made.mode, "notes": made.notes},
        )
        return answered(made.body(zone))

    async def delete(self, request: Request) -> Response:
        """The rule is no more; one of the account's is not the zone's to delete."""
        zone = self._door.zone(request)
        rule = next((one for one in zone.rules if one.id == request.path_params["rule"]), None)
        if rule is None or rule.scope != "zone":
            raise refuse(404, refusals.NO_RULE, "firewallaccessrules.api.not_found")
        zone.rules.remove(rule)
        was = {"mode": rule.mode, "notes": rule.notes}
        self._door.world.ledger.record("cloudflare.delete_rule", f"{zone.name}/{rule.value}", was=was)
        return answered({"id": rule.id})


def _matches(rule: AccessRule, query: dict[str, str]) -> bool:
    known: dict[str, Any] = {
        "mode": rule.mode,
        "configuration.target": rule.target,
        "configuration.value": rule.value,
    }
    exact = all(query.get(name) in (None, value) for name, value in known.items())
    return exact and query.get("notes", "").lower() in rule.notes.lower()


def _is_taken(where: Where) -> bool:
    try:
        network = ipaddress.ip_network(where.value)
    except ValueError:
        return False
    return network.prefixlen in _LENGTHS[where.target] and ("/" in where.value) is (
        where.target == "ip_range"
    )
