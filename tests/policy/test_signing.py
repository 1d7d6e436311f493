from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.alert import Alert, Severity
from stanch.model.base import Frozen
from stanch.model.change import Delivery, Direction, Kind, Seal, Target, Trail, Undo, UndoKind, Unit
from stanch.model.decision import Decision, SaidAt, Say
from stanch.model.notice import Left, Notice
from stanch.model.playbook import Asking, Chosen, PinnedOption
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.policy.signing import (
    Keyring,
    fingerprint,
    identity_with,
    is_sealed,
    is_signed,
    is_signed_notice,
    is_signed_step,
    key_name,
    key_named_in,
    seal,
    sign,
    sign_notice,
    sign_pinned,
    sign_step,
)
from tests.policy.making import AT, change, pinned, planned

KEY = b"the key of the door"
KEYS = Keyring(KEY)
WORD = Decision(
    say=Say.APPROVE,
    person="ana",
    roles=("approver",),
    incident="incident-backend",
    run="r1",
    at=AT,
    digest="a1b2c3",
    note="go",
    arguments={"count": 3},
)
STEP = planned(who=Approval.ONE).step
ALERT = Alert(source="alertmanager", fingerprint="f1", name="SiteDown", firing=True, started_at=AT)
INCIDENT = "incident-backend"
NOTICE = Notice(alerts=(ALERT,), pinned=pinned(), issued_at=AT)
SEAL = Seal(workflow=INCIDENT, people=2)
CHANGE = change(marker="INC-1/1.1")


class Paper(NamedTuple):
    """Something that is signed: what each of its fields could be instead, and what may be anything."""

    signed: Callable[[Keyring], Any]
    holds: Callable[[Any, Keyring], bool]
    otherwise: dict[str, Any]
    free: frozenset[str] = frozenset()
    """Fields that are not signed, because nothing is believed for what they say."""


PAPERS = {
    "word": Paper(
        lambda keys: sign(WORD, keys),
        is_signed,
        {
            "say": Say.REJECT,
            "person": "li",
            "roles": ("approver", "admin"),
            "incident": "incident-shop",
            "run": "r2",
            "at": AT + timedelta(microseconds=1),
            "digest": "a1b2c4",
            "asked": 1,
            "note": "",
            "severity": Severity.LOW,
            "item": 2,
            "done": False,
            "door": SaidAt.PAGE,
            "arguments": {"count": 4},
            "step": STEP,
        },
    ),
    "step": Paper(
        lambda keys: sign_step(STEP, keys),
        is_signed_step,
        {
            "uses": "fly.restart",
            "target": Target(provider="fly", name="shop"),
            "services": ("shop",),
            "page": "fly",
            "kind": Kind.ACT,
            "undo": UndoKind.NONE,
            "arguments": {"count": 400},
            "was": {"count": "was.count + 400"},
            "asking": Asking(who=Approval.NOBODY),
            "floor": Approval.TWO,
            "mode": AutomationMode.SHADOW,
            "if_no_help": NoHelp.KEEP,
            "revert_after": timedelta(hours=1),
            "instant": True,
            "chosen": Chosen(by="${asked.app}", of=("shop",)),
            "follows": True,
            "called": "restart shop",
        },
    ),
    "notice": Paper(
        lambda keys: sign_notice(NOTICE, INCIDENT, keys),
        lambda notice, keys: is_signed_notice(notice, INCIDENT, keys),
        {
            "alerts": (ALERT.model_copy(update={"firing": False}),),
            "pinned": pinned(mode=AutomationMode.SHADOW),
            "seen_run": "r0",
            "left": Left(past=("e1",)),
            "issued_at": AT + timedelta(microseconds=1),
        },
        frozenset({"proved"}),
    ),
    "change": Paper(
        lambda keys: seal(CHANGE, SEAL, keys),
        is_sealed,
        {
            "verb": "fly.restart",
            "kind": Kind.ACT,
            "target": Target(provider="fly", name="shop"),
            "units": (Unit(id="m1", was="bad", to="worse"),),
            "undo": Undo(kind=UndoKind.NONE, why="none"),
            "effects": ("restarts each machine",),
            "afterwards": (Unit(id="auto_assign", was=False, to=True),),
            "direction": Direction.BACK,
            "settings": {"size": "large"},
            "limits": {"max_count": 100},
            "delivery": Delivery.AT_LEAST_ONCE,
            "settles_within": timedelta(hours=1),
            "takes_away": (Direction.BACK,),
            "marker": "INC-2/1.1",
        },
        frozenset({"summary", "because", "nothing_to_do", "origin", "trail", "course"}),
    ),
    "seal": Paper(
        lambda keys: _sealed(SEAL, keys),
        lambda given, keys: is_sealed(CHANGE.model_copy(update={"seal": given}), keys),
        {"workflow": "incident-shop", "people": 0, "shadow": True, "silence": True, "lowered": "a1b2c3"},
    ),
}
CHANGED = [(name, field) for name, paper in PAPERS.items() for field in paper.otherwise]


def _sealed(what: Seal, keys: Keyring) -> Seal:
    found = seal(CHANGE, what, keys).seal
    assert found is not None
    return found


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_what_is_signed_is_known_as_the_doors(paper: Paper) -> None:
    assert paper.holds(paper.signed(KEYS), KEYS)


@pytest.mark.parametrize(("name", "field"), CHANGED)
def test_whatever_is_changed_in_it_breaks_the_signature(name: str, field: str) -> None:
    paper = PAPERS[name]
    signed = paper.signed(KEYS)
    assert getattr(signed, field) != paper.otherwise[field]

    forged = signed.model_copy(update={field: paper.otherwise[field]})

    assert not paper.holds(forged, KEYS)


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_every_field_is_signed_but_those_that_nothing_rests_on(paper: Paper) -> None:
    signed: Frozen = paper.signed(KEYS)

    assert set(type(signed).model_fields) == {*paper.otherwise, *paper.free} | {"signature", "seal"} & set(
        type(signed).model_fields
    )


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_a_signature_survives_temporals_history(paper: Paper) -> None:
    signed: Frozen = paper.signed(KEYS)

    stored = type(signed).model_validate_json(signed.model_dump_json())

    assert paper.holds(stored, KEYS)


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_another_doors_signature_does_not_count(paper: Paper) -> None:
    assert not paper.holds(paper.signed(Keyring(b"another key")), KEYS)


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_a_retired_key_still_proves_what_it_signed(paper: Paper) -> None:
    rotated = Keyring(b"a new key", (b"one before", KEY))

    assert paper.holds(paper.signed(KEYS), rotated)
    assert not paper.holds(paper.signed(rotated), KEYS)


def test_a_retired_key_signs_nothing_any_more() -> None:
    rotated = Keyring(b"a new key", (KEY,))

    signature = rotated.sign("a text")

    assert Keyring(b"a new key").verifies("a text", signature)
    assert not KEYS.verifies("a text", signature)


def test_a_key_that_was_thrown_away_proves_nothing_any_more() -> None:
    assert not is_signed(sign(WORD, KEYS), Keyring(b"a new key"))


def test_a_signature_names_its_key_and_does_not_show_it() -> None:
    name, _, mac = KEYS.sign("a text").partition(".")

    assert (name, len(name), len(mac)) == (key_name(KEY), 8, 64)
    assert KEY.decode() not in repr(Keyring(KEY, (KEY,)))


def test_a_signature_under_the_name_of_another_key_does_not_count() -> None:
    rotated = Keyring(b"a new key", (KEY,))
    _, _, mac = KEYS.sign("a text").partition(".")

    assert rotated.verifies("a text", f"{key_name(KEY)}.{mac}")
    assert not rotated.verifies("a text", f"{key_name(b'a new key')}.{mac}")


def test_a_keyring_is_written_as_keys_apart_by_spaces_or_lines_and_the_first_one_signs() -> None:
    assert Keyring.of("  new\nold older\n") == Keyring(b"new", (b"old", b"older"))


def test_every_key_of_a_keyring_is_kept_out_of_texts() -> None:
    assert Keyring(b"new", (b"old",)).secrets == (b"new", b"old")


def test_a_worker_says_by_name_which_key_it_has() -> None:
    identity = identity_with("worker@host", KEY)

    assert identity.startswith("worker@host/")
    assert key_named_in(identity) == key_name(KEY)
    assert key_named_in("worker@host") == ""


def test_a_notice_cannot_be_carried_to_another_incident() -> None:
    assert not is_signed_notice(sign_notice(NOTICE, INCIDENT, KEYS), "incident-shop", KEYS)


def test_a_sender_that_calls_its_notice_proved_proves_nothing() -> None:
    claimed = NOTICE.model_copy(update={"proved": True})

    assert not is_signed_notice(claimed, INCIDENT, KEYS)


def test_in_a_signed_scenario_every_step_of_every_option_is_signed() -> None:
    options = (PinnedOption(name="a", steps=(STEP, STEP)), PinnedOption(name="b", steps=(STEP,)))

    signed = sign_pinned(pinned(options=options), KEYS)

    steps = [step for option in signed.options for step in option.steps]
    assert len(steps) == 3
    assert all(is_signed_step(step, KEYS) for step in steps)


def test_a_change_that_nobody_sealed_is_not_sealed() -> None:
    assert not is_sealed(CHANGE, KEYS)


@pytest.mark.parametrize("after", ["undone", "put right"])
def test_a_way_back_has_the_seal_of_the_change_it_takes_back_and_none_of_its_own(after: str) -> None:
    sealed = seal(change(afterwards=(Unit(id="auto_assign", was=False, to=True),)), SEAL, KEYS)
    begun = sealed.model_copy(update={"trail": Trail(sent={"m1": AT})})

    way_back = begun.undone() if after == "undone" else begun.put_right()

    assert not is_sealed(way_back, KEYS)
    assert way_back.origin is not None
    assert is_sealed(way_back.origin, KEYS)


def test_the_signature_of_one_thing_is_none_of_another() -> None:
    signatures = [sign(WORD, KEYS).signature, sign_notice(NOTICE, INCIDENT, KEYS).signature]

    steps = [STEP.model_copy(update={"signature": signature}) for signature in signatures]

    assert not any(is_signed_step(step, KEYS) for step in steps)


@pytest.mark.parametrize(
    "signature", ["", ".", "0" * 64, "not hexadecimal", f"{key_name(KEY)}.", f"{key_name(KEY)}.é"]
)
def test_no_other_text_is_a_signature(signature: str) -> None:
    forged = WORD.model_copy(update={"signature": signature})

    assert not is_signed(forged, KEYS)


def test_signing_twice_signs_the_same() -> None:
    assert sign(sign(WORD, KEYS), KEYS) == sign(WORD, KEYS)


@given(st.text(), st.text())
def test_two_words_that_read_alike_when_joined_are_signed_apart(one: str, other: str) -> None:
    words = [
        WORD.model_copy(update={"person": one, "note": other}),
        WORD.model_copy(update={"person": one + other, "note": ""}),
    ]

    signatures = {sign(word, KEYS).signature for word in words}

    assert (len(signatures) == 1) is (other == "")


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_fingerprint_tells_whether_a_secret_rotated_and_not_what_it_is(one: str, other: str) -> None:
    prints = [fingerprint(secret, KEY) for secret in (one, other)]

    assert (prints[0] == prints[1]) is (one == other)
    assert all(len(found) == 16 for found in prints)


def test_without_the_key_a_fingerprint_cannot_be_worked_out() -> None:
    assert fingerprint("s3cret", KEY) != fingerprint("s3cret", b"")


def test_a_fingerprint_is_no_signature_of_the_same_text() -> None:
    _, _, mac = KEYS.sign("s3cret").partition(".")

    assert not mac.startswith(fingerprint("s3cret", KEY))
