"""Google's fake, as far as Firebase goes: each API under `/firebase` by its host's first name.

Such as `/firebase/run/v2/...` and `/firebase/logging/v2/...`; tokens are given at `/firebase/oauth2/token`.
"""

from starlette.routing import Route
from starlette.types import Scope

from stanch.sandbox.firebase import refusals
from stanch.sandbox.firebase.app_hosting import AppHosting
from stanch.sandbox.firebase.door import Door
from stanch.sandbox.firebase.functions import Functions
from stanch.sandbox.firebase.hosting import Hosting
from stanch.sandbox.firebase.keys import FirebaseKey
from stanch.sandbox.firebase.logging import Logging
from stanch.sandbox.firebase.monitoring import Monitoring
from stanch.sandbox.firebase.remote_config import RemoteConfig
from stanch.sandbox.firebase.services import Services
from stanch.sandbox.firebase.tokens import Tokens
from stanch.sandbox.firebase.world import FirebaseWorld
from stanch.sandbox.ground import Vendor

_READ_BY_POST = ("/oauth2/token", "/entries:list", ":testIamPermissions")


def routes(world: FirebaseWorld) -> list[Route]:
    """All of Google's endpoints."""
    door = Door(world)
    parts = (
        Tokens(door), Services(door), Functions(door), Hosting(door), AppHosting(door), RemoteConfig(door),
        Logging(door), Monitoring(door),
    )  # fmt: skip
    return [route for part in parts for route in part.routes()]


def _is_write(scope: Scope) -> bool:
    return scope["method"] not in ("GET", "HEAD") and not scope["path"].endswith(_READ_BY_POST)


VENDOR = Vendor(
    name="firebase",
    world=FirebaseWorld,
    routes=routes,
    keys=tuple(FirebaseKey),
    refusal=refusals.shape,
    malformed=400,
    is_write=_is_write,
)
