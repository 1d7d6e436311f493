"""What a catalogue asks Prometheus: numbers by the text of their expression."""

from sandbox.named_places import Furnishings, WantedNumber
from sandbox.prometheus.world import PrometheusWorld


def _measure(world: PrometheusWorld, measured: WantedNumber) -> None:
    for gauge, label, value in measured.each():
        labels = {label: value} if label else {}
        world.follow(measured.query, measured.service, gauge, None, **labels)


FURNISHINGS = Furnishings(numbers={"prometheus.query": _measure})
