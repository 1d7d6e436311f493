"""What a catalogue names of Firestore: a database with backups of yesterday and of an hour ago."""

from datetime import timedelta

from sandbox.firestore.world import FirestoreWorld
from sandbox.named_places import Furnishings, Spot

_BACKED_UP = (timedelta(days=1, hours=1), timedelta(hours=1))
_ITEMS = 40


def _database(world: FirestoreWorld, place: Spot) -> None:
    database = world.add(place.said("project"))
    for number in range(_ITEMS):
        database.keep(f"items/{number:04}", {"name": f"item {number}", "active": True})
    for ago in _BACKED_UP:
        world.back_up(database, ago)


FURNISHINGS = Furnishings(beside={"firestore": _database})
