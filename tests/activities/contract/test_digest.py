"""An approval names a digest: whatever would be done otherwise must change it, and nothing else may."""

from datetime import timedelta
from typing import Any

import pytest

from stanch.model.change import (
    Change,
    Delivery,
    Direction,
    Kind,
    Seal,
    SecretRef,
    Target,
    Trail,
    Undo,
    UndoKind,
    Unit,
)
from stanch.model.course import Course, WaitsFor
from tests.activities.contract.bench import Bench
from tests.activities.contract.case import Case
from tests.activities.contract.cases import STATES

CHANGE = Change(
    verb="fly.scale",
    kind=Kind.STATE,
    target=Target(provider="fly", name="backend", at={"app": "backend"}),
    units=(Unit(id="m1", was=1, to=2), Unit(id="m2", was=None, to={"copy_of": "m1"})),
    undo=Undo(kind=UndoKind.RESTORES),
    summary="scale backend",
    because="too few",
    effects=("restarts each machine",),
    afterwards=(Unit(id="auto_assign", was=False, to=True),),
    settings={"size": "shared-cpu-2x"},
    limits={"max_count": 4},
    marker="INC-1/1.1",
)
KEY = SecretRef(secret="admin", fingerprint="a1")
WOULD_BE_OTHERWISE: dict[str, dict[str, Any]] = {
    "verb": {"verb": "fly.restart"},
    "kind": {"kind": Kind.ACT},
    "provider": {"target": CHANGE.target.model_copy(update={"provider": "vercel"})},
    "target": {"target": CHANGE.target.model_copy(update={"name": "frontend"})},
    "where it is": {"target": CHANGE.target.model_copy(update={"at": {"process_group": "web"}})},
    "units left out": {"units": CHANGE.units[:1]},
    "order of units": {"units": CHANGE.units[::-1]},
    "was": {"units": (CHANGE.units[0].model_copy(update={"was": 0}), CHANGE.units[1])},
    "to": {"units": (CHANGE.units[0].model_copy(update={"to": 3}), CHANGE.units[1])},
    "type of a value": {"units": (CHANGE.units[0].model_copy(update={"to": "2"}), CHANGE.units[1])},
    "secret": {"units": (CHANGE.units[0].model_copy(update={"to": KEY}), CHANGE.units[1])},
    "undo": {"undo": Undo(kind=UndoKind.NONE)},
    "direction": {"direction": Direction.BACK},
    "why there is no undo": {"undo": Undo(kind=UndoKind.RESTORES, why="by hand")},
    "effects": {"effects": ()},
    "afterwards": {"afterwards": ()},
    "settings": {"settings": {"size": "shared-cpu-4x"}},
    "limits": {"limits": {"max_count": 5}},
    "delivery": {"delivery": Delivery.AT_LEAST_ONCE},
}
IS_ONLY_SAID = {
    "summary": "bigger",
    "because": "for fun",
    "marker": "INC-2/1.1",
    "nothing_to_do": "there",
    "settles_within": timedelta(hours=1),
    "course": Course(waits_for=WaitsFor.SEEN),
    "takes_away": (Direction.THERE,),
    "trail": Trail(done=("m1",)),
    "seal": Seal(workflow="incident-backend", people=1),
    "origin": CHANGE,
}


@pytest.mark.parametrize("update", WOULD_BE_OTHERWISE.values(), ids=WOULD_BE_OTHERWISE)
def test_what_would_be_done_otherwise_has_another_digest(update: dict[str, Any]) -> None:
    other = CHANGE.model_copy(update=update)

    assert other.digest != CHANGE.digest


@pytest.mark.parametrize("field", IS_ONLY_SAID)
def test_what_is_only_said_does_not_change_the_digest(field: str) -> None:
    other = CHANGE.model_copy(update={field: IS_ONLY_SAID[field]})

    assert other.digest == CHANGE.digest


def test_every_field_of_a_change_is_either_done_or_only_said() -> None:
    done = {field for update in WOULD_BE_OTHERWISE.values() for field in update}

    assert done | set(IS_ONLY_SAID) == set(Change.model_fields)
    assert not done & set(IS_ONLY_SAID)


def test_a_rotated_secret_has_another_digest() -> None:
    before, after = (
        CHANGE.model_copy(update={"settings": {"bearer": key.model_dump()}})
        for key in (KEY, KEY.model_copy(update={"fingerprint": "b2"}))
    )

    assert before.digest != after.digest


def test_the_digest_does_not_depend_on_the_order_in_which_settings_were_written() -> None:
    one, other = (
        CHANGE.model_copy(update={"settings": dict(pairs)})
        for pairs in ([("a", 1), ("b", [2, 3])], [("b", [2, 3]), ("a", 1)])
    )

    assert one.digest == other.digest


def test_undone_twice_it_is_the_change_itself_again() -> None:
    again = CHANGE.undone().undone()

    assert sorted(again.units, key=str) == sorted(CHANGE.units, key=str)
    assert CHANGE.undone().digest != CHANGE.digest


def test_the_way_back_goes_backwards() -> None:
    back = CHANGE.undone()

    assert [(unit.id, unit.was, unit.to) for unit in back.units] == [
        ("m2", {"copy_of": "m1"}, None),
        ("m1", 2, 1),
    ]
    assert (back.summary, back.marker) == ("take back: scale backend", "INC-1/1.1-undo")


@pytest.mark.parametrize("case", STATES, ids=str)
async def test_what_others_changed_since_has_another_digest(bench: Bench, case: Case) -> None:
    before = await bench.plan()
    case.foreign(bench.sandbox)

    after = await bench.plan()

    assert after.digest != before.digest


def test_a_way_back_that_an_older_history_recorded_goes_back() -> None:
    recorded = CHANGE.model_dump(mode="json", exclude={"direction"})
    recorded["settings"] = {**recorded["settings"], "undo": True}

    read = Change.model_validate(recorded)

    assert read == CHANGE.model_copy(update={"direction": Direction.BACK})
