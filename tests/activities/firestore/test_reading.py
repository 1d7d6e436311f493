from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.firestore import INTEGRATION
from activities.firestore.client import Firestore
from activities.firestore.count import CountArguments, ReadCount
from activities.firestore.readings import ReadBackups, ReadOperations
from activities.firestore.status import ReadStatus
from sandbox.faults import Fault, Trouble
from sandbox.firestore.database import Database
from sandbox.firestore.keys import FirestoreKey
from sandbox.firestore.scenes import EXPORT, PROJECT
from sandbox.firestore.world import FirestoreWorld
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT
from tests.activities.firestore.asking import PACK, connected, read

KEYS = "idempotency_keys"


async def counted(firestore: Firestore, **arguments: Any) -> Any:
    return await read(ReadCount(firestore), **{"collection": KEYS, **arguments})


async def test_what_has_run_for_more_than_a_day_holds_nothing_up(
    firestore: Firestore, database: Database
) -> None:
    begun = database.operate("ImportDocuments", {"inputUriPrefix": EXPORT})
    begun.started, begun.state = AT - timedelta(days=2), "PROCESSING"
    begun.timetable.stop()

    found = await read(ReadOperations(firestore))

    assert (found.running, found.importing, found.endless) == (0, False, 1)
    assert "1 begun over a day ago never ended" in found.line()


async def test_a_document_that_is_missing_proves_that_firestore_answers(firestore: Firestore) -> None:
    found = await read(ReadStatus(firestore))

    assert (found.is_down, found.is_slow) == (False, False)
    assert found.latency > timedelta(0)
    assert found.line().startswith("answers in 0.")
    assert found.line().endswith("asked from Stanch's own place")


async def test_a_status_that_took_longer_than_it_should_is_slow(
    firestore: Firestore, sandbox: Sandbox
) -> None:
    sandbox.order(Fault(trouble=Trouble.SLOW, seconds=0.05))

    found = await read(ReadStatus(firestore), slow_after="10ms")

    assert (found.is_down, found.is_slow) == (False, True)
    assert " s (slow), asked from" in found.line()


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(status=429), Fault(trouble=Trouble.TIMEOUT)])
async def test_not_being_answered_is_the_measurement(
    firestore: Firestore, sandbox: Sandbox, fault: Fault
) -> None:
    sandbox.order(fault)

    status = await read(ReadStatus(firestore))

    assert status.is_down
    assert status.line().startswith("does not answer: firestore: reading health/ping")


async def test_a_refused_credential_is_no_measurement(line: Line) -> None:
    with pytest.raises(Unauthorized, match="401 UNAUTHENTICATED"):
        await read(ReadStatus(connected(line, "unknown-credential")))


async def test_documents_are_counted_without_being_read(firestore: Firestore, sandbox: Sandbox) -> None:
    found = await counted(firestore)

    assert (found.count, found.at_least, found.looked_at) == (43, False, 0)
    assert (found.repeats, found.share) == (None, None)
    assert [one.path for one in sandbox.ledger.requests] == ["/firestore/RunAggregationQuery"]
    assert found.line() == f"{KEYS}: 43 documents"


async def test_what_was_not_counted_to_its_end_is_at_least_that_many(firestore: Firestore) -> None:
    found = await counted(firestore, count_at_most=10)

    assert (found.count, found.at_least) == (10, True)
    assert found.line() == f"{KEYS}: at least 10 documents"


async def test_of_a_sample_the_newest_are_looked_at_and_repeats_are_a_least_number(
    firestore: Firestore,
) -> None:
    found = await counted(
        firestore, at="createdAt", within="30m", repeated="clientRequestId", read_at_most=10
    )

    assert (found.count, found.looked_at, found.repeats, found.sampled) == (43, 10, 2, True)
    assert found.share == pytest.approx(0.2)
    assert "at least 2 of 10 looked at repeat a value (20.0%, most often req-" in found.line()


async def test_only_what_was_made_in_the_asked_for_time_counts(firestore: Firestore) -> None:
    found = await counted(firestore, at="createdAt", within="100s")

    assert found.count == 6


async def test_an_instant_is_compared_with_one_so_long_ago(firestore: Firestore, database: Database) -> None:
    for number, (status, hours) in enumerate((("active", 1), ("active", -1), ("ended", 1))):
        ends = {"status": status, "endsAt": AT - timedelta(hours=hours)}
        database.keep(f"entitlements/of-{number}", ends)
    database.indexes.add(frozenset({"status", "endsAt"}))
    active = {"field": "status", "op": "==", "value": "active"}

    now = await counted(
        firestore, collection="entitlements", where=[active, {"field": "endsAt", "op": "<", "ago": "0s"}]
    )
    earlier = await counted(
        firestore, collection="entitlements", where=[active, {"field": "endsAt", "op": "<", "ago": "2h"}]
    )

    assert now.line() == "entitlements where status == active, endsAt < now: 1 document"
    assert earlier.line() == "entitlements where status == active, endsAt < 2:00:00 ago: 0 documents"


@pytest.mark.parametrize("compared", [{}, {"value": 1, "ago": "1h"}, {"ago": "-1h"}, {"ago": 5}])
async def test_a_field_is_compared_with_one_thing(firestore: Firestore, compared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        await counted(firestore, where=[{"field": "price", **compared}])


async def test_in_a_check_only_what_was_made_since_the_change_counts(firestore: Firestore) -> None:
    arguments = {"collection": KEYS, "at": "createdAt", "within": "30m"}
    asked = Look(target=PACK, arguments=arguments, as_of=AT, since=AT - timedelta(seconds=100))

    assert (await ReadCount(firestore).read(asked)).count == 6


async def test_where_there_is_nothing_to_look_at_no_share_of_it_is_known(firestore: Firestore) -> None:
    found = await counted(firestore, collection="unheard_of", repeated="clientRequestId")

    assert (found.count, found.repeats, found.share, found.line()) == (0, 0, None, "unheard_of: 0 documents")


async def test_a_document_without_the_field_repeats_nothing(firestore: Firestore, database: Database) -> None:
    database.keep(f"{KEYS}/empty", {"createdAt": AT})
    database.keep(f"{KEYS}/void", {"createdAt": AT})

    found = await counted(firestore, repeated="clientRequestId")

    assert (found.count, found.looked_at, found.repeats) == (45, 43, 3)


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"field": "price", "value": 499}, 1),
        ({"field": "price", "op": ">", "value": 499}, 0),
        ({"field": "price", "op": "!=", "value": 5}, 1),
        ({"field": "price", "value": "499"}, 0),
        ({"field": "currency", "value": "EUR"}, 1),
    ],
)
async def test_conditions_compare_values_of_one_kind(
    firestore: Firestore, where: dict[str, Any], count: int
) -> None:
    found = await counted(firestore, collection="packs", where=[where])

    assert found.count == count


async def test_a_query_without_its_index_is_refused_with_the_vendors_way_out(
    firestore: Firestore, database: Database
) -> None:
    asked = {
        "where": [{"field": "clientRequestId", "value": "req-0007"}], "at": "createdAt", "within": "30m",
    }  # fmt: skip

    with pytest.raises(Rejected, match="400 FAILED_PRECONDITION: The query requires an index"):
        await counted(firestore, **asked)

    database.indexes.add(frozenset({"clientRequestId", "createdAt"}))
    assert (await counted(firestore, **asked)).count == 3


def test_a_time_needs_the_field_that_holds_it() -> None:
    with pytest.raises(ValidationError, match="within needs at"):
        CountArguments.model_validate({"collection": KEYS, "within": "30m"})


async def test_a_value_that_holds_a_secret_is_not_shown(firestore: Firestore, database: Database) -> None:
    for number in range(2):
        database.keep(f"{KEYS}/leak-{number}", {"clientRequestId": f"Bearer {FirestoreKey.ALL}"})

    found = await counted(firestore, repeated="clientRequestId")

    assert "Bearer (secret)" in [one.value for one in found.most_often]


async def test_all_pages_of_operations_are_read_and_what_runs_comes_first(
    firestore: Firestore, database: Database
) -> None:
    database.operate("ImportDocuments", {"inputUriPrefix": "gs://pack-backups/a"})
    for number in range(4):
        database.operate("ExportDocuments", {"outputUriPrefix": f"gs://b/{number}"}).end("FAILED", AT, "no")

    found = await read(ReadOperations(firestore))

    assert (found.running, found.importing, found.failed, len(found.operations)) == (1, True, 4, 6)
    assert found.operations[0].where == "gs://pack-backups/a"
    assert found.line() == (
        "1 running: import gs://pack-backups/a, 0 of 120000 documents; 4 failed;"
        f" newest export {EXPORT} of 2026-11-20 03:00 UTC"
    )


async def test_exports_that_lie_ready_are_named_newest_first(
    firestore: Firestore, database: Database, sandbox: Sandbox
) -> None:
    for name in ("first", "second", "cut off"):
        begun = database.operate("ExportDocuments", {"outputUriPrefix": f"gs://pack-backups/{name}"})
        begun.fails = "the bucket is gone" if name == "cut off" else ""
        sandbox.pass_time(timedelta(minutes=3))
        begun.observe(sandbox.clock)
    database.operate("ExportDocuments", {"outputUriPrefix": "gs://pack-backups/under-way"})

    found = await read(ReadOperations(firestore))

    assert found.exports == ("gs://pack-backups/second", "gs://pack-backups/first", EXPORT)
    assert len(found.exports_at) == 3
    assert found.exports_at[0] == found.exported_at
    assert (found.running, found.failed) == (1, 1)


async def test_in_a_check_only_what_failed_since_the_change_has_failed(
    firestore: Firestore, database: Database, sandbox: Sandbox
) -> None:
    database.operate("ImportDocuments", {}).end("FAILED", AT - timedelta(days=2))
    database.operate("ImportDocuments", {}).end("FAILED", AT)
    asked = Look(target=PACK, as_of=AT, since=AT - timedelta(minutes=5))

    assert (await ReadOperations(firestore).read(asked)).failed == 1
    assert (await read(ReadOperations(firestore))).failed == 2


async def test_backups_that_can_be_restored_are_named_newest_first(
    firestore: Firestore, world: FirestoreWorld, database: Database
) -> None:
    world.back_up(database, timedelta(minutes=5), state="CREATING")

    found = await read(ReadBackups(firestore))

    assert (found.count, len(found.names), found.names[0]) == (3, 2, found.newest)
    assert (len(found.names_at), found.names_at[0]) == (2, found.newest_at)


async def test_operations_are_not_backups(firestore: Firestore) -> None:
    operations = await read(ReadOperations(firestore))
    backups = await read(ReadBackups(firestore))

    assert operations.line() == (
        "nothing is running; last: export gs://pack-backups/2026-11-20, successful;"
        " newest export gs://pack-backups/2026-11-20 of 2026-11-20 03:00 UTC"
    )
    assert backups.line() == "2 of 2 backups ready, newest of 2026-11-21 02:00 UTC"


async def test_an_expired_backup_is_not_ready_and_another_databases_is_not_counted(
    firestore: Firestore, world: FirestoreWorld, database: Database
) -> None:
    world.backups.clear()
    world.back_up(database, timedelta(days=8))
    world.back_up(database, timedelta(minutes=1), "CREATING")
    world.back_up(world.add(PROJECT, "other-one"), timedelta(hours=1))

    found = await read(ReadBackups(firestore))

    assert (found.count, found.ready, found.newest, found.newest_at) == (2, 0, "", None)


async def test_a_region_that_did_not_answer_makes_the_list_incomplete(
    firestore: Firestore, world: FirestoreWorld
) -> None:
    world.unreachable.append(f"projects/{PROJECT}/locations/eur3")

    found = await read(ReadBackups(firestore))

    assert (found.complete, found.line()[:8]) == (False, "at least")


async def test_a_credential_is_proved_by_what_it_reads(firestore: Firestore, line: Line) -> None:
    assert INTEGRATION.credential

    proof = await INTEGRATION.credential.prove(firestore, PACK)

    assert proof.saw.startswith("documents can be read, 1 operations and 2 backups seen")
    assert proof.granted is None
    with pytest.raises(Unauthorized, match=r"missing permission: datastore\.entities\.get"):
        await INTEGRATION.credential.prove(connected(line, FirestoreKey.ELSEWHERE), PACK)
    assert line.writes == 0


async def test_a_list_of_operations_that_does_not_answer_is_no_empty_one(
    firestore: Firestore, sandbox: Sandbox
) -> None:
    sandbox.order(Fault(status=503, path="ListOperations", after=0))

    with pytest.raises(Unavailable):
        await read(ReadOperations(firestore))
