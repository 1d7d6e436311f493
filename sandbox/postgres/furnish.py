"""What a catalogue names of PostgreSQL: databases on one real server."""

from sandbox.named_places import Furnishings, Spot
from sandbox.postgres.world import PostgresWorld


def _database(world: PostgresWorld, place: Spot) -> None:
    world.parts[place.said("database")] = world.sandbox.part(place.service)


FURNISHINGS = Furnishings(beside={"postgres": _database})
