"""What is still wrong in a world, as somebody would see it who sees everything."""

from collections.abc import Iterator
from datetime import timedelta

from sandbox.service import FakeService
from sandbox.service_doors import ALL_IS_WELL
from sandbox.status_pages import Weather
from sandbox.world import Sandbox

_SLOW = 6
"""Times as long as an answer takes while nobody waits."""
_FULL = 0.9
_NOTICED = timedelta(seconds=5)


def wrong_in(sandbox: Sandbox) -> tuple[str, ...]:
    """Each thing in a line; nothing where all is well at this moment."""
    sandbox.catch_up()
    of_services = (line for service in sandbox.services.values() for line in _wrong_with(service))
    return (*of_services, *sandbox.complaints())


def pass_by(sandbox: Sandbox) -> None:
    """What came without anybody's doing goes without it: troubles of vendors, and of what services need."""
    for page in sandbox.status_pages.values():
        page.turn(Weather.FINE)
    for part in sandbox.parts.values():
        part.pass_by()
    for service in sandbox.services.values():
        service.symptoms.clear()
        service.ailments.clear()
        service.leak.is_watched = False
    sandbox.pass_time(_NOTICED)  # whoever waited for it tries again


def _wrong_with(service: FakeService) -> Iterator[str]:
    now = service.measure()
    usual = service.numbers
    yield from (f"{service.name} says {text}" for text in now.complaints)
    yield from (f"{service.name} writes {text}" for text, _ in now.remarks)
    yield from (
        f"{name} of {service.name} is {said}"
        for name, said in service.parts_say().items()
        if said not in ALL_IS_WELL
    )
    if not service.front.is_whole(service.releases()):
        yield f"the page of {service.name} names files that are not there"
    if now.error_rate and not now.complaints:
        yield f"{service.name} fails for {now.error_rate:.0%} of all"
    if now.p95_seconds > _SLOW * service.base_seconds:
        yield f"{service.name} takes {now.p95_seconds:g} s"
    if now.memory_used is not None and now.memory_used >= _FULL:
        yield f"{service.name} has {now.memory_used:.0%} of its memory in use"
    if service.leak.is_watched:
        yield f"{service.name} takes more and more memory"
    yield from (
        f"{name} of {service.name} is {value:g}"
        for name, value in now.others
        if value != usual.get(name, value)
    )
