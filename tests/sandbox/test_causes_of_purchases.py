"""Causes in purchases and documents: what is written and kept follows from them, and ends with the cure."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from worlds import catalogue_of

from sandbox import Sandbox
from sandbox.causes import bring_about
from sandbox.firebase.world import FirebaseWorld
from sandbox.firestore.database import Database
from sandbox.firestore.world import FirestoreWorld
from sandbox.furnishing import Furnished, furnish

PACKS = {"documents": {"of": "packs-documents", "collection": "packs", "count": 3, "fields": {"price": 499}}}
LOST = {"lost": {"of": "packs-documents", "collection": "packs", "ago": "1h"}}
EMPTY = {
    "feature": {
        "of": "packs",
        "says": "500: there is no pack",
        "while": {"empty": "packs", "of": "packs-documents"},
    }
}
BUYS: dict[str, Any] = {
    "of": "packs",
    "per_minute": 4,
    "bought": ["bought {key}"],
    "failed": ["refused for {reason} {key}"],
    "repeated": ["again {key}"],
    "keys": {"of": "packs-documents", "collection": "keys", "key": "request", "at": "made"},
    "while": {"switch": "purchases"},
}


def packs(*state: Any, since: timedelta = timedelta(minutes=50)) -> Furnished:
    furnished = furnish(Sandbox(), catalogue_of("pack"), "http://127.0.0.1:7999")
    bring_about(furnished, state, since)
    return furnished


def database(world: Furnished) -> Database:
    return world.sandbox.of(FirestoreWorld).databases["projects/packs-example/databases/(default)"]


def said(world: Furnished) -> Counter[str]:
    entries = world.sandbox.of(FirebaseWorld).projects["packs-example"].journal.entries
    lines = (re.sub(r" req-\d+", "", one["textPayload"]) for one in entries)
    return Counter(line for line in lines if re.match("bought|refused|again", line))


def test_purchases_succeed_and_fail_in_their_shares_and_say_why() -> None:
    world = packs(
        {"purchases": {**BUYS, "success": 0.7, "reasons": {"balance": 0.5, "entitlement": 0.5}}},
    )

    assert said(world) == {"bought": 140, "refused for balance": 30, "refused for entitlement": 30}


def test_a_key_that_comes_again_stands_there_twice() -> None:
    world = packs({"purchases": {**BUYS, "duplicates": 0.1}})

    keys = Counter(
        str(one.fields["request"])
        for path, one in database(world).documents.items()
        if path.startswith("keys/")
    )
    assert (len(keys), Counter(keys.values())[2]) == (200, 20)
    assert said(world)["again"] == 20


def test_nobody_buys_while_purchases_are_off() -> None:
    world = packs({"purchases": BUYS})
    before = said(world).total()

    world.turn("packs", "entitlements", "off")
    world.sandbox.pass_time(timedelta(minutes=10))
    after_another = said(world).total()
    world.turn("packs", "purchases", "off")
    world.sandbox.pass_time(timedelta(minutes=10))

    assert (before, after_another, said(world).total()) == (200, 240, 240)


def test_lost_documents_are_in_no_copy_that_was_made_since() -> None:
    older, younger = (
        {"backup": {"of": "packs-documents", "ago": ago, "name": ago}} for ago in ("25h", "30m")
    )
    export = {"export": {"of": "packs-documents", "to": "gs://copies/nightly", "ago": "1d"}}

    world = packs(PACKS, export, older, younger, LOST, EMPTY)

    firestore = world.sandbox.of(FirestoreWorld)
    held = {
        name.rpartition("/")[2]: sum(path.startswith("packs/") for path in one.documents)
        for name, one in firestore.backups.items()
    }
    assert (held["25h"], held["30m"]) == (3, 0)
    assert "packs/0000" in firestore.exports["gs://copies/nightly"]
    assert [one.state for one in database(world).operations] == ["SUCCESSFUL"]


def test_a_service_without_its_documents_is_cured_by_them_and_by_no_other_release() -> None:
    world = packs(PACKS, {"export": {"of": "packs-documents", "to": "gs://copies/nightly"}}, LOST, EMPTY)
    service, seen = world.sandbox.services["packs"], []
    seen.append(service.measure().error_rate)

    world.sandbox.of(FirebaseWorld).deploy("api")
    seen.append(service.measure().error_rate)
    database(world).merge(world.sandbox.of(FirestoreWorld).exports["gs://copies/nightly"])
    seen.append(service.measure().error_rate)

    assert seen == [1, 1, 0]


def test_an_instant_in_a_document_is_so_long_ago() -> None:
    fields = {"status": "active", "endsAt": {"ago": "5h"}}

    world = packs({"documents": {"of": "packs-documents", "collection": "rights", "fields": fields}})

    ends = database(world).documents["rights/0000"].fields["endsAt"]["timestampValue"]
    assert ends < f"{world.sandbox.clock.now() - timedelta(hours=4, minutes=59):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(("memory", "seconds"), [("256Mi", 2.4), ("512Mi", 0.3)])
def test_answers_wait_while_there_is_too_little_memory(memory: str, seconds: float) -> None:
    world = packs({"slow": {"of": "packs", "seconds": 2.4, "while": {"memory_below_mb": 512}}})
    service = world.sandbox.of(FirebaseWorld).projects["packs-example"].services["us-central1/api"]

    service.deployed(memory=memory)

    assert world.sandbox.services["packs"].measure().p95_seconds == seconds


def test_copies_start_cold_while_fewer_are_kept_warm() -> None:
    cold = {"of": "packs", "seconds": 1.2, "while": {"copies_below": 2}, "numbers": {"cold_starts": 6}}
    world = packs({"copies": {"of": "packs", "count": 1}}, {"slow": cold})
    service = world.sandbox.of(FirebaseWorld).projects["packs-example"].services["us-central1/api"]
    before = dict(world.sandbox.services["packs"].measure().others)

    service.scaling["minInstanceCount"] = 2

    assert (before["cold_starts"], dict(world.sandbox.services["packs"].measure().others)["cold_starts"]) == (
        6,
        1,
    )
