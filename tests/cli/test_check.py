import asyncio
import os
import subprocess
from datetime import timedelta

from sandbox.fly.world import FlyWorld
from sandbox.status_pages import Make, Weather
from stanch.cli.check.results import Finding, PreflightCheck, all_ended, ok
from stanch.secrets import Redactor
from tests.cli.a_place import PLAYBOOK, TEAM, Place
from tests.cli.conftest import PROGRAM, ROOT
from tests.cli.test_terminal import terminal

NOT_STARTED = ("server", "store")


"""What there is only after the first start."""


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
        screen.read_until("Checking")

    assert "Checking" in screen.seen
