"""`stanch check --probe-vendor`: what only a real account can settle, asked by reading."""

import json
import re
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.fly.keys import FlyKey
from tests.cli.a_place import PLAYBOOK, TEAM, Place


def probes(place: Place, *names: str, **environment: str | None) -> list[dict[str, Any]]:
    words = [word for name in names for word in ("--probe-vendor", name)]
    result = place.run("check", "--json", *words, **environment)
    document = json.loads(result.stdout)
    assert document["ok"] == (result.exit_code == 0)
    found: list[dict[str, Any]] = document["probes"]
    return found


def test_each_question_is_shown_with_what_is_inferred_and_what_the_account_says(place: Place) -> None:
    result = place.run("check", "--probe-vendor", "fly")

    text = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "fly:slurpy-backend: what only a real account can settle" in text
    assert "How does Fly say that a machine has no lease" in text
    assert "inferred With 404, whatever its text" in text
    assert "found no lease: fly: GET" in text
    assert "vercel:my-shop: what" not in text
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_machine_reads_the_same(place: Place) -> None:
    rows = probes(place, "fly")

    assert {row["target"] for row in rows} == {"fly:slurpy-backend"}
    assert [row["found"][:11] for row in rows] == ["GraphQL: 2 ", "no lease: f", "stop_config"]
    assert {row["why"] for row in rows} == {""}
    assert all(row["asks"].endswith("?") and row["inferred"] for row in rows)


def test_several_are_named_or_all_are_meant(place: Place) -> None:
    both = {row["vendor"] for row in probes(place, "fly", "vercel")}

    assert both == {row["vendor"] for row in probes(place, "all")} == {"fly", "vercel"}


def test_without_the_word_nothing_is_asked(place: Place) -> None:
    assert probes(place) == []


def test_asking_changes_nothing_and_prints_no_secret(place: Place) -> None:
    result = place.run("check", "--probe-vendor", "all")

    ledger = place.sandbox.ledger
    assert (ledger.entries, ledger.unexpected, place.sandbox.inbox) == ([], [], [])
    for name in ("CHECK_FLY", "CHECK_VERCEL", "CHECK_ANA", "CHECK_ALERTS", "CHECK_INBOX"):
        assert str(place.environment[name]) not in result.output


def test_a_probe_that_fails_says_why_and_fails_no_check(place: Place) -> None:
    place.sandbox.order(Fault(vendor="fly", status=403, path="/lease$", times=None))
    changes_nothing = PLAYBOOK.replace("uses: fly.roll_back", "manual: Roll back")
    place.write(playbook=re.sub(r"approval: \w+", "", changes_nothing))

    result = place.run("check", "--probe-vendor", "fly")
    rows = probes(place, "fly")

    place.sandbox.faults.clear()
    assert result.exit_code == 0
    assert "not found fly: GET" in " ".join(result.stdout.split())
    assert [bool(row["why"]) for row in rows] == [False, True, False]
    assert "answered 403" in rows[1]["why"]


def test_a_token_that_is_refused_or_missing_is_why_nothing_was_found(place: Place) -> None:
    refused = probes(place, "fly", CHECK_FLY=str(FlyKey.ELSEWHERE))
    missing = probes(place, "fly", CHECK_FLY=None)

    assert all("answered 403" in row["why"] or "refuses" in row["why"] for row in refused)
    assert all("env:CHECK_FLY is not set" in row["why"] for row in missing)


def test_what_is_not_asked_is_told_with_where_to_look(place: Place) -> None:
    text = " ".join(place.run("check", "--probe-vendor", "aws", "--probe-vendor", "sentry").stdout.split())

    assert "aws: nothing was asked, since no service runs on it" in text
    assert "aws: 3 more by hand, with the commands of docs/open-questions.md" in text
    assert "sentry: nothing is open that a real account would settle" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--offline", "--probe-vendor", "fly"), "--offline asks nobody"),
        (("--probe-vendor", "flyy"), "Stanch knows no vendor flyy. Did you mean fly?"),
        (("--as", "gateway", "--probe-vendor", "fly"), "this process does not work for fly"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words_that_help(
    place: Place, words: tuple[str, ...], said: str
) -> None:
    result = place.run("check", *words)

    assert result.exit_code == 2
    assert said in " ".join(result.output.split()) + str(result.exception)
    assert place.sandbox.ledger.requests == []


def test_two_services_of_a_vendor_are_asked_each(place: Place) -> None:
    second = "  other:\n    runs_on: {{provider: fly, app: no-such-app}}\npeople:\n"
    place.write(TEAM.replace("people:\n", second, 1))

    rows = probes(place, "fly")

    assert [row["target"] for row in rows] == ["fly:slurpy-backend"] * 3 + ["fly:no-such-app"] * 3
    assert all(row["why"] for row in rows[3:])
