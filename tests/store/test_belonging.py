import pytest

from stanch.store.belonging import Belonging, Found, doubt
from tests.store.databases import OURS

KNOWN = Belonging(store="a", namespace="default (1)", epoch=7)
FOUND = Found(namespace="default (1)", has_incidents=True, store="a", epoch=7)


def test_a_store_and_a_temporal_that_fit_together_raise_no_doubt() -> None:
    assert doubt(KNOWN, FOUND) == ""


@pytest.mark.parametrize("epoch", [0, 6])
def test_a_store_that_is_ahead_of_temporal_is_no_older_one(epoch: int) -> None:
    assert doubt(KNOWN, FOUND.model_copy(update={"epoch": epoch})) == ""


@pytest.mark.parametrize(
    ("known", "found", "said"),
    [
        (Belonging(store="b"), FOUND, "the store is new"),
        (KNOWN, FOUND.model_copy(update={"namespace": "other (2)"}), "belongs to the namespace default (1)"),
        (KNOWN, FOUND.model_copy(update={"store": "b"}), "another store was in use"),
        (KNOWN, FOUND.model_copy(update={"epoch": 8}), "restored from a backup"),
        (KNOWN, FOUND.model_copy(update={"unknown": (("fly:backend", OURS),)}), "INC-1 (fly:backend)"),
    ],
)
def test_what_does_not_fit_is_said(known: Belonging, found: Found, said: str) -> None:
    assert said in doubt(known, found)


@pytest.mark.parametrize("known", [Belonging(store="b"), KNOWN])
def test_where_there_are_no_incidents_nothing_can_have_been_forgotten(known: Belonging) -> None:
    found = Found(namespace="other (2)", has_incidents=False, store="c", epoch=9)

    assert doubt(known, found) == ""
