import pytest

from activities.firestore.client import Firestore
from activities.firestore.set_flag import SetFlag
from sandbox.firestore.database import Database
from sandbox.firestore.values import plain
from sandbox.world import Sandbox
from stanch.errors import Conflict, Moved, PolicyError, Rejected
from tests.activities.contract.bench import Line
from tests.activities.firestore.asking import PACK, carried_out, planned

PURCHASE = "flags/purchase"


@pytest.fixture
def set_flag(firestore: Firestore) -> SetFlag:
    return SetFlag(firestore)


def held(database: Database, path: str = PURCHASE) -> dict[str, object]:
    return {name: plain(value) for name, value in database.documents[path].fields.items()}


async def test_only_the_one_field_is_changed(set_flag: SetFlag, database: Database) -> None:
    change = await planned(set_flag, document=PURCHASE, key="enabled", value=False)

    await carried_out(set_flag, change)

    assert held(database) == {"enabled": False, "owner": "packs", "limits": {"daily": 5}}


async def test_of_a_document_only_the_wanted_field_enters_the_change(set_flag: SetFlag) -> None:
    change = await planned(set_flag, document=PURCHASE, key="enabled", value=False)

    assert (change.units[0].was, change.units[0].to) == (True, False)
    assert "owner" not in change.model_dump_json()


async def test_a_document_that_is_written_at_the_same_moment_is_looked_at_again_and_nothing_of_it_is_lost(
    set_flag: SetFlag, database: Database, line: Line, sandbox: Sandbox
) -> None:
    change = await planned(set_flag, document=PURCHASE, key="enabled", value=False)
    line.before(1, lambda: database.keep(PURCHASE, {"enabled": True, "owner": "somebody"}))

    with pytest.raises(Conflict, match="does not match the required base version"):
        await carried_out(set_flag, change)

    assert sandbox.ledger.effects() == []
    await carried_out(set_flag, change)
    assert held(database) == {"enabled": False, "owner": "somebody"}


async def test_a_document_that_somebody_makes_at_the_same_moment_is_not_written_over(
    set_flag: SetFlag, database: Database, line: Line
) -> None:
    change = await planned(set_flag, document="flags/hidden", key="on", value=True)
    line.before(1, lambda: database.keep("flags/hidden", {"on": False}))

    with pytest.raises(Conflict, match="already exists"):
        await carried_out(set_flag, change)

    with pytest.raises(Moved):
        await carried_out(set_flag, change)
    assert held(database, "flags/hidden") == {"on": False}


async def test_a_document_that_vanishes_at_the_same_moment_is_not_made_anew(
    set_flag: SetFlag, database: Database, line: Line
) -> None:
    change = await planned(set_flag, document=PURCHASE, key="enabled", value=False)
    line.before(1, lambda: database.documents.pop(PURCHASE))

    with pytest.raises(Rejected, match="404 NOT_FOUND"):
        await carried_out(set_flag, change)

    assert PURCHASE not in database.documents


async def test_a_text_is_not_put_where_a_boolean_stands_because_it_would_be_true(set_flag: SetFlag) -> None:
    with pytest.raises(PolicyError, match=r"enabled of flags/purchase is a boolean, true; false is a text"):
        await planned(set_flag, document=PURCHASE, key="enabled", value="false")


async def test_a_number_stays_the_kind_of_number_that_it_was(set_flag: SetFlag, database: Database) -> None:
    database.keep("flags/rate", {"share": 0.5})
    change = await planned(set_flag, document="flags/rate", key="share", value=0)

    await carried_out(set_flag, change)

    assert database.documents["flags/rate"].fields == {"share": {"doubleValue": 0.0}}


@pytest.mark.parametrize("value", [1, None, [True], {"on": True}, "x" * 201])
async def test_what_is_no_flag_is_left_alone(set_flag: SetFlag, database: Database, value: object) -> None:
    database.keep("flags/odd", {"on": value})

    with pytest.raises(PolicyError) as refused:
        await planned(set_flag, document="flags/odd", key="on", value=True)

    assert refused.value.rule in {"not-a-flag", "other-type"}
    assert "x" * 201 not in str(refused.value)


async def test_a_field_inside_a_map_is_changed_and_never_made(set_flag: SetFlag, database: Database) -> None:
    change = await planned(set_flag, document=PURCHASE, key="limits.daily", value=0)

    await carried_out(set_flag, change)

    assert held(database)["limits"] == {"daily": 0}
    with pytest.raises(PolicyError, match="no-such-field"):
        await planned(set_flag, document=PURCHASE, key="limits.hourly", value=0)


async def test_a_name_that_is_not_simple_is_one_field(set_flag: SetFlag, database: Database) -> None:
    database.keep("flags/odd", {"is-on": True})
    change = await planned(set_flag, document="flags/odd", key="is-on", value=False)

    await carried_out(set_flag, change)

    assert held(database, "flags/odd") == {"is-on": False}


@pytest.mark.parametrize("key", ["api_key", "stripe.SECRET", "session-token"])
async def test_a_field_that_names_a_secret_is_not_even_read(
    set_flag: SetFlag, sandbox: Sandbox, key: str
) -> None:
    with pytest.raises(PolicyError, match="holds-a-secret"):
        await planned(set_flag, document=PURCHASE, key=key, value="x")

    assert sandbox.ledger.requests == []


@pytest.mark.parametrize("theirs", [1, None, "true"])
async def test_what_only_looks_like_the_planned_value_is_somebody_elses(
    set_flag: SetFlag, database: Database, theirs: object
) -> None:
    change = await planned(set_flag, document=PURCHASE, key="enabled", value=False)
    database.keep(PURCHASE, {"enabled": theirs})

    with pytest.raises(Moved):
        await carried_out(set_flag, change)

    assert held(database) == {"enabled": theirs}


async def test_a_document_made_for_a_flag_stays_when_somebody_has_put_more_into_it(
    set_flag: SetFlag, database: Database
) -> None:
    change = await planned(set_flag, document="flags/hidden", key="on", value=True)
    await carried_out(set_flag, change)
    database.keep("flags/hidden", {"on": True, "note": "theirs"})

    await carried_out(set_flag, change.undone())

    assert held(database, "flags/hidden") == {"note": "theirs"}


async def test_another_database_of_the_project_is_another_place(set_flag: SetFlag) -> None:
    europe = PACK.model_copy(update={"at": {"database": "europe"}})

    with pytest.raises(Rejected, match="The database europe does not exist"):
        await planned(set_flag, target=europe, document=PURCHASE, key="enabled", value=False)


async def test_an_emulator_named_in_the_environment_is_not_asked(
    set_flag: SetFlag, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    change = await planned(set_flag, document=PURCHASE, key="enabled", value=False)

    await carried_out(set_flag, change)

    assert held(database)["enabled"] is False


async def test_by_hand_the_rest_api_takes_the_same_field(set_flag: SetFlag) -> None:
    change = await planned(set_flag, document=PURCHASE, key="limits.daily", value=0)
    made = await planned(set_flag, document="flags/hidden", key="on", value=True)

    (forth,), (back,) = set_flag.commands(change), set_flag.commands(made.undone())

    assert "documents/flags/purchase?updateMask.fieldPaths=limits.daily" in forth
    assert '{"fields": {"limits": {"mapValue": {"fields": {"daily": {"integerValue": "0"}}}}}}' in forth
    assert back.startswith("curl -X DELETE")
