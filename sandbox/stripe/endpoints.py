"""Stripe's endpoints about webhook endpoints, and the keys under which a request happens once."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import malformed
from sandbox.stripe.door import StripeDoor, paged
from sandbox.stripe.refusals import refuse, shape
from sandbox.stripe.world import Endpoint, Remembered

_LIST = "/stripe/v1/webhook_endpoints"
_ONE = _LIST + "/{id}"
_MOST = 16
_KEPT = timedelta(hours=24)
_MARK = "stanch_change"
_CREATED = {"url", "enabled_events[]", "description", "api_version", "connect"}
_EDITED = {"url", "enabled_events[]", "description", "disabled"}
_OF_METADATA = "metadata["

_INSIDE = shape("", 500, "An error occurred with our connection to Stripe.")

Form = list[tuple[str, str]]


class Endpoints:
    """Listing, creating, editing and deleting."""

    def __init__(self, door: StripeDoor) -> None:
        self._door = door
        self._world = door.world

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_LIST, self.every, methods=["GET"]),
            Route(_LIST, self.create, methods=["POST"]),
            Route(_ONE, self.read, methods=["GET"]),
            Route(_ONE, self.edit, methods=["POST"]),
            Route(_ONE, self.delete, methods=["DELETE"]),
        ]

    async def every(self, request: Request) -> Response:
        """All of them, newest first; what they sign with is not shown."""
        self._door.enter(request)
        newest = sorted(self._world.endpoints.values(), key=lambda one: one.created, reverse=True)
        return paged(request, [one.body() for one in newest])

    async def read(self, request: Request) -> Response:
        """One of them."""
        return JSONResponse(self._one(request).body())

    async def create(self, request: Request) -> Response:
        """A new one with its secret; asked again under the same key, the same answer again."""
        self._door.enter(request)
        form = await _form(request, _CREATED)
        key, asked = request.headers.get("idempotency-key", ""), repr(sorted(form))
        known = self._world.remembered.get(key)
        if known and self._world.clock.now() - known.at < _KEPT:
            if known.asked != asked:
                message = "Keys for idempotent requests can only be used with the same parameters"
                raise refuse(400, message, type="idempotency_error")
            return JSONResponse(known.answer, known.status, headers={"Idempotent-Replayed": "true"})
        answer, status = self._answer(form)
        if key:
            self._world.remembered[key] = Remembered(asked, answer, self._world.clock.now(), status)
        return JSONResponse(answer, status)

    async def edit(self, request: Request) -> Response:
        """One of them is enabled, disabled, or otherwise different."""
        one = self._one(request)
        form = dict(await _form(request, _EDITED))
        was = one.status
        if "disabled" in form:
            one.status = "disabled" if form["disabled"] == "true" else "enabled"
        if was != one.status:
            self._record("stripe.update_webhook_endpoint", one, was=was, to=one.status)
        return JSONResponse(one.body())

    async def delete(self, request: Request) -> Response:
        """One of them is gone."""
        one = self._one(request)
        del self._world.endpoints[one.id]
        self._record("stripe.delete_webhook_endpoint", one, was=one.status, to=None)
        return JSONResponse({"id": one.id, "object": "webhook_endpoint", "deleted": True})

    def _answer(self, form: Form) -> tuple[dict[str, Any], int]:
        if self._world.fails and not self._world.fails_after_doing:
            return _INSIDE, 500
        made = self._make(form)
        return (_INSIDE, 500) if self._world.fails else ({**made.body(), "secret": made.secret}, 200)

    def _make(self, form: Form) -> Endpoint:
        single = dict(form)
        events = [value for name, value in form if name == "enabled_events[]"]
        known = {one.url for one in self._world.endpoints.values()}  # a sandbox is reached without TLS
        if not single.get("url", "").startswith("https://") and single.get("url") not in known:
            raise refuse(400, "Invalid URL: URL must begin with `https://`", code="url_invalid", param="url")
        if not events:
            raise refuse(400, "Missing required param: enabled_events.", param="enabled_events")
        if len(self._world.endpoints) >= _MOST:
            raise refuse(400, f"You have reached the maximum of {_MOST} test webhook endpoints.")
        made = self._world.add(single["url"], events)
        made.description, made.api_version = single.get("description"), single.get("api_version")
        made.metadata = {
            name.removeprefix(_OF_METADATA).removesuffix("]"): value
            for name, value in form
            if name.startswith(_OF_METADATA)
        }
        self._record("stripe.create_webhook_endpoint", made, to=made.status)
        return made

    def _one(self, request: Request) -> Endpoint:
        self._door.enter(request)
        name = request.path_params["id"]
        if name not in self._world.endpoints:
            message = f"No such webhook endpoint: '{name}'"
            raise refuse(404, message, code="resource_missing", param="webhook_endpoint")
        return self._world.endpoints[name]

    def _record(self, operation: str, one: Endpoint, **facts: Any) -> None:
        self._world.ledger.record(operation, one.id, marker=one.metadata.get(_MARK, ""), **facts)


async def _form(request: Request, known: set[str]) -> Form:
    """What was sent as a form; Stripe refuses a parameter that it does not know."""
    if "json" in request.headers.get("content-type", ""):
        raise malformed(request, "Stripe takes forms, not JSON", 400)
    form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    for name, _ in form:
        if name not in known and not name.startswith(_OF_METADATA):
            raise malformed(request, f"Received unknown parameter: {name}", 400)
    return form
