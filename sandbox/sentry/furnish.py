"""What a catalogue names of Sentry: projects that hear of every failure."""

from sandbox.named_places import Furnishings, Spot
from sandbox.sentry.world import SentryWorld

_TITLE = "Error: a request was not answered"


def _project(world: SentryWorld, place: Spot) -> None:
    world.add(place.said("project"), place.said("organization"))
    world.follow(place.said("project"), place.service, _TITLE)


FURNISHINGS = Furnishings(beside={"sentry": _project})
