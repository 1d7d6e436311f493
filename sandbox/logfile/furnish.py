"""What a catalogue names of log files: one that the service writes its lines into."""

from urllib.parse import urlsplit

from sandbox.logfile.world import LogfileWorld
from sandbox.named_places import Furnishings, Spot


def _file(world: LogfileWorld, place: Spot) -> None:
    """Whoever has the address may read it."""
    name = urlsplit(place.said("url")).path.strip("/")
    world.add(name).is_open = True
    world.follow(name, place.service)


FURNISHINGS = Furnishings(beside={"logfile": _file})
