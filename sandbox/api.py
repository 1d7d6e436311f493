"""The sandbox's own API, by which a test or a drill in another process looks and meddles."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import mischief, troubles
from sandbox.answers import AnswerError, RequestBody, body_of, whole
from sandbox.clock import written
from sandbox.faults import Fault
from sandbox.instances import ImpossibleError
from sandbox.mischief import Breaking
from sandbox.status_pages import Weather
from sandbox.vendors import MODULES, vendor, vendors
from sandbox.world import Sandbox


class DeployBody(RequestBody):
    """Somebody else's deployment, to the thing of this name at this vendor."""

    vendor: str
    name: str
    release: str = ""
    good: bool = True
    in_progress: bool = False


class TroubleBody(RequestBody):
    """A trouble by its name, and what of it is otherwise than usual."""

    name: str
    vendor: str = ""
    method: str = ""
    path: str = ""
    times: int | None = None
    after: int = 0
    seconds: float = 0


class MendBody(RequestBody):
    """Which service is well again."""

    service: str


class StatusBody(RequestBody):
    """What a status page says from now on."""

    page: str
    weather: Weather
    components: tuple[str, ...] = ()
    region: str = ""


class ClockBody(RequestBody):
    """By how many seconds the clock goes forward."""

    seconds: float


class SwitchesBody(RequestBody):
    """Switches of the sandbox itself."""

    enforce_rate_limits: bool | None = None
    machine_state: float | None = None
    machine_checks: float | None = None
    alias: float | None = None
    build: float | None = None
    rollout: float | None = None
    rescale: float | None = None
    database: float | None = None
    invalidation: float | None = None
    dyno: float | None = None


class SandboxApi:
    """The endpoints under `/sandbox`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def ledger(self, request: Request) -> Response:
        """Every effect, or those `after` a number, and every unexpected call."""
        ledger = self._sandbox.ledger
        effects = ledger.entries[whole(request, "after", 0) :]
        return JSONResponse({"effects": _plain(effects), "unexpected": _plain(ledger.unexpected)})

    async def requests(self, _: Request) -> Response:
        """Every request, without credentials and bodies."""
        return JSONResponse(_plain(self._sandbox.ledger.requests))

    async def faults(self, request: Request) -> Response:
        """The faults in force; a POST orders one, a DELETE ends all."""
        if request.method == "POST":
            self._sandbox.order(await body_of(request, Fault))
        if request.method == "DELETE":
            self._sandbox.faults.clear()
        return JSONResponse(_plain(list(self._sandbox.faults)))

    async def troubles(self, request: Request) -> Response:
        """The names of troubles; a POST orders one."""
        if request.method == "POST":
            wanted = await body_of(request, TroubleBody)
            _known(wanted.name, dict.fromkeys(troubles.NAMES))
            troubles.order(
                self._sandbox, wanted.name, **wanted.model_dump(exclude_unset=True, exclude={"name"})
            )
        return JSONResponse({"names": troubles.NAMES, "in_force": _plain(list(self._sandbox.faults))})

    async def deploy(self, request: Request) -> Response:
        """Somebody else deploys."""
        wanted = await body_of(request, DeployBody)
        _known(wanted.vendor, MODULES)
        world = self._sandbox.of(vendor(wanted.vendor).world)
        _known(wanted.name, world.state())
        with _possible():
            release = world.deploy(
                wanted.name, good=wanted.good, release=wanted.release, in_progress=wanted.in_progress
            )
        return JSONResponse({"release": release})

    async def break_service(self, request: Request) -> Response:
        """A service breaks."""
        breaking = await body_of(request, Breaking)
        _known(breaking.service, self._sandbox.services)
        with _possible():
            mischief.break_service(self._sandbox, breaking)
        return JSONResponse(self._sandbox.services[breaking.service].measure().body())

    async def mend(self, request: Request) -> Response:
        """A service is well again."""
        mended = await body_of(request, MendBody)
        _known(mended.service, self._sandbox.services)
        mischief.mend_service(self._sandbox, mended.service)
        return JSONResponse(self._sandbox.services[mended.service].measure().body())

    async def status(self, request: Request) -> Response:
        """A status page says something else."""
        wanted = await body_of(request, StatusBody)
        _known(wanted.page, self._sandbox.status_pages)
        page = self._sandbox.status_pages[wanted.page]
        page.turn(wanted.weather, list(wanted.components), wanted.region)
        return JSONResponse({"ok": True})

    async def clock(self, request: Request) -> Response:
        """The sandbox's instant; a POST moves it forward."""
        if request.method == "POST":
            self._sandbox.pass_time(timedelta(seconds=(await body_of(request, ClockBody)).seconds))
        return JSONResponse({"now": written(self._sandbox.clock.now())})

    async def switches(self, request: Request) -> Response:
        """Rate limits on or off, and the pace in seconds."""
        wanted = (await body_of(request, SwitchesBody)).model_dump(exclude_none=True)
        self._sandbox.enforce_rate_limits = wanted.pop(
            "enforce_rate_limits", self._sandbox.enforce_rate_limits
        )
        for name, seconds in wanted.items():
            setattr(self._sandbox.pace, name, seconds)
        return JSONResponse({"ok": True})

    async def reset(self, _: Request) -> Response:
        """Everything is as at the beginning."""
        self._sandbox.reset()
        return JSONResponse({"ok": True})

    async def state(self, _: Request) -> Response:
        """What runs where; looking here is not a read that moves anything on."""
        sandbox = self._sandbox
        return JSONResponse(
            {
                **{each.name: sandbox.of(each.world).state() for each in vendors()},
                "services": sorted(sandbox.services),
                "status_pages": {one.name: one.weather for one in sandbox.status_pages.values()},
            }
        )


def routes(sandbox: Sandbox) -> list[Route]:
    """Where the control API stands."""
    control = SandboxApi(sandbox)
    return [
        Route("/sandbox/ledger", control.ledger, methods=["GET"]),
        Route("/sandbox/requests", control.requests, methods=["GET"]),
        Route("/sandbox/faults", control.faults, methods=["GET", "POST", "DELETE"]),
        Route("/sandbox/troubles", control.troubles, methods=["GET", "POST"]),
        Route("/sandbox/state", control.state, methods=["GET"]),
        Route("/sandbox/clock", control.clock, methods=["GET", "POST"]),
        *(
            Route(f"/sandbox/{name}", endpoint, methods=["POST"])
            for name, endpoint in {
                "deploy": control.deploy,
                "break": control.break_service,
                "mend": control.mend,
                "status": control.status,
                "switches": control.switches,
                "reset": control.reset,
            }.items()
        ),
    ]


def _plain(models: list[Any]) -> list[Any]:
    return [model.model_dump(mode="json") if isinstance(model, BaseModel) else model for model in models]


@contextmanager
def _possible() -> Iterator[None]:
    try:
        yield
    except ImpossibleError as error:
        raise AnswerError(409, {"error": str(error)}) from error


def _known(name: str, among: Mapping[str, Any]) -> None:
    if name not in among:
        raise AnswerError(
            404, {"error": f"the sandbox has no {name!r}; it has {', '.join(sorted(among)) or 'none'}"}
        )
