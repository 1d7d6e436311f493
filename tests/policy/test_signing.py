import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.model.alert import Severity
from stanch.model.decision import Decision, Say
from stanch.policy.signing import fingerprint, is_signed, sign
from tests.policy.making import AT, planned

KEY = b"the key of the door"
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
OTHERWISE: dict[str, Any] = {
    "say": Say.REJECT,
    "person": "li",
    "roles": ("approver", "admin"),
    "incident": "incident-shop",
    "run": "r2",
    "at": AT + timedelta(microseconds=1),
    "digest": "a1b2c4",
    "note": "",
    "severity": Severity.LOW,
    "arguments": {"count": 4},
    "step": planned().step,
}


def test_a_signed_word_is_known_as_the_doors() -> None:
    assert is_signed(sign(WORD, KEY), KEY)


@pytest.mark.parametrize("field", OTHERWISE)
def test_whatever_is_changed_in_a_signed_word_breaks_the_signature(field: str) -> None:
    forged = sign(WORD, KEY).model_copy(update={field: OTHERWISE[field]})

    assert not is_signed(forged, KEY)


def test_every_field_of_a_word_is_signed() -> None:
    assert set(json.loads(WORD.signed_text())) == set(Decision.model_fields) - {"signature"}


@pytest.mark.parametrize("signature", ["", "0" * 64, "not hexadecimal"])
def test_no_other_text_is_a_signature(signature: str) -> None:
    forged = WORD.model_copy(update={"signature": signature})

    assert not is_signed(forged, KEY)


def test_another_doors_signature_does_not_count() -> None:
    assert not is_signed(sign(WORD, b"another key"), KEY)


def test_a_signature_survives_temporals_history() -> None:
    stored = Decision.model_validate_json(sign(WORD, KEY).model_dump_json())

    assert is_signed(stored, KEY)


def test_signing_twice_signs_the_same() -> None:
    assert sign(sign(WORD, KEY), KEY) == sign(WORD, KEY)


@given(st.text(), st.text())
def test_two_words_that_read_alike_when_joined_are_signed_apart(one: str, other: str) -> None:
    words = [
        WORD.model_copy(update={"person": one, "note": other}),
        WORD.model_copy(update={"person": one + other, "note": ""}),
    ]

    signatures = {sign(word, KEY).signature for word in words}

    assert (len(signatures) == 1) is (other == "")


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_fingerprint_tells_whether_a_secret_rotated_and_not_what_it_is(one: str, other: str) -> None:
    prints = [fingerprint(secret, KEY) for secret in (one, other)]

    assert (prints[0] == prints[1]) is (one == other)
    assert all(len(found) == 16 for found in prints)


def test_without_the_key_a_fingerprint_cannot_be_worked_out() -> None:
    assert fingerprint("s3cret", KEY) != fingerprint("s3cret", b"")


def test_a_fingerprint_is_no_signature_of_the_same_text() -> None:
    text = WORD.signed_text()

    assert not sign(WORD, KEY).signature.startswith(fingerprint(text, KEY))
