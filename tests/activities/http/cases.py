"""A call to a team's own service, in the world it is tried in."""

from typing import Any

from sandbox import keys
from sandbox.fly.scenes import slurpy
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case

SERVICE = Target(provider="http", name="backend")


def poisoned(sandbox: Sandbox) -> None:
    slurpy(sandbox)
    sandbox.services["backend"].ailments.add(Ailment.POISONED_CACHE)


CALL: dict[str, Any] = {
    "verb": "http.call",
    "scene": poisoned,
    "key": keys.SERVICE,
    "target": SERVICE,
    "path": "/admin/",
    "effects": ("service.admin",),
    "writes": 1,
    "settles": False,
    "reads_answers": False,
}
CLEAR = {"url": "{base}/service/backend/admin/cache/clear", "bearer": "admin"}
CASES = (
    Case(name="http.call", **CALL, arguments=CLEAR),
    Case(name="http.call without a key", **CALL, arguments={**CLEAR, "idempotency": False}, marked=False),
)
