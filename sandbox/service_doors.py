"""The service's HTTP: health, measurements, its pages and its own admin endpoints."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import keys
from sandbox.answers import AnswerError
from sandbox.front_page import Served
from sandbox.inlets import Inlet
from sandbox.instances import ImpossibleError
from sandbox.keys import shown
from sandbox.ledger import EffectKind, Ledger
from sandbox.service import Ailment, FakeService
from sandbox.traffic import Gauge, Stretch
from sandbox.upgrading import opened

_SERVICE = "/service/{name}"
_TEXT = "text/plain; version=0.0.4"
_WELL = "ok"
NOT_ASKED_FOR = "disabled"
"""Of a part that is switched off."""
ALL_IS_WELL = (_WELL, "connected", NOT_ASKED_FOR)
"""Words about a part that are no trouble."""
_NOW = datetime.min.replace(tzinfo=UTC)
"""When a minute begins in which a service is as it is now."""
_SIGNATURES = ("stripe-signature", "svix-signature", "x-signature")
_ACTING = ("POST", "PUT", "PATCH", "DELETE")
_CURES = {
    "cache/clear": Ailment.POISONED_CACHE,
    "breaker/half-open": Ailment.OPEN_BREAKER,
}


def _exposed(service: FakeService) -> Iterator[str]:
    """Counters since the beginning, and gauges as they are now."""
    requests, errors = (service.history.counted(gauge) for gauge in (Gauge.REQUESTS, Gauge.ERRORS))
    now = service.measure()
    yield "# HELP http_requests_total Requests that were answered, by status."
    yield "# TYPE http_requests_total counter"
    yield f'http_requests_total{{code="200"}} {requests - errors:.0f}'
    yield f'http_requests_total{{code="500"}} {errors:.0f}'
    yield "# HELP http_request_duration_p95_seconds Ninety-five of a hundred answers took no longer."
    yield "# TYPE http_request_duration_p95_seconds gauge"
    yield f"http_request_duration_p95_seconds {now.p95_seconds:g}"
    if now.memory_used is not None:
        yield "# HELP memory_used_ratio Memory used, as a part of what there is."
        yield "# TYPE memory_used_ratio gauge"
        yield f"memory_used_ratio {now.memory_used:g}"


def _as_answer(served: Served) -> Response:
    told = {"Age": "512", "X-Cache": "HIT"} if served.from_cache else {"X-Cache": "MISS"}
    return Response(served.body, served.status, media_type=served.kind, headers=told)


def _shown(service: FakeService, path: str) -> dict[str, Any]:
    """The numbers that it shows at this path, each where it is picked from."""
    now = Stretch(_NOW, _NOW + timedelta(minutes=1), service.measure())
    document: dict[str, Any] = {}
    for one in service.shown:
        value, where = now.of(one.gauge), urlsplit(str(one.arguments.get("url", ""))).path.strip("/")
        if where != path or value is None:
            continue
        *above, last = str(one.arguments["pick"]).split(".")
        inner = document
        for name in above:
            inner = inner.setdefault(name, {})
        inner[last] = value * one.times
    return document


class ServiceWorld(Protocol):
    """What services need of the sandbox."""

    ledger: Ledger
    services: dict[str, FakeService]
    shown_by: dict[str, dict[str, Callable[[], Any]]]


class ServiceDoors:
    """The endpoints of every service."""

    def __init__(self, world: ServiceWorld) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_SERVICE + "/metrics.json", self.metrics, methods=["GET"]),
            Route(_SERVICE + "/metrics", self.exposition, methods=["GET"]),
            Route(_SERVICE + "/admin/{act:path}", self.admin, methods=["POST"]),
            Route(_SERVICE + "/api/admin/{act:path}", self.own_act, methods=list(_ACTING)),
            Route(_SERVICE + "/api/webhooks/{sender}", self.webhook, methods=["POST"]),
            Route(_SERVICE + "/ws", self.socket, methods=["GET"]),
            Route(_SERVICE + "/assets/{file}", self.file, methods=["GET"]),
            Route(_SERVICE + "/", self.front, methods=["GET"]),
            Route(_SERVICE + "/{page:path}", self.page, methods=["GET"]),
            Route(_SERVICE, self.front, methods=["GET"]),
        ]

    def _health(self, service: FakeService, path: str) -> Response:
        """200 and the release while the copy that answers, and every part, is well; otherwise 503."""
        status, complaint, release = service.answer(path)
        said = service.parts_say()
        ill = [f"{name} is {word}" for name, word in said.items() if word not in ALL_IS_WELL]
        parts = {name: {"status": word} for name, word in said.items()}
        if status == HTTPStatus.OK and not ill:
            return JSONResponse({"status": _WELL, "release": release, **parts})
        error = complaint or ", ".join(ill)
        return JSONResponse({"status": "failing", "release": release, "error": error, **parts}, 503)

    async def metrics(self, request: Request) -> Response:
        """Error rate, speed, load and memory as they follow from the present state."""
        return JSONResponse(self._service(request).measure().body())

    async def exposition(self, request: Request) -> Response:
        """What the service went through, as Prometheus scrapes it: text format 0.0.4."""
        service = self._service(request)
        return Response("\n".join(_exposed(service)) + "\n", media_type=_TEXT)

    async def page(self, request: Request) -> Response:
        """Its health, its numbers or any other page, as well as the copy that answers can."""
        name, path = request.path_params["name"], request.path_params["page"]
        if show := self._world.shown_by.get(name, {}).get(path):
            return JSONResponse(show())
        service = self._service(request)
        if path in service.health_paths:
            return self._health(service, path)
        numbers = _shown(service, path)
        if numbers:
            return JSONResponse(numbers)
        status, complaint, release = service.answer(path)
        body = {"ok": True, "release": release} if not complaint else {"error": complaint}
        return JSONResponse(body, status)

    async def front(self, request: Request) -> Response:
        """The front page as the cache has it, or as the copy that answers it can."""
        service = self._service(request)
        status, complaint, release = service.answer()
        is_asked_anew = bool(request.url.query) or "no-cache" in request.headers.get("cache-control", "")
        served = service.front.page(release, past_cache=is_asked_anew)
        if complaint and not served.from_cache:
            return JSONResponse({"error": complaint}, status)
        return _as_answer(served)

    async def file(self, request: Request) -> Response:
        """A script or style of a release that still runs."""
        service = self._service(request)
        return _as_answer(service.front.file(request.path_params["file"], service.releases()))

    async def socket(self, request: Request) -> Response:
        """A WebSocket for whoever asks for one as RFC 6455 wants it."""
        service, key = self._service(request), request.headers.get("sec-websocket-key", "")
        status, complaint, _ = service.answer()
        if complaint or Ailment.DEAD_SOCKETS in service.ailments:
            return JSONResponse({"error": complaint or "no socket is left"}, status if complaint else 502)
        if request.headers.get("upgrade", "").lower() != "websocket" or not key:
            return JSONResponse({"error": "a WebSocket is wanted"}, 426, headers={"Upgrade": "websocket"})
        return opened(key)

    async def webhook(self, request: Request) -> Response:
        """Whoever sends must have signed: without a signature 401, with one that is not right 400."""
        service, sender = self._service(request), request.path_params["sender"]
        inlet = service.inlets.get(sender, Inlet(sender))
        status, complaint, _ = service.answer(f"api/webhooks/{sender}")
        if complaint or not inlet.is_there:
            return JSONResponse({"error": complaint or "there is nothing here"}, status if complaint else 404)
        copy = next(one for one in service.host.instances() if one.serving)
        if inlet.is_signed(request.headers, await request.body(), copy):
            return JSONResponse({"received": True})
        is_signed = any(name in request.headers for name in _SIGNATURES)
        return JSONResponse({"error": "the signature is not right"}, 400 if is_signed else 401)

    async def admin(self, request: Request) -> Response:
        """An act of the service's own; the same idempotency key acts once."""
        service, act = self._allowed(request)
        if act not in _CURES:
            raise AnswerError(404, {"error": f"there is no admin act {act}"})
        return self._once(request, act, lambda: service.ailments.discard(_CURES[act]))

    async def own_act(self, request: Request) -> Response:
        """An act that this service alone knows, by method and path; the same idempotency key acts once."""
        service, path = self._allowed(request)
        act, body = f"{request.method} {path}", await request.body()
        if act not in service.acts:
            raise AnswerError(404, {"error": f"there is no admin act {act}"})
        return self._once(request, act, lambda: service.acts[act](json.loads(body) if body else None))

    def _allowed(self, request: Request) -> tuple[FakeService, str]:
        """The service and what is asked of it, from whoever shows its key."""
        if shown(request) != keys.SERVICE:
            raise AnswerError(401 if not shown(request) else 403, {"error": "not allowed"})
        return self._service(request), request.path_params["act"]

    def _once(self, request: Request, act: str, done: Callable[[], None]) -> Response:
        service, key = self._service(request), request.headers.get("idempotency-key", "")
        if key and key in service.asked_once:
            return JSONResponse({"ok": True, "repeated": True})
        try:
            done()
        except ImpossibleError as error:
            raise AnswerError(422, {"error": str(error)}) from error
        service.asked_once.add(key)
        self._world.ledger.record(
            "service.admin", service.name, kind=EffectKind.ACT, marker=key, detail={"act": act}
        )
        return JSONResponse({"ok": True, "repeated": False})

    def _service(self, request: Request) -> FakeService:
        name = request.path_params["name"]
        if name not in self._world.services:
            raise AnswerError(404, {"error": f"there is no service {name}"})
        service = self._world.services[name]
        if service.is_out_of_reach:
            raise AnswerError(504, {"error": "the way from here to there is broken"})
        since = self._world.ledger.entries[service.passes_after :]
        if any(done.kind is not EffectKind.LOCK and done.vendor != "people" for done in since):
            service.ailments.discard(Ailment.PASSING)
        return service
