"""Who may do what at Stripe, and how its lists are paged."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.answers import malformed, whole
from sandbox.base import Door
from sandbox.keys import shown
from sandbox.stripe.keys import StripeKey
from sandbox.stripe.refusals import refuse
from sandbox.stripe.world import StripeWorld

_MOST = 100
_READ = ("GET", "HEAD")


@dataclass
class StripeDoor(Door[StripeWorld]):
    """Every call passes here."""

    def enter(self, request: Request) -> None:
        """The credential is one of Stripe's, and may do this."""
        if shown(request) not in (StripeKey.ALL, StripeKey.READ_ONLY):
            raise refuse(401, "Invalid API Key provided: sk_live_****1234")
        if shown(request) == StripeKey.READ_ONLY and request.method not in _READ:
            message = "The provided key does not have the required permissions for this endpoint"
            raise refuse(403, message)
        if self.world.is_locked and request.method not in _READ:
            message = "This object cannot be accessed right now because another API request is accessing it."
            raise refuse(429, message, code="lock_timeout")


def paged(request: Request, every: list[dict[str, Any]]) -> Response:
    """The part of a list that follows the object that was named."""
    size, after = whole(request, "limit", 10), request.query_params.get("starting_after")
    if not 1 <= size <= _MOST:
        raise malformed(request, f"limit must be between 1 and {_MOST}", 400)
    ids = [one["id"] for one in every]
    if after and after not in ids:
        raise refuse(400, f"No such object: '{after}'", code="resource_missing", param="starting_after")
    first = ids.index(after) + 1 if after else 0
    return JSONResponse(
        {
            "object": "list",
            "url": request.url.path.removeprefix("/stripe"),
            "has_more": first + size < len(every),
            "data": every[first : first + size],
        }
    )
