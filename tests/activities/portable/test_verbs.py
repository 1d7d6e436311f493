import pytest
from pydantic import ValidationError

from activities.portable.verbs import PORTABLE_VERBS, Capacity, EarlierRelease, none_of
from activities.registry import catalogue


def test_one_more_is_not_one() -> None:
    assert Capacity.model_validate({"count": "+1"}).count == "+1"
    assert Capacity.model_validate({"count": {"at_least": "+1"}}).count == "+1"
    assert Capacity.model_validate({"count": 1}).count == 1


def test_at_least_so_many_is_so_many() -> None:
    assert Capacity.model_validate({"count": {"at_least": 3}}) == Capacity(count=3)


@pytest.mark.parametrize("written", [{}, {"count": 2, "size": "large"}, {"count": "+2"}, {"count": 0}])
def test_what_is_no_capacity_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Capacity.model_validate(written)


def test_a_release_may_be_written_as_a_number() -> None:
    assert EarlierRelease.model_validate({"release": 42}).release == "42"


def test_the_catalogue_has_every_name_without_a_vendor_and_who_offers_none_of_it() -> None:
    known = catalogue()

    assert set(known.portable_verbs) == {verb.name for verb in PORTABLE_VERBS}
    assert known.offers_none["vercel", "restart"] == "functions have nothing to restart"


def test_where_nothing_runs_none_of_the_names_is_offered() -> None:
    assert set(none_of("nothing runs there")) == {verb.name for verb in PORTABLE_VERBS}
