"""What is told of a verb or a reading is what its models say."""

import pytest

from activities.registry import catalogue
from stanch.model.verb import ReadingSpec, VerbSpec
from stanch.playbooks.reference import REQUIRED, entries, example_of

KNOWN = catalogue()
SPECS: dict[str, VerbSpec | ReadingSpec] = {**KNOWN.verbs, **KNOWN.readings}


@pytest.mark.parametrize("name", SPECS)
def test_every_example_is_accepted_by_what_it_is_an_example_of(name: str) -> None:
    spec = SPECS[name]

    assert spec.arguments.model_validate(example_of(spec))


def test_an_argument_has_its_type_and_its_default() -> None:
    (entry,) = entries(KNOWN, "prometheus.query")

    said = {one.name: (one.type, one.default) for one in entry.arguments}
    assert said["query"] == ("text", REQUIRED)
    assert said["within"] == ("length of time", "5 min")
    assert said["across"] == ("max or min or sum or average", "max")


def test_a_fact_has_the_name_by_which_expressions_speak_of_it_and_its_unit() -> None:
    (entry,) = entries(KNOWN, "fly.status")

    said = {one.name: (one.type, one.says) for one in entry.facts}
    assert said["status.memory_mb"][1].startswith("MB. ")
    assert said["status.restarted_age"] == ("length of time", "how long ago that was")
    assert said["status.known"] == ("true or false", "it was answered")


def test_a_provider_names_everything_of_it() -> None:
    names = {entry.name for entry in entries(KNOWN, "probe")}

    assert {"probe", "probe.http", "probe.page"} & names >= {"probe", "probe.page"}
    assert entries(KNOWN, "fly.scael") == []
