"""The numbers that a catalogue measures of a service, and what they are while all is well."""

from collections.abc import Iterator, Mapping

from sandbox.catalogues import Written
from sandbox.named_places import WantedNumber
from sandbox.traffic import Gauge

_UNITS = {"ms": 1000.0, "percent": 100.0}
_GAUGES = {"p95": Gauge.P95_SECONDS, "cpu": Gauge.CPU_USED, "memory": Gauge.MEMORY_USED}
_HEALTHY = {"hit_rate": 0.95, "cold_starts": 1.0}
"""What other numbers are while all is well, where that is not nought."""


def numbers_of(service: str, written: Written) -> Iterator[tuple[str, WantedNumber]]:
    """Each number that is measured of it, after the reading that asks for it."""
    groups = tuple(written.get("depends_on", ()))
    for metric, how in written.get("metrics", {}).items():
        asked, times = how.get("with", {}), _UNITS.get(how.get("in", ""), 1.0)
        by = how.get("by") or asked.get("by", {})
        yield how["uses"], WantedNumber(service, _gauge(metric), asked, by, groups, times)


def at_rest(measured: WantedNumber) -> Mapping[str, float]:
    """What it is in a quiet hour, under each name; nothing of what follows from the service itself."""
    quiet = _HEALTHY.get(measured.gauge, 0.0)
    return {number: quiet for number, *_ in measured.each() if number not in set(Gauge)}


def _gauge(metric: str) -> str:
    """What is measured, by the name that a catalogue gives it."""
    kind = "p95" if metric.endswith("_p95") else metric
    return _GAUGES.get(kind, kind)
