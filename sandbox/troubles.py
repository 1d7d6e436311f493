"""A vendor's troubles by name: what people and tests order without knowing any of its calls."""

from collections.abc import Mapping

from sandbox.faults import Fault, Trouble
from sandbox.service import Ailment
from sandbox.world import Sandbox

NEVER_HEALTHY = "never_healthy"
"""Every service stays ill, whatever is deployed, restarted or scaled anywhere."""


def _always(trouble: Trouble, **facts: float | str) -> Fault:
    return Fault.model_validate({"trouble": trouble, "times": None, **facts})


NAMED: Mapping[str, Fault] = {
    # What is read
    "late": _always(Trouble.LATE, seconds=120),
    "fragment": _always(Trouble.FRAGMENT),
    "sparse": _always(Trouble.SPARSE),
    "stale": _always(Trouble.STALE, seconds=45),
    "partial": _always(Trouble.PARTIAL),
    "empty": Fault(trouble=Trouble.EMPTY_LIST, times=2),
    "not_yet_404": Fault(status=404, times=2),
    "garbage": Fault(trouble=Trouble.GARBAGE),
    # What is written
    "ignore": Fault(trouble=Trouble.IGNORE),
    "revert": Fault(trouble=Trouble.REVERT, seconds=20),
    "stuck": Fault(trouble=Trouble.STUCK),
    "no_starts": _always(Trouble.STUCK),
    "replay": Fault(trouble=Trouble.REPLAY, status=500),
    "lock_release_fails": _always(Trouble.STATUS, status=400, method="DELETE", path="(lease|lock)s?$"),
    # What is answered, to either
    "wrong_status": Fault(status=409),
    "refused": Fault(status=422),
    "not_found": Fault(status=404),
    "forbidden": Fault(status=403),
    "unauthorized_once": Fault(status=401),
    "unknown_key": _always(Trouble.STATUS, status=401),
    "busy": Fault(status=429, headers={"Retry-After": "7"}),
    "error": Fault(status=500),
    "half_down": _always(Trouble.STATUS, status=503),
    "precondition_fails": _always(Trouble.STATUS, status=412),
    "reset": Fault(trouble=Trouble.RESET),
    "timeout": Fault(trouble=Trouble.TIMEOUT),
    "answer_lost": Fault(trouble=Trouble.ANSWER_LOST),
    "answer_late": Fault(trouble=Trouble.ANSWER_LATE),
}
"""Each as it is ordered where nothing else is said of it; half an API is down with a method or a path."""
NAMES = (*NAMED, NEVER_HEALTHY)


def order(sandbox: Sandbox, name: str, **facts: object) -> Fault | None:
    """The trouble of that name is in force; a fault's facts make it another than usual."""
    if name == NEVER_HEALTHY:
        for service in sandbox.services.values():
            service.ailments.add(Ailment.DOWN)
        return None
    return sandbox.order(Fault.model_validate({**NAMED[name].model_dump(), **facts}))
