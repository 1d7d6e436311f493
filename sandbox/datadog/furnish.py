"""What a catalogue asks Datadog: numbers by the text of their query, and the lines of services."""

from sandbox.datadog.world import DatadogWorld
from sandbox.named_places import Furnishings, Spot, WantedNumber


def _measure(world: DatadogWorld, measured: WantedNumber) -> None:
    for gauge, label, value in measured.each():
        world.follow(measured.query, measured.service, gauge, f"{label}:{value}" if label else "")


def _hear(world: DatadogWorld, place: Spot) -> None:
    world.hear(place.service)


FURNISHINGS = Furnishings(beside={"datadog": _hear}, numbers={"datadog.metric": _measure})
