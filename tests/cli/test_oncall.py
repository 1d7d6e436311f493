"""`stanch oncall`: who is called, until when, who is next, and from where that is known."""

import json

import pytest

from stanch.model.team import Team
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import FakeGateway

ROTA = {
    "order": ["ana", "sam"],
    "hands_over": "Mon 09:00",
    "time_zone": "Europe/Berlin",
    "begins": "2026-11-30",
    "overrides": [{"from": "2026-12-05T12:00+01:00", "until": "2026-12-06T12:00+01:00", "name": "li"}],
}
AT = "2026-12-01T00:00+00:00"


@pytest.fixture
def rota(gateway: FakeGateway) -> None:
    gateway.team = Team.model_validate({"people": {"ana": {}, "sam": {}, "li": {}}, "on_call": ROTA})


@pytest.mark.usefixtures("rota")
def test_it_says_who_until_when_who_is_next_and_from_where(stanch: Stanch) -> None:
    said = stanch("oncall", "--at", AT).stdout.splitlines()

    assert said[:2] == [
        "ana is on call until Sat 2026-12-05 12:00 CET",
        "then li until Sun 2026-12-06 12:00 CET, by an override",
    ]
    assert said[2].startswith("Known from the rota of stanch.yaml, as read 20")


@pytest.mark.usefixtures("rota")
def test_a_week_is_seven_days_from_then_on(stanch: Stanch) -> None:
    said = stanch("oncall", "--week", "--at", "2026-12-01T01:00+01:00").stdout

    assert max(map(len, said.splitlines())) <= 80
    rows = [line.split("  ")[0] for line in said.splitlines()]
    assert rows[3:8] == ["WHO", "ana", "li", "ana", "sam"]
    assert "sam  Mon 2026-12-07 09:00 CET  Mon 2026-12-14 09:00 CET" in said


@pytest.mark.usefixtures("rota")
def test_for_machines_it_is_one_document(stanch: Stanch) -> None:
    found = json.loads(stanch("oncall", "--json", "--at", AT).stdout)

    assert (found["people"], found["now"]["until"]) == (["ana"], "2026-12-05T11:00:00Z")
    assert (found["then"]["person"], found["then"]["stands_in"]) == ("li", True)


def test_without_a_rota_it_is_whoever_has_the_role(stanch: Stanch, gateway: FakeGateway) -> None:
    nobody = stanch("oncall").stdout
    gateway.team = Team.model_validate({"people": {name: {"roles": ["on-call"]} for name in ("ana", "li")}})

    said = " ".join(stanch("oncall").stdout.split())

    assert nobody.startswith("nobody is on call: write on_call: in stanch.yaml")
    assert said.startswith("on-call: ana, li; all at once, since stanch.yaml has no rota")
    assert "Known from the roles of people in stanch.yaml" in said


@pytest.mark.parametrize("at", ["tomorrow", "2026-12-24T09:00", "2026-13-01T00:00Z"])
def test_an_instant_without_its_offset_is_refused(stanch: Stanch, at: str) -> None:
    result = stanch("oncall", "--at", at)

    assert result.exit_code == 2
    assert "--at takes an instant with its offset" in result.stderr
