from datetime import timedelta

import pytest

from activities.converging import converge
from activities.firestore.client import Firestore
from activities.firestore.export_documents import ExportDocuments
from activities.firestore.import_documents import ImportDocuments
from activities.firestore.restore import Restore
from sandbox.firestore.database import Database
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.scenes import EXPORT, PROJECT
from sandbox.firestore.values import fields_of
from sandbox.firestore.world import FirestoreWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Rejected, Still, Unauthorized
from stanch.model.survey import At
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT, MARKER
from tests.activities.firestore.asking import carried_out, connected, planned

INTO = "restored-inc-20261121-7k3qxm-1-1"


@pytest.fixture
def importing(firestore: Firestore) -> ImportDocuments:
    return ImportDocuments(firestore)


@pytest.fixture
def exporting(firestore: Firestore) -> ExportDocuments:
    return ExportDocuments(firestore)


@pytest.fixture
def restore(firestore: Firestore) -> Restore:
    return Restore(firestore)


async def test_an_import_brings_back_what_was_deleted_and_leaves_what_is_new(
    importing: ImportDocuments, database: Database
) -> None:
    database.documents.pop("packs/starter")
    database.keep("entitlements/user-1", {"pack": "none"})
    database.keep("entitlements/user-2", {"pack": "starter"})

    await carried_out(importing, await planned(importing, source=EXPORT))

    stands = database.contents()
    assert stands["packs/starter"] == fields_of({"price": 499, "currency": "EUR"})
    assert stands["entitlements/user-1"] == fields_of({"pack": "starter", "active": True})
    assert stands["entitlements/user-2"] == fields_of({"pack": "starter"})


async def test_only_the_wanted_collections_are_imported(
    importing: ImportDocuments, database: Database
) -> None:
    database.keep("packs/starter", {"price": 0})
    database.keep("flags/purchase", {"enabled": False})

    await carried_out(importing, await planned(importing, source=EXPORT, collections=["packs"]))

    assert database.contents()["packs/starter"] == fields_of({"price": 499, "currency": "EUR"})
    assert database.contents()["flags/purchase"] == fields_of({"enabled": False})


async def test_while_it_waits_an_import_says_how_far_it_is(importing: ImportDocuments) -> None:
    said = await carried_out(importing, await planned(importing, source=EXPORT))

    assert "documents: import: 60000 of 120000 documents" in said
    assert "documents: import: 120000 of 120000 documents" in said


async def test_what_takes_hours_is_waited_for(
    importing: ImportDocuments, exporting: ExportDocuments, restore: Restore
) -> None:
    changes = [
        await planned(importing, source=EXPORT),
        await planned(exporting, bucket="gs://pack-backups"),
        await planned(restore),
    ]

    assert [change.settles_within for change in changes] == [timedelta(hours=12)] * 3


async def test_an_import_is_refused_while_another_one_runs(
    importing: ImportDocuments, database: Database
) -> None:
    database.operate("ImportDocuments", {"inputUriPrefix": "gs://other/2026"})

    with pytest.raises(PolicyError, match=r"an import of gs://other/2026 is at .* \[import-in-progress\]"):
        await planned(importing, source=EXPORT)


async def test_an_import_and_an_export_that_never_ended_are_nobodys_work_and_are_told_of(
    importing: ImportDocuments, exporting: ExportDocuments, database: Database
) -> None:
    for kind, where in (("ImportDocuments", "inputUriPrefix"), ("ExportDocuments", "outputUriPrefix")):
        begun = database.operate(kind, {where: "gs://other/2026"})
        begun.started = AT - timedelta(days=2)
        begun.state = "PROCESSING"
        begun.timetable.stop()

    imports, exports = await planned(importing, source=EXPORT), await planned(exporting, bucket="gs://packs")

    for change in (imports, exports):
        assert any("is taken for one that never ends" in effect for effect in change.effects)
    await carried_out(importing, imports)


async def test_an_import_that_is_cancelled_leaves_a_part_which_is_said(
    sandbox: Sandbox, importing: ImportDocuments, database: Database
) -> None:
    database.keep("packs/starter", {"price": 0})
    database.keep("entitlements/user-1", {"pack": "none"})
    change = await planned(importing, source=EXPORT)
    await importing.write(change, change.units[0])
    begun = database.operations[-1]
    sandbox.pass_time(timedelta(seconds=50))
    begun.observe(sandbox.clock)
    begun.end("CANCELLED", AT, "by ana")

    with pytest.raises(Rejected, match=r"cancelled at 60000 of 120000 documents.*until then stays"):
        await carried_out(importing, change)

    assert database.documents["packs/starter"].fields["price"] == {"integerValue": "499"}
    assert database.documents["entitlements/user-1"].fields == {"pack": {"stringValue": "none"}}
    assert any("leaves what it had imported" in effect for effect in change.effects)


async def test_an_import_that_is_listed_late_is_waited_for_and_begun_once(
    importing: ImportDocuments, world: FirestoreWorld, sandbox: Sandbox, line: Line
) -> None:
    world.listed_late = timedelta(seconds=20)
    change = await planned(importing, source=EXPORT)
    done: set[str] = set()
    with pytest.raises(Still, match="accepted"):
        await converge(importing, change, done)
    with pytest.raises(Still, match="not in the list of operations yet"):
        await converge(importing, change, done)
    sandbox.pass_time(timedelta(seconds=30))

    await carried_out(importing, change)

    assert line.writes == 1


async def test_somebody_elses_import_begun_since_planning_stops_ours(
    importing: ImportDocuments, database: Database, line: Line
) -> None:
    change = await planned(importing, source=EXPORT)
    database.operate("ImportDocuments", {"inputUriPrefix": "gs://other/2026"})

    with pytest.raises(Moved, match="an import of gs://other/2026"):
        await carried_out(importing, change)

    assert line.writes == 0


async def test_an_earlier_import_of_the_same_export_is_not_taken_for_this_one(
    importing: ImportDocuments, database: Database, line: Line
) -> None:
    earlier = database.operate("ImportDocuments", {"inputUriPrefix": EXPORT})
    earlier.end("SUCCESSFUL", AT)
    earlier.response = {"@type": "type.googleapis.com/google.protobuf.Empty"}

    await carried_out(importing, await planned(importing, source=EXPORT))

    assert line.writes == 1


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
async def test_an_import_that_does_not_come_to_its_end_is_said_with_the_vendors_reason(
    importing: ImportDocuments, database: Database, state: str
) -> None:
    change = await planned(importing, source=EXPORT)
    await importing.write(change, change.units[0])
    database.operations[-1].end(state, AT, "The bucket is not readable")

    with pytest.raises(Rejected, match=f"(?i){state}.*The bucket is not readable"):
        await carried_out(importing, change)


async def test_an_import_says_which_copy_of_what_stands_there_is(
    importing: ImportDocuments, exporting: ExportDocuments
) -> None:
    without = await planned(importing, source=EXPORT)
    await carried_out(exporting, await planned(exporting, bucket="gs://pack-backups"))

    with_one = await planned(importing, source=EXPORT)

    assert "run firestore.export_documents first" in without.effects[-1]
    assert f"gs://pack-backups/{MARKER} of 2026-11-21 03:02" in with_one.effects[-1]


async def test_a_missing_export_is_said_once(importing: ImportDocuments, line: Line) -> None:
    change = await planned(importing, source="gs://pack-backups/never")

    with pytest.raises(Rejected, match="404 NOT_FOUND: Google Cloud Storage file does not exist"):
        await carried_out(importing, change)

    assert line.writes == 1


async def test_an_export_lies_where_its_incident_is_named_and_can_be_imported(
    exporting: ExportDocuments, importing: ImportDocuments, database: Database
) -> None:
    await carried_out(exporting, await planned(exporting, bucket="gs://pack-backups/kept/"))
    stands = database.contents()
    database.keep("packs/starter", {"price": 0})

    await carried_out(importing, await planned(importing, source=f"gs://pack-backups/kept/{MARKER}"))

    assert database.contents() == stands


async def test_an_export_is_refused_while_another_one_runs(
    exporting: ExportDocuments, database: Database
) -> None:
    database.operate("ExportDocuments", {"outputUriPrefix": "gs://other/2026"})

    with pytest.raises(PolicyError, match="export-in-progress"):
        await planned(exporting, bucket="gs://pack-backups")


async def test_a_restore_makes_a_new_database_and_leaves_what_stands(
    restore: Restore, world: FirestoreWorld, database: Database
) -> None:
    backed_up = database.contents()
    database.keep("packs/starter", {"price": 0})
    stands = database.contents()

    said = await carried_out(restore, await planned(restore))

    made = world.databases[f"projects/{PROJECT}/databases/{INTO}"]
    assert (made.contents(), database.contents()) == (backed_up, stands)
    assert f"{INTO}: restore: 50%" in said


async def test_the_newest_backup_that_is_ready_and_has_not_expired_is_restored(
    restore: Restore, world: FirestoreWorld, database: Database
) -> None:
    world.backups.clear()
    world.back_up(database, timedelta(days=8))
    older = world.back_up(database, timedelta(days=2))
    wanted = world.back_up(database, timedelta(hours=9))
    world.back_up(database, timedelta(minutes=5), "CREATING")
    world.back_up(world.add(PROJECT, "other-one"), timedelta(minutes=1))

    newest = await planned(restore)
    named = await planned(restore, backup=older.name.rpartition("/")[2], into="back-again")

    assert newest.units[0].to == wanted.name
    assert (named.units[0].id, named.units[0].to) == ("back-again", older.name)


async def test_without_a_ready_backup_it_is_said_which_region_did_not_answer(
    restore: Restore, world: FirestoreWorld
) -> None:
    world.backups.clear()
    world.unreachable.append(f"projects/{PROJECT}/locations/eur3")

    with pytest.raises(
        PolicyError, match=r"no backup of \(default\).*eur3 did not answer \[no-such-backup\]"
    ):
        await planned(restore)


async def test_a_database_that_exists_is_never_restored_into(restore: Restore, world: FirestoreWorld) -> None:
    world.add(PROJECT, "back-again")

    with pytest.raises(PolicyError, match="database-exists"):
        await planned(restore, into="back-again")


async def test_a_database_of_that_name_made_by_somebody_else_since_stops_the_restore(
    restore: Restore, world: FirestoreWorld, line: Line
) -> None:
    change = await planned(restore)
    world.add(PROJECT, INTO)

    with pytest.raises(Moved, match="was not made of this backup"):
        await carried_out(restore, change)

    assert line.writes == 0


async def test_a_restore_that_failed_is_not_taken_for_done_because_its_database_is_there(
    restore: Restore, world: FirestoreWorld
) -> None:
    change = await planned(restore)
    await restore.write(change, change.units[0])
    making = world.databases[f"projects/{PROJECT}/databases/{INTO}"].making
    assert making
    making.end("FAILED", AT, "Internal error")

    with pytest.raises(Rejected, match="Internal error"):
        await carried_out(restore, change)


async def test_a_restore_whose_database_does_not_show_yet_is_waited_for(
    restore: Restore, world: FirestoreWorld
) -> None:
    change = await planned(restore)

    before = await restore.survey(change, frozenset())
    after = await restore.survey(change, frozenset({INTO}))

    assert before.places[0].at is At.WAS
    assert (after.places[0].at, bool(after.places[0].settling)) == (At.TO, True)


async def test_who_may_only_read_is_told_the_permission_that_is_missing(line: Line) -> None:
    importing = ImportDocuments(connected(line, FirestoreKey.READ_ONLY))
    change = await planned(importing, source=EXPORT)

    with pytest.raises(Unauthorized, match=r"missing permission: datastore\.databases\.import"):
        await carried_out(importing, change)


async def test_by_hand_gcloud_does_the_same(
    importing: ImportDocuments, exporting: ExportDocuments, restore: Restore
) -> None:
    imported = importing.commands(await planned(importing, source=EXPORT, collections=["packs"]))
    exported = exporting.commands(await planned(exporting, bucket="gs://pack-backups"))
    restored = restore.commands(await planned(restore))

    assert imported == [
        f"gcloud firestore import {EXPORT} --collection-ids=packs --database='(default)' --project={PROJECT}"
    ]
    assert exported[0].startswith(f"gcloud firestore export gs://pack-backups/{MARKER} ")
    assert restored[0].startswith("gcloud firestore databases restore --source-backup=projects/pack-example/")
    assert f"--destination-database={INTO}" in restored[0]
