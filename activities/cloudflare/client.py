"""Cloudflare's API, as far as Stanch uses it.

https://api.cloudflare.com/client/v4 (developers.cloudflare.com/api, read 2026-11). An API token, never the
global key; 1200 requests in five minutes for everything a user does, then nothing for five minutes.
"""

from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from activities.cloudflare.answers import AccessRule, Deployment, Detail, Pool, Version
from activities.cloudflare.api import Envelope, Graph
from activities.connection import Connection
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from stanch.errors import PolicyError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.rules import Rule

ADDRESS = "https://api.cloudflare.com"
PROVIDER = "cloudflare"
READS = ("Workers Scripts:Read",)
EDITS = ("Workers Scripts:Edit",)
_A_PAGE = 100

Identifier = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class CloudflareTarget(Written):
    """`runs_on: {provider: cloudflare, worker: NAME, account: ID}`; `zone` for its cache and its edge."""

    worker: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=63)]
    account: Identifier
    zone: Identifier | None = None


class Cloudflare:
    """One connection to Cloudflare for all of a worker's activities."""

    def __init__(self, api: Envelope, around: Surroundings) -> None:
        self.api = api
        self.redactor = around.redactor
        self.team_secrets = TeamSecrets(around)
        self._graph = Graph(PROVIDER, api.connection, around.redactor)

    @classmethod
    def connect(cls, around: Surroundings) -> "Cloudflare":
        """From the team's settings."""
        connection = Connection(
            base_url=f"{(around.settings.base_url or ADDRESS).rstrip('/')}/client/v4/",
            headers={"Authorization": f"Bearer {around.token(PROVIDER)}"},
        )
        return cls(Envelope(PROVIDER, connection, around.redactor), around)

    async def result(self, method: str, path: str, **options: Any) -> Any:
        """What is in the envelope's `result`."""
        return ((await self.api.send(method, path, **options)).data or {}).get("result")

    async def analytics(self, query: str, variables: dict[str, str]) -> dict[str, Any]:
        """What GraphQL Analytics has of the one account that is asked for."""
        data = (await self._graph.post("graphql", {"query": query, "variables": variables})).data
        accounts = (data.get("viewer") or {}).get("accounts") or []
        if not accounts:
            raise Rejected(PROVIDER, "GraphQL Analytics knows no such account")
        return dict(accounts[0])

    async def deployments(self, target: Target) -> list[Deployment]:
        """What got the requests, newest first: the first is what gets them now."""
        listed = (await self.result("GET", f"{script(target)}/deployments") or {}).get("deployments")
        found = [self.api.parse(Deployment, line) for line in listed or []]
        if not found:
            raise Rejected(PROVIDER, f"{target.name} has no deployment")
        return found

    async def versions(self, target: Target) -> list[Version]:
        """The newest hundred versions, newest first: those that can be deployed."""
        path = f"{script(target)}/versions"
        listed = (await self.result("GET", path, params={"deployable": "true"}) or {}).get("items")
        found = [self.api.parse(Version, line) for line in listed or []]
        return sorted(found, key=lambda version: version.number, reverse=True)

    async def version(self, target: Target, version: str) -> Version:
        """One version, however old, as lists show it."""
        return self.api.parse(Version, await self.result("GET", f"{script(target)}/versions/{version}"))

    async def detail(self, target: Target, version: str) -> Detail:
        """One version with its bindings; of a secret only the name is answered."""
        return self.api.parse(Detail, await self.result("GET", f"{script(target)}/versions/{version}"))

    async def pool(self, target: Target, config: str) -> Pool:
        """One Hyperdrive configuration."""
        return self.api.parse(Pool, await self.result("GET", pools(target, config)))

    async def rules(self, target: Target, value: str) -> list[AccessRule]:
        """The zone's IP Access rules about these addresses, page by page."""
        found: list[AccessRule] = []
        page = 1
        while True:
            params = {"configuration.value": value, "page": page, "per_page": _A_PAGE}
            answer = await self.api.get(rules_of(target), params=params)
            found += [self.api.parse(AccessRule, line) for line in answer.data.get("result") or []]
            total = (answer.data.get("result_info") or {}).get("total_count") or 0
            if page * _A_PAGE >= total:
                return found
            page += 1


def account(target: Target) -> str:
    """The path of everything in the Worker's account."""
    return f"accounts/{target.at['account']}"


def script(target: Target) -> str:
    """The Worker's path."""
    return f"{account(target)}/workers/scripts/{quote(target.name, safe='')}"


def pools(target: Target, config: str) -> str:
    """A Hyperdrive configuration's path."""
    return f"{account(target)}/hyperdrive/configs/{config}"


def zone(target: Target) -> str:
    """The zone's path; a Worker on `workers.dev` alone has none."""
    found = target.at.get("zone", "")
    if not found:
        raise PolicyError(
            Rule.NO_ZONE, f"{target.name} has no zone: write zone: ID beside its worker and account"
        )
    return f"zones/{found}"


def rules_of(target: Target) -> str:
    """The path of the zone's IP Access rules."""
    return f"{zone(target)}/firewall/access_rules/rules"
