"""Google's fake, as far as Firebase goes: each API under `/firebase` by its host's first name.

Such as `/firebase/run/v2/...` and `/firebase/logging/v2/...`; tokens are given at `/firebase/oauth2/token`.
"""

from starlette.routing import Route
from starlette.types import Scope

from sandbox.base import Vendor
from sandbox.firebase import refusals
from sandbox.firebase.app_hosting import AppHosting
from sandbox.firebase.door import FirebaseDoor
from sandbox.firebase.functions import Functions
from sandbox.firebase.furnish import FURNISHINGS
from sandbox.firebase.hosting import Hosting
from sandbox.firebase.images import Images
from sandbox.firebase.keys import FirebaseKey
from sandbox.firebase.listings import Listings
from sandbox.firebase.logging import Logging
from sandbox.firebase.monitoring import Monitoring
from sandbox.firebase.remote_config import RemoteConfig
from sandbox.firebase.secret_manager import SecretManager
from sandbox.firebase.services import Services
from sandbox.firebase.tokens import Tokens
from sandbox.firebase.world import FirebaseWorld

_READ_BY_POST = (
    "/oauth2/token", "/sts/v1/token", ":generateAccessToken", "/entries:list", ":testIamPermissions",
)  # fmt: skip


def routes(world: FirebaseWorld) -> list[Route]:
    """All of Google's endpoints."""
    door = FirebaseDoor(world)
    parts = (
        Listings(door), Tokens(door), Services(door), Functions(door), Hosting(door), AppHosting(door),
        RemoteConfig(door), Logging(door), Monitoring(door), Images(door), SecretManager(door),
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
    furnishings=FURNISHINGS,
)
