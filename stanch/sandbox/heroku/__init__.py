"""Heroku's fake: the Platform API, log sessions and databases under `/heroku`."""

from starlette.routing import Route
from starlette.types import Scope

from stanch.sandbox.ground import Vendor
from stanch.sandbox.heroku import refusals
from stanch.sandbox.heroku.apps import Apps
from stanch.sandbox.heroku.door import Door
from stanch.sandbox.heroku.dynos import Dynos
from stanch.sandbox.heroku.keys import HerokuKey
from stanch.sandbox.heroku.releases import Releases
from stanch.sandbox.heroku.world import HerokuWorld


def routes(world: HerokuWorld) -> list[Route]:
    """All of Heroku's endpoints."""
    door = Door(world)
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
)
