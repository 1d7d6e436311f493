import json

import pytest

from tests.cli import samples
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import FakeGateway
from tests.cli.samples import FIRST, SECOND


@pytest.mark.parametrize("name", ["7K3QXM", "qxm", FIRST, FIRST.lower(), " 7K3QXM "])
def test_the_end_of_a_number_is_enough(stanch: Stanch, gateway: FakeGateway, name: str) -> None:
    gateway.add(samples.waiting())
    gateway.add(samples.waiting(SECOND))

    stanch("ack", name)

    assert [number for number, _, _ in gateway.said] == [FIRST]


def test_the_beginning_of_a_number_is_enough_where_it_is_the_only_one(
    stanch: Stanch, gateway: FakeGateway
) -> None:
    gateway.add(samples.waiting())

    stanch("ack", "INC-20261121")

    assert [number for number, _, _ in gateway.said] == [FIRST]


@pytest.mark.parametrize("words", [("ack",), ("ack", "INC-2026"), ("resolve",), ("undo", "inc")])
def test_of_several_incidents_all_are_listed_and_none_is_touched(
    stanch: Stanch, gateway: FakeGateway, words: tuple[str, ...]
) -> None:
    gateway.add(samples.waiting())
    gateway.add(samples.waiting(SECOND))

    result = stanch(*words)

    assert result.exit_code == 1
    assert FIRST in result.stderr
    assert SECOND in result.stderr
    assert gateway.said == []


def test_a_closed_incident_is_not_meant_by_a_part_of_its_number(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())
    gateway.close(FIRST)

    part, whole, none = stanch("show", "7K3QXM"), stanch("show", FIRST), stanch("show")

    assert (part.exit_code, whole.exit_code, none.exit_code) == (1, 0, 1)
    assert "a closed one needs its whole number" in part.stderr
    assert "no incident is open" in none.stderr


def test_a_whole_number_that_nobody_knows_is_not_found(stanch: Stanch) -> None:
    result = stanch("show", SECOND, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "unknown-incident"
