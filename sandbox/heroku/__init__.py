"""Heroku's fake: the Platform API, log sessions and databases under `/heroku`."""

from starlette.routing import Route
from starlette.types import Scope

from sandbox.base import Vendor
from sandbox.heroku import refusals
from sandbox.heroku.apps import Apps
from sandbox.heroku.door import HerokuDoor
from sandbox.heroku.dynos import Dynos
from sandbox.heroku.furnish import FURNISHINGS
from sandbox.heroku.keys import HerokuKey
from sandbox.heroku.releases import Releases
from sandbox.heroku.world import HerokuWorld


def routes(world: HerokuWorld) -> list[Route]:
    """All of Heroku's endpoints."""
    door = HerokuDoor(world)
    parts = (Apps(door), Releases(door), Dynos(door))
    return [route for part in parts for route in part.routes()]


def _is_write(scope: Scope) -> bool:
    # The log is asked for by POST.
    return scope["method"] not in ("GET", "HEAD") and not scope["path"].endswith("/log-sessions")


VENDOR = Vendor(
    name="heroku",
    world=HerokuWorld,
    routes=routes,
    keys=tuple(HerokuKey),
    refusal=refusals.shape,
    headers=refusals.headers,
    is_write=_is_write,
    furnishings=FURNISHINGS,
)
