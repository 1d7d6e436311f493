"""Who else looks at the addresses of a service: a monitor that stands under its `also_on`."""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from stanch.model.playbook import PinnedReading, Vantage
from stanch.model.verb import ReadingSpec
from stanch.playbooks.context import Context

_SEEN_ELSEWHERE = "seen_elsewhere"
_SEEN_UP = "seen_up"


def with_vantages(
    pinned: PinnedReading, arguments: type[BaseModel], services: Iterable[str], context: Context
) -> PinnedReading:
    """The reading, with the monitors that it believes where an address does not answer from here."""
    if _SEEN_ELSEWHERE not in arguments.model_fields or _SEEN_ELSEWHERE in pinned.arguments:
        return pinned
    found = tuple(_vantages(tuple(dict.fromkeys(services)), context))
    return pinned.model_copy(update={"vantages": found}) if found else pinned


def _vantages(services: tuple[str, ...], context: Context) -> Iterator[Vantage]:
    seers = [spec for spec in context.catalogue.readings.values() if _sees(spec)]
    for service in services:
        for target in context.targets.get(service, ()):
            for spec in seers:
                if spec.of == target.provider:
                    yield Vantage(uses=spec.name, target=target)


def _sees(spec: ReadingSpec) -> bool:
    return bool(spec.of) and _SEEN_UP in spec.result.model_fields
