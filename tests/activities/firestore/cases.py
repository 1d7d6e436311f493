"""Firestore's verbs in the worlds they are tried in, and what somebody else may do there."""

from datetime import timedelta
from typing import Any

from sandbox.firestore.database import Database
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.scenes import EXPORT, PROJECT, pack_data
from sandbox.firestore.world import FirestoreWorld
from sandbox.world import Sandbox
from stanch.model.change import Target
from tests.activities.contract.case import Case, ReadingCase
from tests.activities.contract.wires import by_wire

PACK = Target(provider="firestore", name=PROJECT, at={"database": "(default)"})
FLAG = {"document": "flags/purchase", "key": "enabled", "value": False}
INSIDE = {"document": "flags/purchase", "key": "limits.daily", "value": 1}
NEW_FIELD = {"document": "flags/purchase", "key": "paused", "value": True}
NEW_DOCUMENT = {"document": "flags/entitlements", "key": "hidden", "value": True}


def database(sandbox: Sandbox) -> Database:
    return sandbox.of(FirestoreWorld).databases[f"projects/{PROJECT}/databases/(default)"]


def documents_of(sandbox: Sandbox) -> Any:
    return database(sandbox).contents()


def set_otherwise(path: str, data: dict[str, Any]) -> Any:
    def done(sandbox: Sandbox) -> None:
        database(sandbox).keep(path, data)

    return done


def with_importing_begun(sandbox: Sandbox) -> None:
    pack_data(sandbox)
    with sandbox.clock.back_at(sandbox.clock.now() - timedelta(minutes=1)):
        database(sandbox).operate("ImportDocuments", {"inputUriPrefix": EXPORT})


FIRESTORE: dict[str, Any] = {
    "scene": pack_data,
    "key": FirestoreKey.ALL,
    "target": PACK,
    "attach": by_wire("firestore"),
}
SET: dict[str, Any] = {
    **FIRESTORE,
    "verb": "firestore.set_flag",
    "path": "/firestore/Commit",
    "writes": 1,
    "undo_writes": 1,
    "settles": False,
    "waits_while_empty": True,
    "look": documents_of,
}
CASES = (
    Case(
        name="firestore.set_flag",
        **SET,
        arguments=FLAG,
        effects=("firestore.update_document",),
        undo_effects=("firestore.update_document",),
        foreign=set_otherwise("flags/purchase", {"owner": "packs"}),
        moved_on=set_otherwise("flags/purchase", {"enabled": None}),
        idle=lambda _: {**FLAG, "value": True},
    ),
    Case(
        name="firestore.set_flag inside a map",
        **SET,
        arguments=INSIDE,
        effects=("firestore.update_document",),
        undo_effects=("firestore.update_document",),
        foreign=set_otherwise("flags/purchase", {"limits": {"daily": 7}}),
        moved_on=set_otherwise("flags/purchase", {"limits": {"daily": 7}}),
        idle=lambda _: {**INSIDE, "value": 5},
    ),
    Case(
        name="firestore.set_flag as a new field",
        **SET,
        arguments=NEW_FIELD,
        effects=("firestore.update_document",),
        undo_effects=("firestore.update_document",),
        foreign=set_otherwise("flags/purchase", {"enabled": True, "paused": False}),
        moved_on=set_otherwise("flags/purchase", {"enabled": True, "paused": False}),
        idle=lambda _: {**NEW_FIELD, "key": "enabled"},
    ),
    Case(
        name="firestore.set_flag as a new document",
        **SET,
        arguments=NEW_DOCUMENT,
        effects=("firestore.create_document",),
        undo_effects=("firestore.delete_document",),
        foreign=set_otherwise("flags/entitlements", {"hidden": False}),
        moved_on=set_otherwise("flags/entitlements", {"hidden": False}),
        idle=lambda _: {**FLAG, "value": True},
    ),
    Case(
        name="firestore.export_documents",
        verb="firestore.export_documents",
        **FIRESTORE,
        arguments={"bucket": "gs://pack-backups", "collections": ["packs", "entitlements"]},
        path="/firestore/ExportDocuments",
        effects=("firestore.export_documents",),
        writes=1,
        waits_while_empty=True,
    ),
    Case(
        name="firestore.import_documents",
        verb="firestore.import_documents",
        **FIRESTORE,
        arguments={"source": EXPORT},
        path="/firestore/ImportDocuments",
        effects=("firestore.import_documents",),
        writes=1,
        marked=False,
        waits_while_empty=True,
    ),
    Case(
        name="firestore.restore",
        verb="firestore.restore",
        **FIRESTORE,
        path="/firestore/RestoreDatabase",
        effects=("firestore.restore",),
        writes=1,
        marked=False,
    ),
)

READINGS = (
    ReadingCase(
        name="firestore.status",
        reading="firestore.status",
        **FIRESTORE,
        sees=lambda it: (it.is_down, it.is_slow, it.why) == (False, False, ""),
        believes_garbage=True,
        measures_trouble=True,
    ),
    ReadingCase(
        name="firestore.count",
        reading="firestore.count",
        **FIRESTORE,
        arguments={
            "collection": "idempotency_keys",
            "at": "createdAt",
            "within": "30m",
            "repeated": "clientRequestId",
        },
        sees=lambda it: (
            (it.count, it.at_least, it.looked_at, it.repeats, it.sampled) == (43, False, 43, 3, False)
            and [(one.value, one.times) for one in it.most_often] == [("req-0007", 3), ("req-0003", 2)]
        ),
    ),
    ReadingCase(
        name="firestore.operations",
        reading="firestore.operations",
        **{**FIRESTORE, "scene": with_importing_begun},
        sees=lambda it: (
            (it.running, it.importing, it.share, len(it.operations)) == (1, True, 0.5, 2)
            and it.exports == (EXPORT,)
            and it.operations[0].progress == "60000 of 120000 documents"
        ),
    ),
    ReadingCase(
        name="firestore.backups",
        reading="firestore.backups",
        **FIRESTORE,
        sees=lambda it: (
            (it.count, it.ready, len(it.names), it.complete) == (2, 2, 2, True)
            and it.newest_at is not None
            and it.expires_at - it.newest_at == timedelta(days=7)
        ),
    ),
)
