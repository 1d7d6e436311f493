"""An address that was checked when it was loaded is checked again with its values in it."""

from datetime import timedelta
from typing import Any

import pytest

from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import PinnedReading
from stanch.policy.conditions import MissingFact
from stanch.policy.planning import Basis, look, plan_request
from tests.policy.making import AT, pinned, planned

VARIABLES = {
    "alert.name": ExpressionVariable(type="string", path=("alert", "name")),
    "service.facts": ExpressionVariable(type="map", path=("service", "facts")),
    "asked.from": ExpressionVariable(type="string", path=("asked", "from")),
}


def asked(url: Any, name: str, facts: dict[str, Any]) -> dict[str, Any]:
    known = {"alert.name": name, "service.facts": facts, "asked.from": name}
    basis = Basis(pinned(variables=VARIABLES), known, AT, None)
    return plan_request(planned(arguments=url).step, "m", basis).arguments


@pytest.mark.parametrize("name", ["drain", "a/b?c=d", "@evil.example/", "//evil.example", "\\evil"])
def test_what_stands_in_the_path_stays_there(name: str) -> None:
    found = asked({"url": "https://door.example/${alert.name}"}, name, {})

    assert found["url"] == f"https://door.example/{name}"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://door.example${alert.name}", ".evil.example/"),
        ("https://${alert.name}/x", "evil.example"),
        ("${alert.name}", "https://evil.example/"),
        ("${service.facts.admin}${alert.name}", "@evil.example/"),
    ],
)
def test_an_address_that_would_go_elsewhere_is_not_asked(url: str, name: str) -> None:
    with pytest.raises(MissingFact, match="would go to another place than is written"):
        asked({"undo": [{"url": url}]}, name, {"admin": "https://door.example"})


def test_so_it_is_where_something_is_read() -> None:
    within = timedelta(seconds=5)
    url = {"url": "https://door.example${alert.name}"}
    reading = PinnedReading(name="door", uses="http.metrics", arguments=url, within=within)
    basis = Basis(pinned(variables=VARIABLES), {"alert.name": ".evil.example/"}, AT, None)

    with pytest.raises(MissingFact, match="would go to another place than is written"):
        look(reading, basis)


def test_what_the_team_wrote_of_its_own_service_may_be_the_host() -> None:
    found = asked({"urls": ["${service.facts.admin}/${alert.name}"]}, "x", {"admin": "https://door.example"})

    assert found == {"urls": ["https://door.example/x"]}


def test_a_bucket_that_a_person_chose_of_a_list_may_be_any() -> None:
    assert asked({"source": "${asked.from}"}, "gs://copies/nightly", {}) == {"source": "gs://copies/nightly"}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("${asked.from}", "https://evil.example/"),
        ("gs://${asked.from}", "copies/nightly"),
        ("${alert.name}", "gs://copies/nightly"),
    ],
)
def test_no_request_goes_where_a_person_chose_and_no_alert_says_which_bucket(source: str, name: str) -> None:
    with pytest.raises(MissingFact, match="would go to another place than is written"):
        asked({"source": source}, name, {})
