"""Who may reach what at Cloudflare, and the envelope around every answer."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.base import Door
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.refusals import NO_SCRIPT, TOO_OFTEN, refuse
from sandbox.cloudflare.worker import Worker
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.cloudflare.zone import Zone
from sandbox.keys import shown

BASE = "/cloudflare/client/v4"
ACCOUNT = BASE + "/accounts/{account}"
SCRIPT = ACCOUNT + "/workers/scripts/{script}"
QUERY = "/workers/observability/telemetry/query"
GRAPHQL = "/graphql"


def reads(method: str, path: str) -> bool:
    """Whether a call only looks: logs and analytics are queried by POST."""
    return method in ("GET", "HEAD") or path.endswith((QUERY, GRAPHQL))


def answered(result: Any, **info: Any) -> Response:
    """A good answer."""
    return JSONResponse({"success": True, "errors": [], "messages": [], "result": result, **info})


@dataclass
class CloudflareDoor(Door[CloudflareWorld]):
    """Every call passes here before it reaches anything."""

    def worker(self, request: Request) -> Worker:
        """The Worker that the path names."""
        self.account(request)
        found = self.world.workers.get(request.path_params["script"])
        if found is None or found.account != request.path_params["account"]:
            raise refuse(404, NO_SCRIPT, "This Worker does not exist on your account.")
        return found

    def account(self, request: Request) -> str:
        """The account that the path names."""
        return self.account_named(request, str(request.path_params["account"]))

    def account_named(self, request: Request, account: str) -> str:
        """An account that the token reaches."""
        self._permit(request)
        if account not in self.world.accounts():
            raise refuse(
                404, 7003, "Could not route to the account, perhaps your object identifier is invalid?"
            )
        return account

    def reaches(self, request: Request) -> bool:
        """Whether the token reaches anything here; Cloudflare lists nothing, and refuses nothing, if not."""
        if self.known(request) == CloudflareKey.ELSEWHERE:
            return False
        self._permit(request)
        return True

    def zone(self, request: Request) -> Zone:
        """The zone that the path names."""
        self._permit(request)
        found = self.world.zones.get(request.path_params["zone"])
        if found is None:
            raise refuse(404, 7003, "Could not route to the zone, perhaps your object identifier is invalid?")
        return found

    def known(self, request: Request) -> str:
        """A token that is one of Cloudflare's at all."""
        found = shown(request)
        if not found:
            raise refuse(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
        if found not in tuple(CloudflareKey):
            raise refuse(401, 1000, "Invalid API Token")
        return found

    def _permit(self, request: Request) -> None:
        token = self.known(request)
        if self.world.clock.now() < self.world.blocked_until:
            # All of the user's tokens, for five minutes, often without a header (workers-sdk#14877, 2026-11).
            raise refuse(
                429, TOO_OFTEN, "Rate limited. Please wait and consider throttling your request speed"
            )
        writes = not reads(request.method, request.url.path)
        if token == CloudflareKey.ELSEWHERE or (token == CloudflareKey.READ_ONLY and writes):
            raise refuse(403, 10000, "Authentication error")
