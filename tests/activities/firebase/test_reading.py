"""What readings say, and what a credential is proved with."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.firebase import INTEGRATION, prove
from activities.firebase.client import Firebase
from activities.firebase.cloud_run import ACT_AS
from activities.firebase.logs import ReadLogs
from activities.firebase.measures import Metric, ReadMetrics
from activities.firebase.readings import ReadReleases, ReadStatus
from activities.firebase.recent import ReadRecent
from activities.firebase.restart import Restart
from activities.firebase.roll_back import RollBack
from activities.firebase.scale import Scale
from activities.firebase.target import FirebaseTarget
from sandbox.faults import Fault
from sandbox.firebase.keys import FirebaseKey
from sandbox.firebase.project import Project
from sandbox.firebase.service import BY_REVISION, Service
from sandbox.firebase.world import FirebaseWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Unauthorized, Unavailable
from stanch.model.change import Target
from tests.activities.contract.case import AT
from tests.activities.firebase.acting import carried_out, connected, planned, read, stopped
from tests.activities.firebase.cases import PURCHASE, SITE

OLD = PURCHASE.model_copy(update={"at": {**PURCHASE.at, "function": "nightlyReport"}})
BARE = Target(provider="firebase", name="ensei-example", at={"project": "ensei-example"})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ({"project": "p1", "function": "f"}, "p1/us-central1/functions/f"),
        ({"project": "p1", "function": "f", "region": "europe-west1"}, "p1/europe-west1/functions/f"),
        ({"project": "p1", "service": "s", "site": "w"}, "p1/us-central1/services/s"),
        ({"project": "p1", "backend": "b"}, "p1/us-central1/backends/b"),
        ({"project": "p1", "site": "w"}, "p1/sites/w"),
        ({"project": "p1"}, "p1"),
        ({"name": "p1/us-central1/functions/f"}, "p1/us-central1/functions/f"),
        ({"name": "p1/sites/w"}, "p1/sites/w"),
    ],
)
def test_a_targets_name_tells_its_project_and_what_it_is_there(written: dict[str, str], name: str) -> None:
    target = FirebaseTarget.model_validate(written)

    assert target.name == name
    assert FirebaseTarget.model_validate({"name": name}).name == name


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"function": "f"},
        {"project": "p1", "function": "f", "service": "s"},
        {"project": "p1", "function": "../../other"},
        {"name": "p1/functions"},
        {"name": "p1/sites/w", "project": "p2", "site": "w"},
    ],
)
def test_a_target_that_names_nothing_or_two_things_is_refused(written: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FirebaseTarget.model_validate(written)


async def test_a_deployment_that_finished_shortly_before_the_trouble_is_suspect(firebase: Firebase) -> None:
    soon = await read(ReadReleases(firebase), first_bad_at=AT - timedelta(minutes=5))
    before = await read(ReadReleases(firebase), first_bad_at=AT - timedelta(minutes=20))

    assert (soon.is_suspect, before.is_suspect) == (True, False)
    assert "suspect; before it purchasepack-00002" in soon.line()


async def test_releases_say_when_visitors_are_pinned_and_what_is_newest(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    verb = RollBack(firebase)
    await carried_out(verb, await planned(verb))
    newest = sandbox.of(FirebaseWorld).deploy("purchasePack")

    found = await read(ReadReleases(firebase))

    assert (found.held, found.newest, found.name) == (True, newest, service.revisions[2].id)
    assert (found.is_newest, found.newest_failed) == (False, False)
    assert f"; {newest} is newer" in found.line()


async def test_a_deployment_under_way_is_not_suspect_yet(sandbox: Sandbox, firebase: Firebase) -> None:
    sandbox.of(FirebaseWorld).deploy("purchasePack", in_progress=True)

    found = await read(ReadReleases(firebase), first_bad_at=AT - timedelta(minutes=5))

    assert (found.deploying, found.is_suspect) == (True, False)


async def test_our_own_larger_revision_is_no_deployment(firebase: Firebase, service: Service) -> None:
    bad, good, _ = (one.id for one in service.revisions)
    verb = Scale(firebase)
    await carried_out(verb, await planned(verb, size="512Mi"))

    found = await read(ReadReleases(firebase), first_bad_at=AT - timedelta(minutes=5))
    happened = await read(ReadRecent(firebase), within="1h")

    assert (found.name != bad, found.previous, found.is_suspect) == (True, good, True)
    assert "INC-20261121-7K3QXM/1.1" in happened.happenings[0].what
    assert happened.happenings[0].sort == "scale"


async def test_a_first_generation_function_shows_what_runs_and_no_more(firebase: Firebase) -> None:
    status, releases = await read(ReadStatus(firebase), OLD), await read(ReadReleases(firebase), OLD)

    assert (status.generation, status.is_down, status.memory_mb, status.wanted) == (1, False, 256, 1)
    assert releases.line() == "1, 1st generation; nothing before it"


async def test_a_newest_revision_that_did_not_start_is_trouble_though_visitors_are_served(
    firebase: Firebase, service: Service
) -> None:
    service.build()
    service.revisions[0].starts = False
    service.settle()

    found, releases = await read(ReadStatus(firebase)), await read(ReadReleases(firebase))

    assert (found.is_down, "not found" in found.why) == (False, True)
    assert "not found" in found.line()
    assert (releases.newest, releases.newest_failed) == (service.revisions[0].id, True)


async def test_visitors_who_do_not_get_what_was_asked_for_are_not_well(
    firebase: Firebase, service: Service
) -> None:
    service.revisions[1].starts = False
    service.traffic = [{"type": BY_REVISION, "revision": service.revisions[1].id, "percent": 100}]
    service.settle()

    found = await read(ReadStatus(firebase))

    assert (found.is_down, found.settling) == (True, False)


async def test_recent_tells_of_deployments_releases_and_flags_with_their_authors(
    firebase: Firebase, project: Project
) -> None:
    project.templates["client"].publish(
        project.templates["client"].content, timedelta(minutes=3), by="li@team.example"
    )

    found = await read(ReadRecent(firebase), within="15m")

    assert (found.deploys, found.flags, found.is_complete) == (2, 1, True)
    assert found.happenings[0].by == "li@team.example"
    assert found.happenings[0].what == "Remote Config version 87"


async def test_recent_tells_of_what_servers_load_too(firebase: Firebase, project: Project) -> None:
    servers = project.templates["server"]
    servers.publish(servers.content, timedelta(minutes=3), by="li@team.example")

    found = await read(ReadRecent(firebase), within="15m")

    assert (found.flags, found.happenings[0].what) == (1, "Remote Config for servers, version 5")


async def test_a_project_without_versions_for_servers_has_none_to_tell_of(
    sandbox: Sandbox, firebase: Firebase
) -> None:
    sandbox.order(Fault(status=404, path="/namespaces/firebase-server/", times=None))

    found = await read(ReadRecent(firebase), within="15m")

    assert (found.deploys, found.flags) == (2, 0)


async def test_a_project_without_remote_config_has_no_flags_to_tell_of(
    firebase: Firebase, project: Project
) -> None:
    project.switched_off.add("Firebase Remote Config API")

    found = await read(ReadRecent(firebase), within="15m")

    assert (found.deploys, found.flags) == (2, 0)


async def test_an_account_without_the_right_is_not_taken_for_a_project_without_flags(
    sandbox: Sandbox, firebase: Firebase
) -> None:
    sandbox.of(FirebaseWorld).withheld.add("cloudconfig.configs.get")

    with pytest.raises(Unauthorized, match=r"cloudconfig\.configs\.get"):
        await read(ReadRecent(firebase), within="15m")


async def test_lines_are_counted_over_all_pages(firebase: Firebase, service: Service) -> None:
    for number in range(2300):
        service.journal.say("pack_purchased", service.id, "r", ago=timedelta(milliseconds=10 * number + 2000))

    found = await read(ReadLogs(firebase), matching=["pack_purchased"])

    assert (found.count, found.is_cut) == (2300, False)


async def test_more_than_five_pages_are_at_least_so_many(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    for number in range(5001):
        service.journal.say("pack_purchased", service.id, "r", ago=timedelta(milliseconds=number + 2000))

    found = await read(ReadLogs(firebase), matching=["pack_purchased"])

    assert (found.count, found.is_cut) == (5000, True)
    assert sum(seen.path.endswith("entries:list") for seen in sandbox.ledger.requests) == 5


async def test_an_empty_page_is_not_the_last_one(firebase: Firebase, service: Service) -> None:
    service.journal.blank_pages = 2

    found = await read(ReadLogs(firebase), matching=["CRITICAL_PURCHASE_ERROR"])

    assert (found.count, found.is_cut) == (12, False)


async def test_nothing_but_empty_pages_is_at_least_nothing(firebase: Firebase, service: Service) -> None:
    service.journal.blank_pages = 99

    found = await read(ReadLogs(firebase), matching=["CRITICAL_PURCHASE_ERROR"])

    assert (found.count, found.is_cut) == (0, True)


async def test_a_line_that_arrives_late_is_counted_by_the_next_look(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    late = {"ago": timedelta(seconds=2), "late": timedelta(seconds=9)}
    service.journal.say("CRITICAL_PURCHASE_ERROR late", service.id, "r", **late)
    before = await read(ReadLogs(firebase), matching=["CRITICAL_PURCHASE_ERROR"])
    sandbox.pass_time(timedelta(seconds=10))

    after = await read(
        ReadLogs(firebase), matching=["CRITICAL_PURCHASE_ERROR"], as_of=AT + timedelta(seconds=10)
    )

    assert (before.count, after.count) == (12, 13)


async def test_words_that_are_counted_are_searched_by_google_among_however_many_lines(
    firebase: Firebase, service: Service
) -> None:
    for number in range(5001):
        service.journal.say("all is well", service.id, "r", ago=timedelta(milliseconds=number + 2000))
    words = {"critical": "(?i)critical_purchase_error", "failed": "pack_purchase_failed|refused"}

    searched = await read(ReadLogs(firebase), count=words)
    looked_into = await read(ReadLogs(firebase), count=words, by={"request": r"clientRequestId=(\S+)"})

    assert (searched.counts, searched.is_partial) == ({"critical": 12, "failed": 1}, False)
    assert (searched.count, searched.is_cut) == (13, True)
    assert looked_into.is_partial


async def test_a_severity_before_a_word_is_found(firebase: Firebase) -> None:
    found = await read(ReadLogs(firebase), count={"failed": "ERROR pack_purchase"})

    assert found.counts == {"failed": 1}


async def test_fields_of_a_structured_line_are_part_of_it(firebase: Firebase) -> None:
    slow = await read(ReadLogs(firebase), count={"slow": "latencyMs"}, number=r"latencyMs\D+(\d+)")
    by_name = await read(ReadLogs(firebase), count={"slow": "latencyMs"})

    assert (slow.counts, slow.number.max) == ({"slow": 1}, 1800)
    assert by_name.counts == {"slow": 1}


async def test_plain_words_are_searched_by_google_and_expressions_here(firebase: Firebase) -> None:
    plain = await read(ReadLogs(firebase), matching=["CRITICAL_PURCHASE_ERROR"])
    expression = await read(ReadLogs(firebase), matching=[r"ERROR clientRequestId=ab1\d?$"])

    assert (plain.count, expression.count) == (12, 3)


async def test_a_severity_is_a_word_of_the_line(firebase: Firebase, service: Service) -> None:
    service.journal.say("all is well", service.id, "r", ago=timedelta(seconds=5))

    found = await read(ReadLogs(firebase), matching=["ERROR "])

    assert found.count == 13


async def test_lines_of_other_services_are_not_counted(firebase: Firebase, service: Service) -> None:
    service.journal.say("CRITICAL_PURCHASE_ERROR", "another", "r", ago=timedelta(seconds=5))

    found = await read(ReadLogs(firebase), matching=["CRITICAL_PURCHASE_ERROR"])
    of_all = await read(ReadLogs(firebase), BARE, matching=["CRITICAL_PURCHASE_ERROR"])

    assert (found.count, of_all.count) == (12, 13)


async def test_a_service_that_nobody_called_is_unknown_and_never_well(
    firebase: Firebase, service: Service
) -> None:
    service.measured.clear()

    found = [await read(ReadMetrics(firebase), within="5m", metric=name) for name in Metric]

    assert [(one.value, one.complete) for one in found] == [(None, False)] * len(Metric)
    assert "no request was measured" in found[0].line()


async def test_minutes_whose_numbers_are_still_under_way_are_not_taken_for_good_ones(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    sandbox.visitors.come = False
    service.measured.clear()
    service.measure(timedelta(seconds=30), {"5xx": 50})

    seen = []
    for minute in range(6):
        as_of = AT + timedelta(minutes=minute)
        seen.append(await read(ReadMetrics(firebase), within="2m", as_of=as_of, metric="error_rate"))
        sandbox.pass_time(timedelta(minutes=1))

    assert [one.value for one in seen] == [None, None, None, None, 1, 1]


async def test_numbers_that_came_to_an_end_are_as_old_as_their_newest_minute(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    sandbox.visitors.come = False
    sandbox.pass_time(timedelta(minutes=4))

    found = await read(ReadMetrics(firebase), as_of=AT + timedelta(minutes=4), metric="requests")

    assert (found.value, found.newest_at, found.complete) == (1200, AT - timedelta(minutes=4), False)
    assert found.line().startswith("requests 1200 (warning: no request is in since 02:56")


async def test_no_error_among_requests_that_came_is_none(firebase: Firebase, service: Service) -> None:
    service.measured.clear()
    service.measure(timedelta(minutes=5), {"2xx": 9})

    found = [
        (await read(ReadMetrics(firebase), metric=name)).value
        for name in ("requests", "error_rate", "cold_starts")
    ]

    assert found == [9, 0, 0]


async def test_what_is_no_service_is_not_measured(firebase: Firebase) -> None:
    with pytest.raises(PolicyError, match="names no function"):
        await read(ReadMetrics(firebase), SITE, metric="requests")


async def test_a_spent_quota_is_a_vendor_that_may_recover(sandbox: Sandbox, firebase: Firebase) -> None:
    sandbox.enforce_rate_limits = True

    for _ in range(60):
        await read(ReadLogs(firebase), matching=["x"])

    with pytest.raises(Unavailable, match="Quota exceeded"):
        await read(ReadLogs(firebase), matching=["x"])


async def test_a_credential_is_proved_by_what_it_reads_and_the_rights_it_has(firebase: Firebase) -> None:
    found = await prove(firebase, PURCHASE)

    needed = {need for each in (*INTEGRATION.verbs, *INTEGRATION.readings) for need in each.spec.needs}
    assert found.granted == needed
    assert found.saw.startswith("service purchasepack serves purchasepack-00003")


async def test_a_reading_account_lacks_the_rights_of_verbs(sandbox: Sandbox, tmp_path: Path) -> None:
    firebase = connected(sandbox, tmp_path, FirebaseKey.READ_ONLY)

    found = await prove(firebase, SITE)

    assert found.granted is not None
    assert "run.services.update" not in found.granted
    assert set(ReadStatus.spec.needs) <= found.granted


async def test_a_stranger_proves_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    firebase = connected(sandbox, tmp_path, FirebaseKey.ELSEWHERE)

    with pytest.raises(Unauthorized, match="403"):
        await prove(firebase, PURCHASE)


async def test_the_right_to_act_as_the_runtime_account_is_looked_for_where_it_is_given(
    sandbox: Sandbox, firebase: Firebase, project: Project
) -> None:
    there = await prove(firebase, PURCHASE)
    project.switched_off.add("iam")
    untold = await prove(firebase, PURCHASE)
    project.switched_off.clear()
    sandbox.of(FirebaseWorld).account_users.clear()

    lacks = await prove(firebase, PURCHASE)

    assert (ACT_AS in (there.granted or ()), ACT_AS in (lacks.granted or ())) == (True, False)
    assert "may act as 123456789012-compute@developer.gserviceaccount.com is not told" in untold.saw
    assert all(ACT_AS in verb.spec.needs for verb in (RollBack, Scale, Restart))


async def test_who_may_not_act_as_the_runtime_account_changes_no_service(
    sandbox: Sandbox, firebase: Firebase
) -> None:
    change = await planned(verb := RollBack(firebase))
    sandbox.of(FirebaseWorld).account_users.clear()

    said = await stopped(verb, change, Unauthorized)

    assert "iam.serviceaccounts.actAs" in said


async def test_rights_that_google_does_not_tell_are_not_made_up(firebase: Firebase, project: Project) -> None:
    project.switched_off.add("cloudresourcemanager")

    found = await prove(firebase, OLD)

    assert found.granted is None
    assert found.saw.startswith("1st-generation function nightlyReport is ACTIVE")


async def test_a_service_is_held_against_other_days_and_its_own_course(
    sandbox: Sandbox, firebase: Firebase, service: Service
) -> None:
    service.measured.clear()
    sandbox.catch_up()
    sandbox.pass_time(timedelta(minutes=10))
    asked = {"within": "5m", "also": ["usual", "before", "slope_per_hour"], "as_of": sandbox.clock.now()}

    found = {
        name: await read(ReadMetrics(firebase), metric=name, **asked)
        for name in ("requests", "error_rate", "p95")
    }

    assert {name: (one.value, one.usual, one.before) for name, one in found.items()} == {
        "requests": (12000, 12000, 12000),
        "error_rate": (1, 0, 0),
        "p95": (2.4, 0.3, 0.3),
    }
    assert found["requests"].slope_per_hour == pytest.approx(0, abs=1e-6)
    assert found["error_rate"].slope_per_hour > 1
    assert found["p95"].slope_per_hour > 1
