"""Stripe's lists of what happened and of what was charged."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import malformed, whole
from sandbox.stripe.door import StripeDoor, paged

_MOST_TYPES = 20


class Events:
    """Listing, newest first."""

    def __init__(self, door: StripeDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route("/stripe/v1/events", self.every, methods=["GET"]),
            Route("/stripe/v1/charges", self.charges, methods=["GET"]),
        ]

    async def every(self, request: Request) -> Response:
        """Events, newest first, of these types, since then, delivered or not."""
        self._door.enter(request)
        query = request.query_params
        types, delivered = query.getlist("types[]"), query.get("delivery_success")
        if len(types) > _MOST_TYPES:
            raise malformed(request, f"types takes at most {_MOST_TYPES}", 400)
        since = _since(request)
        found = [
            one
            for one in self._door.world.events
            if one.created >= since
            and (not types or one.type in types)
            and (delivered is None or (delivered == "true") is (one.pending == 0))
        ]
        return paged(request, [one.body() for one in found])

    async def charges(self, request: Request) -> Response:
        """Charges since then, as they are by now."""
        self._door.enter(request)
        since = _since(request)
        return paged(request, [one.body() for one in self._door.world.charges if one.created >= since])


def _since(request: Request) -> datetime:
    return datetime.fromtimestamp(whole(request, "created[gte]", 0), UTC)
