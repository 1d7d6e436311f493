"""What a catalogue names of Firestore: a database with backups of yesterday and of an hour ago."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sandbox.firestore.database import Database
from sandbox.firestore.world import DEFAULT, FirestoreWorld
from sandbox.named_places import DocumentStore, Furnishings, Spot

_BACKED_UP = (timedelta(days=1, hours=1), timedelta(hours=1))
_ITEMS = 40
_LASTED = timedelta(minutes=2)


def _database(world: FirestoreWorld, place: Spot) -> None:
    database = world.add(place.said("project"))
    for number in range(_ITEMS):
        database.keep(f"items/{number:04}", {"name": f"item {number}", "active": True})
    for ago in _BACKED_UP:
        world.back_up(database, ago)


def _of(world: FirestoreWorld, place: Spot) -> Database:
    return world.databases[f"projects/{place.said('project')}/databases/{place.said('database', DEFAULT)}"]


def _keep(world: FirestoreWorld, place: Spot, path: str, fields: Mapping[str, Any]) -> None:
    _of(world, place).keep(path, dict(fields))


def _empty(world: FirestoreWorld, place: Spot, collection: str, ago: timedelta) -> None:
    database, since = _of(world, place), world.clock.now() - ago
    for path in _paths(database.documents, collection):
        del database.documents[path]
    for backup in world.backups.values():
        for path in _paths(backup.documents, collection) if backup.taken > since else ():
            del backup.documents[path]


def _export(world: FirestoreWorld, place: Spot, address: str, ago: timedelta) -> None:
    """It ended well some minutes after it began."""
    database = _of(world, place)
    world.exports[address] = database.contents()
    with world.clock.back_at(world.clock.now() - ago):
        done = database.operate("ExportDocuments", {"outputUriPrefix": address, "collectionIds": []})
        done.response = {
            "@type": "type.googleapis.com/google.firestore.admin.v1.ExportDocumentsResponse",
            "outputUriPrefix": address,
        }
        done.state, done.share, done.ended = "SUCCESSFUL", 1.0, world.clock.now() + _LASTED
        done.timetable.clear()


def _back_up(world: FirestoreWorld, place: Spot, name: str, ago: timedelta) -> None:
    world.back_up(_of(world, place), ago, name=name)


def _count(world: FirestoreWorld, place: Spot, collection: str) -> int:
    return len(_paths(_of(world, place).documents, collection))


def _index(world: FirestoreWorld, place: Spot, fields: tuple[str, ...]) -> None:
    _of(world, place).indexes.add(frozenset(fields))


def _paths(documents: Iterable[str], collection: str) -> list[str]:
    return [path for path in documents if path.rpartition("/")[0] == collection]


FURNISHINGS = Furnishings(
    beside={"firestore": _database},
    documents={"firestore": DocumentStore(_keep, _empty, _export, _back_up, _count, _index)},
)
