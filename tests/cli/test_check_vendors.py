import pytest

from sandbox.aws.keys import AwsKey
from sandbox.aws.scenes import api
from sandbox.datadog.keys import DatadogKey
from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from tests.cli.a_place import PLAYBOOK, TEAM, Place, free_port


@pytest.mark.parametrize(
    ("vendor", "key", "status"),
    [
        ("fly", "a-token-that-nobody-knows", "401"),
        ("fly", str(FlyKey.ELSEWHERE), "403"),
        ("vercel", str(VercelKey.ELSEWHERE), "403"),
    ],
)
def test_a_token_that_is_refused_is_named_by_its_variable_and_with_what_needs_it(
    place: Place, vendor: str, key: str, status: str
) -> None:
    variable = f"CHECK_{vendor.upper()}"

    (row,) = [row for what, row in place.rows(**{variable: key}).items() if what.startswith(f"{vendor}:")]

    assert row["grade"] == "failed"
    assert f"answered {status}" in row["says"]
    assert f"env:{variable}" in row["mend"]
    if vendor == "fly":
        assert "needed by fly.roll_back, fly.releases, fly.status" in row["says"]
        assert "fly.releases, fly.status: " in row["says"]
        assert row["says"].count("deploy token of the app") == 1
        assert "fly tokens create deploy -a slurpy-backend" in row["mend"]


def test_an_app_that_does_not_exist_points_to_where_it_is_written(place: Place) -> None:
    place.write(TEAM.replace("slurpy-backend", "slurpy-bakend"))

    row = place.rows()["fly:slurpy-bakend"]

    assert row["grade"] == "failed"
    assert "app not found" in row["says"]
    assert "runs_on: of slurpy-bakend in stanch.yaml" in row["mend"]


DATADOG = """  datadog:
    token: env:CHECK_DATADOG
    application_key: env:CHECK_DATADOG_APP
    base_url: {url}/datadog
"""


DATADOG_KEYS = {"CHECK_DATADOG": str(DatadogKey.API), "CHECK_DATADOG_APP": str(DatadogKey.ALL)}


COUNTED = PLAYBOOK.replace(
    "    options:",
    '      idle: {uses: datadog.metric, with: {query: "avg:system.cpu.idle{*}"}}\n'
    "    look_at: idle\n    options:",
)


def with_datadog(place: Place) -> None:
    place.write(TEAM.replace("status_pages:", f"{DATADOG}status_pages:", 1), COUNTED)


def test_a_vendor_where_nothing_runs_is_asked_itself(place: Place) -> None:
    with_datadog(place)

    row = place.rows(**DATADOG_KEYS)["providers.datadog"]

    assert (row["grade"], row["says"][:13]) == ("ok", "both keys are")


def test_a_key_of_a_vendor_where_nothing_runs_is_named_with_what_needs_it(place: Place) -> None:
    with_datadog(place)

    row = place.rows(**{**DATADOG_KEYS, "CHECK_DATADOG": "a-key-that-nobody-knows"})["providers.datadog"]

    assert row["grade"] == "failed"
    assert "answered 403" in row["says"]
    assert "needed by datadog.metric" in row["says"]


def test_a_reading_of_a_vendor_without_a_token_is_told_what_to_write(place: Place) -> None:
    place.write(playbook=COUNTED)

    row = place.rows()["providers.datadog"]

    assert row["grade"] == "failed"
    assert "datadog has no token; needed by datadog.metric" in row["says"]


def test_a_setting_that_a_vendor_lacks_is_told_where_to_write_it(place: Place) -> None:
    without = "  datadog: {{token: env:CHECK_DATADOG}}\nstatus_pages:"
    place.write(TEAM.replace("status_pages:", without, 1), COUNTED)

    row = place.rows(**DATADOG_KEYS)["providers.datadog"]

    assert row["grade"] == "failed"
    assert "application_key is missing" in row["says"]
    assert "providers.datadog in stanch.yaml" in row["mend"]


MEASURED = PLAYBOOK.replace(
    "      fly: {uses", "      rate: {uses: prometheus.query, with: {query: errors}}\n      fly: {uses"
).replace("release.is_suspect", "release.is_suspect || rate.value > 1.0")


@pytest.mark.parametrize(("at", "grade"), [("{url}/prometheus", "ok"), ("http://127.0.0.1:9/x", "failed")])
def test_a_prometheus_that_evidence_asks_is_asked_too(place: Place, at: str, grade: str) -> None:
    place.write(
        TEAM.replace("status_pages:", f"  prometheus: {{{{base_url: {at}}}}}\nstatus_pages:", 1), MEASURED
    )

    row = place.rows()["providers.prometheus"]

    assert (row["grade"], "needed by prometheus.query" in row["says"]) == (grade, grade == "failed")


def test_a_project_of_a_team_that_is_not_named_says_where_the_team_is_written(place: Place) -> None:
    place.write(TEAM.replace(" team: team_sandbox,", ""))

    row = place.rows(CHECK_VERCEL=str(VercelKey.ELSEWHERE))["vercel:my-shop"]

    assert row["grade"] == "failed"
    assert "write runs_on: {provider: vercel, project: my-shop, team: TEAM}" in row["says"]


def test_a_vendor_that_cannot_be_reached_says_which_address_to_look_at(place: Place) -> None:
    place.write(TEAM.replace("{url}/fly,", f"http://127.0.0.1:{free_port()}/fly,"))

    row = place.rows()["fly:slurpy-backend"]

    assert row["grade"] == "failed"
    assert "ConnectError" in row["says"]
    assert "providers.fly.base_url" in row["mend"]


def test_a_service_on_a_vendor_without_a_token_is_told_what_to_write(place: Place) -> None:
    place.write(TEAM.replace("  vercel: {{token: env:CHECK_VERCEL, base_url: {url}/vercel}}\n", ""))

    row = place.rows()["vercel:my-shop"]

    assert row["grade"] == "failed"
    assert "providers: {vercel: {token: env:NAME}}" in row["mend"]


def test_a_vendor_whose_own_client_finds_credentials_needs_no_token(place: Place) -> None:
    api(place.sandbox)
    place.write(
        TEAM.replace(
            "status_pages:", "  aws: {{base_url: {url}/aws, region: eu-west-1}}\nstatus_pages:"
        ).replace(
            "people:", "  api:\n    runs_on: {{provider: aws, service: api, cluster: production}}\npeople:"
        )
    )
    identity, _, secret = AwsKey.ALL.partition(":")
    place.rows()  # what speaks for AWS takes long to load, and a request to it has a deadline of its own

    found = place.rows(AWS_ACCESS_KEY_ID=identity, AWS_SECRET_ACCESS_KEY=secret)["aws:api"]
    refused = place.rows(AWS_ACCESS_KEY_ID="AKIAOFNOBODY", AWS_SECRET_ACCESS_KEY=secret)["aws:api"]

    assert (found["grade"], "sees 2 of 2 tasks" in found["says"]) == ("ok", True)
    assert "the credentials that boto3 finds on this machine" in refused["mend"]


def test_a_database_is_tried_with_the_settings_of_its_account(place: Place) -> None:
    api(place.sandbox)
    team = TEAM.replace("people:", "  api-db:\n    runs_on: {{provider: rds, instance: api-db}}\npeople:")
    place.write(team)
    without = place.rows()["rds:api-db"]
    place.write(
        team.replace("status_pages:", "  aws: {{base_url: {url}/aws, region: eu-west-1}}\nstatus_pages:")
    )
    identity, _, secret = AwsKey.ALL.partition(":")
    found = place.rows(AWS_ACCESS_KEY_ID=identity, AWS_SECRET_ACCESS_KEY=secret)

    assert "providers.aws" not in found
    assert (found["rds:api-db"]["grade"], "sees db.t4g.medium postgres" in found["rds:api-db"]["says"]) == (
        "ok",
        True,
    )
    assert without["grade"] == "failed"
