"""What a catalogue names of Redis: an instance on a real server."""

from sandbox.named_places import Furnishings, Spot
from sandbox.redis.world import RedisWorld


def _instance(world: RedisWorld, place: Spot) -> None:
    world.part = world.sandbox.part(place.service)


FURNISHINGS = Furnishings(beside={"redis": _instance})
