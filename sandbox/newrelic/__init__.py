"""New Relic's fake: NerdGraph at `/newrelic/graphql`."""

from typing import Any

from starlette.types import Scope

from sandbox.base import Vendor
from sandbox.newrelic.doors import routes
from sandbox.newrelic.keys import NewRelicKey
from sandbox.newrelic.world import NewRelicWorld


def _refusal(_: str, __: int, message: str) -> Any:
    return {"errors": [{"message": message}]}


def _is_write(_: Scope) -> bool:
    """Only queries are played here, by POST as everything in GraphQL."""
    return False


VENDOR = Vendor(
    name="newrelic",
    world=NewRelicWorld,
    routes=routes,
    keys=tuple(NewRelicKey),
    refusal=_refusal,
    malformed=400,
    is_write=_is_write,
)
