"""Every option planned while what is wrong can still be mended."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld
from sandbox.server import serving_in_thread
from stanch.cli.check.daylight import AREA, COPIES
from tests.cli.a_place import PLAYBOOK, TEAM, Place

SCALE = "      - {name: more, uses: fly.scale, with: {count: 3}}\n"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox.everything()
    with serving_in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def place(served: tuple[Sandbox, str], tmp_path: Path) -> Place:
    return Place(tmp_path, *served)


def found(place: Place, area: str = AREA, **environment: str | None) -> dict[str, dict[str, Any]]:
    """The rows of one area, by what each is about."""
    document = json.loads(place.run("check", "--json", **environment).stdout)
    return {row["what"].rpartition(": ")[2]: row for row in document["checks"] if row["area"] == area}


def with_options(*options: str) -> str:
    return PLAYBOOK.replace("    verify:", f"{''.join(options)}    verify:")


def test_each_option_says_what_it_would_become_here_though_its_condition_does_not_hold(place: Place) -> None:
    place.write(playbook=with_options(SCALE))

    rows = found(place)

    assert {row["grade"] for row in rows.values()} == {"ok"}
    assert rows["roll-back-recent"]["says"] == "roll slurpy-backend back from v42 to v41 (2 machines)"
    assert rows["more"]["says"] == "scale slurpy-backend from 2 to 3 machines"
    assert rows["what is read"]["says"] == "fly, release"
    assert place.sandbox.ledger.entries == []


def test_an_app_without_an_earlier_release_is_said_by_day(place: Place) -> None:
    app = place.sandbox.of(FlyWorld).apps["slurpy-backend"]
    app.releases[:] = app.releases[-1:]

    row = found(place)["roll-back-suspect"]

    assert row["grade"] == "warn"
    assert "nothing-to-roll-back-to" in row["says"]
    assert row["mend"] == "As things stand the next option would be tried"


def test_a_flag_that_is_not_there_is_a_failure_with_where_to_mend_it(place: Place) -> None:
    flag = "{name: flag, uses: vercel.set_instant_flag, target: shop, with: {key: nowhere, value: true}}"
    place.write(playbook=with_options(f"      - {flag}\n"))

    row = found(place)["flag"]

    assert row["grade"] == "failed"
    assert "nowhere" in row["says"]
    assert "vercel:my-shop" in row["mend"]


def test_evidence_that_does_not_answer_is_named_with_why(place: Place) -> None:
    rows = found(place, CHECK_FLY=str(FlyKey.ELSEWHERE))

    assert rows["what is read"]["grade"] == "warn"
    assert rows["what is read"]["says"].startswith("release: fly: ")
    assert rows["roll-back-suspect"]["grade"] == "failed"


def test_a_service_of_one_copy_is_said(place: Place) -> None:
    app = place.sandbox.of(FlyWorld).apps["slurpy-backend"]
    several = found(place, COPIES)
    del app.machines[next(iter(app.machines))]

    one = found(place, COPIES)

    assert several["copies of backend"]["says"] == "2 run"
    assert one["copies of backend"]["says"] == "one runs: restarting it is an outage"


def test_a_vendor_that_does_not_answer_leaves_no_line_of_a_log_in_the_document(place: Place) -> None:
    place.write(TEAM.replace("{url}/fly, ", "http://127.0.0.1:9, "))

    rows = found(place)

    assert rows["roll-back-suspect"]["grade"] == "warn"


def test_offline_plans_nothing(place: Place) -> None:
    document = json.loads(place.run("check", "--offline", "--json").stdout)

    assert document["checks"] == []


def test_what_would_be_done_unasked_in_auto_is_listed(place: Place) -> None:
    alone = "{who: one, nobody_if: release.age < 1h}"
    playbook = with_options(SCALE.replace("{count: 3}", f"{{count: 3}}, approval: {alone}"))
    place.write(TEAM.replace("mode: auto", "mode: approve"), playbook)

    (scenario,) = json.loads(place.run("check", "--offline", "--json").stdout)["scenarios"]
    text = place.run("check", "--offline").stdout

    assert scenario["unasked_in_auto"] == ["roll-back-suspect", "more if `release.age` is under 1 h"]
    assert "In mode auto, nobody is asked before" in text


def test_without_a_source_the_scenarios_that_nothing_opens_are_named(place: Place) -> None:
    place.write(TEAM.replace("sources:\n  alertmanager: {{token: env:CHECK_ALERTS}}\n", ""))
    closed = found(place, "Gateway")["sources"]
    place.write(
        TEAM.replace("sources:\n  alertmanager: {{token: env:CHECK_ALERTS}}\n", ""),
        PLAYBOOK.replace("service: backend}", "service: backend, asked: true}"),
    )

    asked = found(place, "Gateway")["sources"]

    assert closed["says"] == "no alert source is written in stanch.yaml: nothing opens site-down of backend"
    assert asked["says"] == "no alert source is written in stanch.yaml"
