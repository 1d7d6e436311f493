"""What a catalogue names of log files: one that the service writes its lines into."""

from datetime import timedelta
from urllib.parse import urlsplit

from sandbox.logfile.world import LogfileWorld
from sandbox.named_places import Furnishings, Spot

_EARLIER = timedelta(hours=1)
"""What is written down from then on follows from what the service goes through."""


def _file(world: LogfileWorld, place: Spot) -> None:
    """Whoever has the address may read it; it is older than what is asked for of it."""
    name = urlsplit(place.said("url")).path.strip("/")
    world.add(name).is_open = True
    world.say(name, "INFO GET / 200", *(_EARLIER + timedelta(minutes=number) for number in range(60, 0, -1)))
    world.follow(name, place.service)


FURNISHINGS = Furnishings(beside={"logfile": _file})
