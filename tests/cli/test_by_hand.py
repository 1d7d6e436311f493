import json

from stanch.model.incident import Phase
from tests.cli import samples
from tests.cli.conftest import Stanch
from tests.cli.fake_gateway import FakeGateway
from tests.cli.samples import FIRST

FORTH = "fly machine update 9c487adb --image registry.fly.io/backend@sha256:good --app slurpy-backend --yes"
BACK = FORTH.replace("good", "bad")


def test_the_plan_that_waits_can_be_typed_line_by_line(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())

    result = stanch("manual", FIRST)

    assert result.exit_code == 0
    assert FORTH in result.stdout.splitlines()
    assert "# roll backend back from v42 to v41" in result.stdout
    assert f"stanch abort {FIRST}" in result.stdout


def test_without_a_plan_what_was_done_can_be_taken_back(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting(round=None, applied=(samples.applied(),)))

    result = stanch("manual", FIRST)

    assert BACK in result.stdout.splitlines()
    assert "taking back" in result.stdout


def test_nothing_pending_and_nothing_done_is_said(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting(round=None))

    result = stanch("manual", FIRST)

    assert result.exit_code != 0
    assert "no change is pending" in result.stderr


def test_machines_get_the_commands_of_each_change(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting())

    document = json.loads(stanch("manual", FIRST, "--json").stdout)

    assert document["pending"] is True
    assert document["changes"][0]["target"] == "fly:slurpy-backend"
    assert document["changes"][0]["commands"] == [FORTH]


def test_a_plan_that_a_limit_refused_can_still_be_typed(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting(round=None, refused_plan=samples.plan(), phase=Phase.HANDED_OVER))

    result = stanch("manual", FIRST)

    assert FORTH in result.stdout.splitlines()
    assert "the plan that a limit refused" in result.stdout


def test_nobody_is_told_to_abort_what_is_closed(stanch: Stanch, gateway: FakeGateway) -> None:
    gateway.add(samples.waiting(round=None, applied=(samples.applied(),), phase=Phase.CLOSED))

    result = stanch("manual", FIRST)

    assert BACK in result.stdout.splitlines()
    assert "stanch abort" not in result.stdout
