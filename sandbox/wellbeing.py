"""What is still wrong in a world, as somebody would see it who sees everything."""

from collections.abc import Iterator

from sandbox.service import FakeService
from sandbox.world import Sandbox

_SLOW = 6
"""Times as long as an answer takes while nobody waits."""
_FULL = 0.9


def wrong_in(sandbox: Sandbox) -> tuple[str, ...]:
    """Each thing in a line; nothing where all is well at this moment."""
    sandbox.catch_up()
    return tuple(line for service in sandbox.services.values() for line in _wrong_with(service))


def _wrong_with(service: FakeService) -> Iterator[str]:
    now = service.measure()
    usual = service.numbers
    yield from (f"{service.name} says {text}" for text in now.complaints)
    yield from (
        f"{name} of {service.name} is {said}" for name, said in service.parts_say().items() if said != "ok"
    )
    if now.error_rate and not now.complaints:
        yield f"{service.name} fails for {now.error_rate:.0%} of all"
    if now.p95_seconds > _SLOW * service.base_seconds:
        yield f"{service.name} takes {now.p95_seconds:g} s"
    if now.memory_used is not None and now.memory_used >= _FULL:
        yield f"{service.name} has {now.memory_used:.0%} of its memory in use"
    yield from (
        f"{name} of {service.name} is {value:g}"
        for name, value in now.others
        if value != usual.get(name, value)
    )
