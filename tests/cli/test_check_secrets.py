import json

import pytest

from sandbox.faults import Fault
from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from tests.cli.a_place import PLAYBOOK, TEAM, Place


def test_a_missing_secret_is_named_with_the_places_that_want_it(place: Place) -> None:
    rows = place.rows(CHECK_FLY=None, CHECK_INBOX=None)

    assert rows["env:CHECK_FLY"]["says"] == "is not set; wanted by providers.fly.token"
    assert "Export CHECK_FLY" in rows["env:CHECK_FLY"]["mend"]
    assert "since env:CHECK_FLY cannot be read" in rows["fly:slurpy-backend"]["says"]
    assert rows["inbox"]["grade"] == "failed"


def test_a_secret_in_a_file_that_is_not_there_is_told_where_to_write_it(place: Place) -> None:
    place.write(TEAM.replace("env:CHECK_ANA", "file:/nowhere/ana"))

    row = place.rows()["file:/nowhere/ana"]

    assert row["says"] == "cannot be read: No such file or directory; wanted by people.ana.token"
    assert "/nowhere/ana" in row["mend"]


@pytest.mark.parametrize("token", ["two\nlines-of-a-secret", "tökén-of-a-secret"])
def test_a_token_that_no_request_can_carry_is_told_from_a_refused_one(place: Place, token: str) -> None:
    result = place.run("check", CHECK_FLY=token)

    assert result.exit_code == 1
    assert "characters that no request can carry" in " ".join(result.stdout.split())
    assert "of-a-secret" not in result.stdout


@pytest.mark.parametrize("words", [("check",), ("check", "--json"), ("check", "--offline")])
@pytest.mark.parametrize("key", [str(FlyKey.ALL), "a-token-that-nobody-knows"])
def test_no_secret_is_ever_printed(place: Place, words: tuple[str, ...], key: str) -> None:
    place.sandbox.order(
        Fault(vendor="vercel", status=400, body={"error": {"message": f"not {VercelKey.ALL}"}}, times=None)
    )

    result = place.run(*words, CHECK_FLY=key)

    for name in ("CHECK_VERCEL", "CHECK_ANA", "CHECK_ALERTS", "CHECK_INBOX"):
        assert str(place.environment[name]) not in result.output
    assert key not in result.output
    assert "the-key-of-the-inbox" not in result.output
    place.sandbox.faults.clear()


@pytest.mark.parametrize(
    ("address", "grade"),
    [
        ("https://hooks.example/a-secret-path", "ok"),
        ("http://hooks.example/a-secret-path", "warn"),
        ("hooks.example/a-secret-path", "failed"),
        ("https://me:a-secret-path@hooks.example", "failed"),
    ],
)
def test_a_channel_is_judged_by_its_address_without_a_message(place: Place, address: str, grade: str) -> None:
    result = place.run("check", "--json", CHECK_INBOX=address)

    rows = {row["what"]: row for row in json.loads(result.stdout)["checks"]}
    assert rows["inbox"]["grade"] == grade
    assert "a-secret-path" not in result.stdout


def test_an_alert_source_needs_a_name_stanch_knows_and_a_secret_that_cannot_be_guessed(place: Place) -> None:
    place.write(
        TEAM.replace("alertmanager: {{token: env:CHECK_ALERTS}}", "alertmanger: {{token: env:CHECK_ANA}}")
    )
    assert "Did you mean alertmanager?" in place.rows()["sources.alertmanger"]["mend"]

    place.write()
    assert "fewer than 12 characters" in place.rows(CHECK_ALERTS="short")["sources.alertmanager"]["says"]


def test_a_persons_token_that_could_be_guessed_is_a_failure(place: Place) -> None:
    row = place.rows(CHECK_ANA="short")["people.ana"]

    assert (row["grade"], "fewer than 12 characters" in row["says"]) == ("failed", True)


def test_a_plan_that_nobody_could_approve_is_a_failure(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("approval: one", "approval: two"))

    assert "may need 2 to approve it; 1 can (ana)" in place.rows()["people"]["says"]
