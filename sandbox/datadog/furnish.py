"""What a catalogue asks Datadog: numbers by the text of their query, and the lines of services."""

from sandbox.datadog.world import DatadogWorld
from sandbox.places import Furnishings, Measured, Place


def _measure(world: DatadogWorld, measured: Measured) -> None:
    for gauge, label, value in measured.each():
        world.follow(measured.query, measured.service, gauge, f"{label}:{value}" if label else "")


def _hear(world: DatadogWorld, place: Place) -> None:
    world.hear(place.service)


FURNISHINGS = Furnishings(beside={"datadog": _hear}, numbers={"datadog.metric": _measure})
