import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sandbox import Sandbox
from sandbox.aws.keys import AwsKey
from sandbox.aws.scenes import api
from sandbox.datadog.keys import DatadogKey
from sandbox.faults import Fault
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld
from sandbox.server import serving_in_thread
from sandbox.status_pages import Make, Weather
from sandbox.vercel.keys import VercelKey
from stanch.cli.app import app
from stanch.cli.check.results import Finding, PreflightCheck, all_ended, ok
from stanch.secrets import Redactor
from stanch.store import Address, Store
from tests.cli.conftest import PROGRAM, ROOT
from tests.cli.test_terminal import terminal
from workers.embedded import EmbeddedTemporal

NOT_STARTED = ("server", "store")
"""What there is only after the first start."""

TEAM = """
providers:
  fly: {{token: env:CHECK_FLY, base_url: {url}/fly, status_page: fly}}
  vercel: {{token: env:CHECK_VERCEL, base_url: {url}/vercel}}
status_pages:
  fly: {{url: {url}/status/fly}}
  clerk: {{url: {url}/status/clerk}}
services:
  backend:
    runs_on: {{provider: fly, app: slurpy-backend}}
    health: [{url}/service/backend/healthz]
    depends_on: [clerk]
    owners: [ana]
  shop:
    runs_on: {{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}
people:
  ana: {{roles: [responder, approver, tech-lead], token: env:CHECK_ANA}}
sources:
  alertmanager: {{token: env:CHECK_ALERTS}}
channels:
  inbox: {{webhook: env:CHECK_INBOX}}
playbooks: [playbooks/*.yaml]
mode: auto
"""
PLAYBOOK = """
scenarios:
  site-down:
    opens_on: {alert: [SiteDown, Health*], service: backend}
    severity: critical
    mode: auto
    evidence:
      release: {uses: fly.releases}
      fly: {uses: status.page, with: {page: fly}}
    options:
      - name: vendor-down
        when: fly.is_down
        hold: Fly reports an outage
      - name: roll-back-suspect
        when: release.is_suspect
        uses: fly.roll_back
        approval: nobody
      - name: roll-back-recent
        when: release.age < duration("2h")
        uses: fly.roll_back
        approval: one
    verify: {uses: fly.status}
    otherwise: {escalate: tech-lead, say: Nothing helped}
"""


@dataclass
class Place:
    """A team's folder, its sandbox, and the environment of whoever asks."""

    folder: Path
    sandbox: Sandbox
    url: str
    environment: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sandbox.reset()
        self.environment = {
            "CHECK_FLY": str(FlyKey.ALL),
            "CHECK_VERCEL": str(VercelKey.ALL),
            "CHECK_ANA": "the-token-of-ana-0123456789",
            "CHECK_ALERTS": "the-token-of-alerts-0123456",
            "CHECK_INBOX": f"{self.url}/people/inbox?key=the-key-of-the-inbox",
            "STANCH_CONFIG": str(self.folder / "stanch.yaml"),
            "STANCH_DATA": str(self.folder / "data"),
            "STANCH_DOOR_KEY": None,
            "TEMPORAL_ADDRESS": None,
            "COLUMNS": "80",
        }
        self.write()

    def write(self, team: str = TEAM, playbook: str = PLAYBOOK, extra: str = "") -> None:
        (self.folder / "playbooks").mkdir(exist_ok=True)
        (self.folder / "stanch.yaml").write_text(team.format(url=self.url) + extra)
        (self.folder / "playbooks" / "site.yaml").write_text(playbook)

    def run(self, *words: str, **environment: str | None) -> Result:
        return CliRunner().invoke(app, list(words), env={**self.environment, **environment})

    def rows(self, **environment: str | None) -> dict[str, dict[str, Any]]:
        """What `check` found, by what it is about."""
        result = self.run("check", "--json", **environment)
        document = json.loads(result.stdout)
        grades = {row["grade"] for row in document["checks"]}
        assert document["ok"] == ("failed" not in grades) == (result.exit_code == 0)
        return {row["what"]: row for row in document["checks"]}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox.everything()
    with serving_in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def place(served: tuple[Sandbox, str], tmp_path: Path) -> Place:
    return Place(tmp_path, *served)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_a_sound_set_up_is_ok_and_every_vendor_was_really_asked(place: Place) -> None:
    place.sandbox.of(FlyWorld).deploy("slurpy-backend")

    rows = place.rows()

    assert {row["grade"] for what, row in rows.items() if what not in NOT_STARTED} == {"ok"}
    assert "2 machines and release v43 seen" in rows["fly:slurpy-backend"]["says"]
    assert "production is dpl_" in rows["vercel:my-shop"]["says"]
    assert rows["clerk"]["says"].startswith("statuspage, fine")


def test_checking_changes_nothing_anywhere(place: Place) -> None:
    effects = list(place.sandbox.ledger.entries)

    place.run("check")

    assert place.sandbox.ledger.entries == effects
    assert place.sandbox.ledger.unexpected == []
    assert place.sandbox.inbox == []
    assert not (place.folder / "data").exists()


def test_the_summary_says_what_each_scenario_does_by_itself(place: Place) -> None:
    text = place.run("check", "--offline").stdout

    (row,) = (line.split() for line in text.split("\n") if line.startswith("site-down"))
    assert row[:5] == ["site-down", "backend", "auto", "3", "one"]
    assert (float(row[5]) < 8, row[6:]) == (True, ["kB", "SiteDown,", "Health*"])


def test_what_is_worth_knowing_of_the_files_is_said(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("    options:", "      idle: {uses: fly.secrets}\n    options:"))

    text = place.run("check", "--offline").stdout
    document = json.loads(place.run("check", "--offline", "--json").stdout)

    assert "Worth knowing" in text
    assert "evidence.idle: nothing speaks of this evidence, so it is not read" in " ".join(text.split())
    assert [one["line"] > 0 for one in document["remarks"]] == [True]


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


async def test_what_does_not_answer_ends_with_the_deadline_and_holds_up_nothing_else() -> None:
    async def never() -> Finding:
        await asyncio.sleep(60)
        return ok("late")

    async def quick() -> Finding:
        return ok("there")

    told: list[tuple[int, int]] = []
    soon = timedelta(seconds=0.05)
    checks = [PreflightCheck("a", "slow", never, soon), PreflightCheck("a", "quick", quick)]

    rows = await all_ended(checks, Redactor(), lambda *counts: told.append(counts))

    assert [(row.what, row.grade) for row in rows] == [("slow", "failed"), ("quick", "ok")]
    assert rows[0].says == "no answer within 0.05 s"
    assert told == [(1, 2), (2, 2)]


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
    place.rows()  # what speaks for AWS takes long to load, and a check waits for ten seconds

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


@pytest.mark.parametrize(
    ("runs_on", "written"),
    [
        ("provider: postgres, database: orders", "{postgres: {databases: {orders: {url: env:NAME}}}}"),
        ("provider: redis, instance: orders", "{redis: {instances: {orders: {url: env:NAME}}}}"),
    ],
)
def test_a_store_without_its_connection_string_is_told_what_to_write(
    place: Place, runs_on: str, written: str
) -> None:
    place.write(TEAM.replace("people:\n", f"  orders:\n    runs_on: {{{{{runs_on}}}}}\npeople:\n"))

    rows = place.rows()

    row = rows["postgres:orders" if "postgres" in runs_on else "redis:orders"]
    assert row["grade"] == "failed"
    assert f"providers: {written}" in row["mend"]


def test_a_store_that_cannot_be_reached_is_tried_by_its_own_connection_string(place: Place) -> None:
    stores = "  postgres: {{databases: {{orders: {{url: env:CHECK_ORDERS}}}}}}\n"
    service = "  orders:\n    runs_on: {{provider: postgres, database: orders}}\n"
    team = TEAM.replace("  vercel: {{token", f"{stores}  vercel: {{{{token")
    place.write(team.replace("people:\n", f"{service}people:\n"))

    rows = place.rows(CHECK_ORDERS="postgresql://app:the-password-of-orders@127.0.0.1:1/orders")

    assert rows["env:CHECK_ORDERS"]["says"] == "can be read; providers.postgres.databases.orders.url"
    assert rows["postgres:orders"]["grade"] == "failed"
    assert "refused" in rows["postgres:orders"]["says"]
    assert "the-password-of-orders" not in str(rows)


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


def test_everything_wrong_in_the_files_is_listed_at_once(place: Place) -> None:
    place.write(
        playbook=PLAYBOOK.replace("fly.releases", "fly.relases").replace("fly.is_down", "fly.is_dwn"),
        team=TEAM.replace("owners: [ana]", "owners: [anna]"),
    )
    (place.folder / "playbooks" / "other.yaml").write_text("scenarios:\n  a: {severty: low}\n")

    result = place.run("check")

    text = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "site.yaml:8:scenarios.site-down.evidence.release.uses:thereisnoreading" in text.replace(" ", "")
    assert "Did you mean fly.releases?" in text
    for said in ("fly.is_dwn", "severty", "there is no person anna. Did you mean ana?"):
        assert said in text
    assert "problems" in text


def test_problems_are_a_list_for_machines(place: Place) -> None:
    place.write(playbook=PLAYBOOK.replace("fly.is_down", "fly.is_dwn"))

    result = place.run("check", "--json")

    document = json.loads(result.stdout)
    (problem,) = document["problems"]
    assert result.exit_code == 1
    assert (document["ok"], document["checks"]) == (False, [])
    assert problem["file"] == str(place.folder / "playbooks" / "site.yaml")
    assert problem["line"] == 12
    assert problem["text"].startswith("scenarios.site-down.options[0].when: line 1, column 1")
    assert problem["text"].endswith("^")


def test_many_problems_end_with_how_many_more_there_are(place: Place) -> None:
    place.write(extra="".join(f"x{number}: 1\n" for number in range(70)))

    problems = json.loads(place.run("check", "--json").stdout)["problems"]

    assert len(problems) == 51
    assert problems[-1] == {"file": "", "line": 0, "text": "and 20 more"}


def test_without_a_file_it_shows_how_to_begin(place: Place) -> None:
    (place.folder / "stanch.yaml").unlink()

    result = place.run("check")

    assert result.exit_code == 1
    assert "there is no such file" in result.stdout
    assert "runs_on: {provider: fly, app: my-app}" in result.stdout


def test_offline_reads_no_secret_and_asks_nobody(place: Place) -> None:
    secrets = {name: None for name in place.environment if name.startswith("CHECK_")}

    result = place.run("check", "--offline", **secrets)

    assert result.exit_code == 0
    assert "No problem in the files" in result.stdout
    assert place.sandbox.ledger.requests == []


def test_a_failing_service_is_a_warning_and_a_wrong_address_a_failure(place: Place) -> None:
    place.write(
        TEAM.replace("/service/backend/healthz]", "/service/backend/healthz, {url}/service/nobody/healthz]")
    )

    rows = place.rows()

    grades = {what.rpartition("/service")[2]: row["grade"] for what, row in rows.items() if "health" in what}
    assert grades == {"/backend/healthz": "warn", "/nobody/healthz": "failed"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "/service/backend/healthz]",
            "/service/backend/healthz, no-address]",
            "services.backend.health[1]: write an address as https://host/path",
        ),
        ("status_page: fly", "status_page: flyy", "providers.fly.status_page: there is no status page flyy."),
    ],
)
def test_what_the_files_alone_show_to_be_wrong_is_a_problem_with_its_place(
    place: Place, old: str, new: str, said: str
) -> None:
    place.write(TEAM.replace(old, new))

    result = place.run("check", "--json")

    document = json.loads(result.stdout)
    assert (result.exit_code, document["ok"], document["checks"]) == (1, False, [])
    assert [problem["text"].startswith(said) for problem in document["problems"]] == [True]


def test_a_silent_status_page_is_a_warning(place: Place) -> None:
    place.write()
    place.sandbox.status_pages["clerk"].turn(Weather.UNREACHABLE)

    rows = place.rows()

    assert rows["clerk"]["grade"] == "warn"


def test_every_page_of_a_reading_of_many_has_to_be_known(place: Place) -> None:
    many = "fly: {uses: status.pages, with: {pages: [clrek], hosting: fly}}"
    place.write(playbook=PLAYBOOK.replace("fly: {uses: status.page, with: {page: fly}}", many))

    rows = place.rows()

    assert (rows["fly"]["grade"], rows["clrek"]["grade"]) == ("ok", "failed")
    assert "did you mean clerk?" in rows["clrek"]["says"]


def test_a_component_that_a_page_does_not_have_is_a_failure(place: Place) -> None:
    place.write(TEAM.replace("{url}/status/clerk}}", "{url}/status/clerk, components: [Backnd]}}"))

    assert "has no component backnd; it has Backend API" in place.rows()["clerk"]["says"]


def test_a_page_of_unknown_make_says_what_answered_and_one_without_an_address_what_it_lacks(
    place: Place,
) -> None:
    place.sandbox.add_status_page("ours", Make.INSTATUS, [])
    more = "  ours: {{url: {url}/status/ours}}\n  theirs: {{components: [API]}}\n"
    place.write(TEAM.replace("services:\n", f"{more}services:\n"))

    rows = place.rows()

    assert rows["ours"]["says"] == "instatus, fine, UP"
    assert rows["theirs"]["grade"] == "failed"
    assert "status_pages.theirs in stanch.yaml needs its url" in rows["theirs"]["says"]


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


def test_without_a_temporal_it_says_what_starts_one(place: Place) -> None:
    row = place.rows()["server"]

    assert row["grade"] == "warn"
    assert "stanch up" in row["mend"]


def test_a_store_is_looked_at_and_none_is_made_where_there_is_none(place: Place) -> None:
    before = place.rows()["store"]
    (place.folder / "data").mkdir(exist_ok=True)
    asyncio.run(a_store_in(place.folder / "data"))

    after = place.rows()["store"]

    assert (before["grade"], after["grade"]) == ("warn", "ok")
    assert "stanch up" in before["mend"]
    assert after["says"].endswith("stanch.db is writable, schema 0001, namespace default (1)")


def test_a_store_that_cannot_be_written_is_a_failure_that_names_it_and_hides_its_password(
    place: Place,
) -> None:
    address = f"postgresql://stanch:canary-of-the-store@127.0.0.1:{free_port()}/stanch"

    row = place.rows(STANCH_STORE=address)["store"]

    assert row["grade"] == "failed"
    assert "postgresql://127.0.0.1/stanch" in row["says"]
    assert "canary" not in str(row)


async def a_store_in(folder: Path) -> None:
    store = Store(Address.of_file(folder / "stanch.db"))
    await store.prepare()
    await store.belongs_to("default (1)")
    await store.close()


def test_a_temporal_that_does_not_answer_is_a_failure(place: Place) -> None:
    address = f"127.0.0.1:{free_port()}"

    assert place.rows(TEMPORAL_ADDRESS=address)["server"]["says"] == f"{address} does not answer"


async def test_the_embedded_temporal_of_the_data_folder_is_found(place: Place) -> None:
    async with EmbeddedTemporal(place.folder / "data", port=None, ui_port=None) as server:
        row = (await asyncio.to_thread(place.rows))["server"]
        elsewhere = await asyncio.to_thread(
            place.rows, TEMPORAL_ADDRESS=server.address, TEMPORAL_NAMESPACE="nowhere", STANCH_DATA="/nowhere"
        )

    assert (row["grade"], row["says"]) == ("ok", f"{server.address} answers, namespace default")
    assert "has no namespace nowhere" in elsewhere["server"]["says"]


def test_the_rows_fit_80_columns(place: Place) -> None:
    result = place.run("check", CHECK_FLY="a-token-that-nobody-knows", CHECK_ANA=None)

    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_real_process_ends_with_the_exit_code_of_what_it_found(place: Place) -> None:
    given = {name: value for name, value in place.environment.items() if value is not None}
    environment = {**os.environ, **given, "PYTHONPATH": str(ROOT), "CHECK_FLY": "a-token-that-nobody-knows"}

    done = subprocess.run([*PROGRAM, "check"], env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert "answered 401" in " ".join(done.stdout.split())


def test_a_terminal_sees_how_far_it_is_while_it_runs(place: Place) -> None:
    given = {name: value for name, value in place.environment.items() if value is not None}

    with terminal({**os.environ, **given, "PYTHONPATH": str(ROOT)}, "check") as screen:
        code = screen.exit_code()

    assert code == 0
    assert "Checking" in screen.seen


@pytest.mark.parametrize("change", ["missing", "edited"])
def test_make_check_fails_when_a_schema_has_drifted(tmp_path: Path, change: str) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("*.md"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def drift(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, str(tmp_path / "docs" / "drift.py"), *words]
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)

    assert drift("--check").returncode == 0
    schema = tmp_path / "docs" / "schemas" / "playbook.json"
    schema.unlink() if change == "missing" else schema.write_text("{}")

    assert "docs/schemas/playbook.json no longer says" in drift("--check").stderr
    assert drift().returncode == drift("--check").returncode == 0
