"""What can be wrong in a world, a line each: state of a vendor or a service, cured by its right change.

Each module beside this one is a few kinds of cause; a new one has to be named nowhere else.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sandbox.causes.cause import KINDS, SINCE, Cause
from sandbox.furnishing import Furnished

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)


def cause_of(written: Mapping[str, Any]) -> Cause:
    """One line of a world: the kind, and what is so."""
    ((kind, facts),) = written.items()
    if kind not in KINDS:
        message = f"there is no cause {kind}; there are {', '.join(sorted(KINDS))}"
        raise ValueError(message)
    return KINDS[kind].model_validate(facts)


def bring_about(world: Furnished, state: Iterable[Mapping[str, Any]], since: timedelta = SINCE) -> None:
    """All of it has been so for that long, and visitors have met it."""
    causes = [cause_of(one) for one in state]
    with world.sandbox.clock.back_at(world.sandbox.clock.now() - since):
        world.sandbox.catch_up()
    for cause in causes:
        cause.bring_about(world)
    world.sandbox.catch_up()
