"""A pack shop's data as it stands when purchases fail: the flag, the idempotency keys, two backups."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.firestore.world import FirestoreWorld

PROJECT = "pack-example"
EXPORT = "gs://pack-backups/2026-11-20"
_KEYS = 40
_RETRIED = (3, 7, 7)


def pack_data(sandbox: SandboxBase) -> None:
    """Purchases are on; of the last half hour's keys two came again; an export of yesterday lies ready."""
    world = sandbox.of(FirestoreWorld)
    database, now = world.add(PROJECT), world.clock.now()
    database.keep("flags/purchase", {"enabled": True, "owner": "packs", "limits": {"daily": 5}})
    database.keep("packs/starter", {"price": 499, "currency": "EUR"})
    database.keep("entitlements/user-1", {"pack": "starter", "active": True})
    world.exports[EXPORT] = database.contents()
    for number in range(_KEYS):
        made = {"clientRequestId": f"req-{number:04}", "createdAt": now - timedelta(seconds=40 * number)}
        database.keep(f"idempotency_keys/{number:04}", made)
    for number, repeated in enumerate(_RETRIED):
        made = {"clientRequestId": f"req-{repeated:04}", "createdAt": now - timedelta(seconds=60)}
        database.keep(f"idempotency_keys/again-{number}", made)
    world.back_up(database, timedelta(days=1, hours=1))
    world.back_up(database, timedelta(hours=1))
    exported = database.operate("ExportDocuments", {"outputUriPrefix": EXPORT})
    exported.started = now - timedelta(days=1)
    exported.timetable.clear()
    exported.state, exported.share = "SUCCESSFUL", 1.0
    exported.response, exported.ended = exported.finish(), exported.started + timedelta(minutes=4)
