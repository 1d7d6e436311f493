"""Every make of page says the same things in its own way; what is peculiar to one has a test of its own."""

from typing import Any

import pytest

from activities.status_pages import feeds, hosted, own, statuspage
from activities.status_pages.reading import summed_up
from sandbox.status_pages import Make, Weather
from stanch.errors import Rejected, Unavailable
from tests.activities.status_pages.watching import COMPONENTS, REGIONS, look, reader, world

every_make = pytest.mark.parametrize("make", Make, ids=str)
NONE: frozenset[str] = frozenset()


@every_make
@pytest.mark.parametrize(
    ("weather", "down", "degraded"),
    [
        (Weather.FINE, False, False),
        (Weather.MINOR, False, True),
        (Weather.OUTAGE, True, True),
        (Weather.MAINTENANCE, False, False),
        (Weather.ANNOUNCED_MAINTENANCE, False, False),
        (Weather.HIDDEN_INCIDENT, True, True),
        (Weather.OMITTED_INCIDENT, True, True),
    ],
    ids=str,
)
async def test_every_make_says_how_its_vendor_is(
    make: Make, weather: Weather, *, down: bool, degraded: bool
) -> None:
    if make is Make.STRIPE and weather in (Weather.HIDDEN_INCIDENT, Weather.OMITTED_INCIDENT):
        down = False  # Stripe's own page tells of no incidents, only of parts with a warning.
    sandbox = world(make)
    sandbox.status_pages[make].turn(weather)

    result = await look(reader(sandbox, **{make: kind_of(make)}), make, *REGIONS.get(make, ()))

    assert (result.is_down, result.is_degraded) == (down, degraded), result
    assert bool(result.incidents) is (weather.is_incident and make is not Make.STRIPE)
    assert sandbox.ledger.unexpected == []


def kind_of(make: Make) -> dict[str, str]:
    """What a team writes for a page that is known by nothing else."""
    return {"kind": "statuspage" if make is Make.INCIDENT_IO else make}


@pytest.mark.parametrize(
    "make", [one for one in Make if one not in (Make.INCIDENT_IO, Make.INSTATUS)], ids=str
)
async def test_only_what_a_team_uses_counts(make: Make) -> None:
    sandbox = world(make)
    struck, other = COMPONENTS.get(make, ["API", "Dashboard"])[:2]
    sandbox.status_pages[make].turn(Weather.OUTAGE, [struck])
    page = reader(sandbox, **{make: kind_of(make)})

    used = await look(page, make, struck.lower(), *REGIONS.get(make, ()))
    unused = await look(page, make, other, *REGIONS.get(make, ()))

    assert (used.is_down, unused.is_degraded, unused.incidents) == (True, False, ())


@every_make
async def test_a_page_that_is_silent_is_missing_evidence(make: Make) -> None:
    sandbox = world(make)
    sandbox.status_pages[make].turn(Weather.UNREACHABLE)

    with pytest.raises(Unavailable, match=f"page {make} cannot be read"):
        await look(reader(sandbox, **{make: kind_of(make)}), make)


@pytest.mark.parametrize(
    "make", [Make.STATUSPAGE, Make.INCIDENT_IO, Make.SLACK, Make.BETTER_STACK, Make.INSTATUS], ids=str
)
async def test_maintenance_that_is_under_way_is_told(make: Make) -> None:
    sandbox = world(make)
    page = reader(sandbox, **{make: kind_of(make)})
    sandbox.status_pages[make].turn(Weather.MAINTENANCE)

    assert (await look(page, make)).maintenance == ("Planned work",)


# Regions


@pytest.mark.parametrize(
    ("make", "elsewhere"), [(Make.AWS, "eu-west-1"), (Make.GOOGLE, "europe-west4")], ids=str
)
async def test_an_outage_in_another_region_is_none_of_ours(make: Make, elsewhere: str) -> None:
    sandbox = world(make)
    sandbox.status_pages[make].turn(Weather.OUTAGE, region=elsewhere)
    page = reader(sandbox, **{make: kind_of(make)})

    ours, theirs = await look(page, make, "us-east-1"), await look(page, make, elsewhere)

    assert (ours.is_down, theirs.is_down) == (False, True)


async def test_a_product_counts_only_in_its_region() -> None:
    sandbox = world(Make.GOOGLE)
    sandbox.status_pages[Make.GOOGLE].turn(Weather.OUTAGE, ["Cloud Firestore"], region="us-central1")
    page = reader(sandbox)

    assert (await look(page, Make.GOOGLE, "cloud firestore", "us-central1")).is_down
    assert not (await look(page, Make.GOOGLE, "cloud firestore", "us-east1")).is_degraded
    assert not (await look(page, Make.GOOGLE, "Cloud Run functions", "us-central1")).is_degraded


@pytest.mark.parametrize(
    ("said", "ours", "touched"),
    [
        (["us-central1-a"], "us-central1", True),
        (["us"], "us-central1", True),
        (["global"], "us-central1", True),
        ([], "us-central1", True),
        (["us-central1"], "us-central2", False),
        (["us-west1"], "us", True),
        (["europe-west1"], "us", False),
    ],
)
def test_a_zone_lies_in_its_region_and_a_region_in_its_continent(
    said: list[str], ours: str, *, touched: bool
) -> None:
    entry = google(currently_affected_locations=[{"id": place} for place in said])

    assert summed_up("google", feeds.read_google([entry]), frozenset({ours})).is_down is touched


def google(**parts: Any) -> dict[str, Any]:
    return {
        "begin": "2026-11-20T02:10:00+00:00",
        "external_desc": "errors",
        "status_impact": "SERVICE_OUTAGE",
        "service_name": "Multiple Products",
        "affected_products": [{"title": "Cloud Run functions", "id": "oW4vJ7"}],
        **parts,
    }


# Google


@pytest.mark.parametrize("end", [{}, {"end": None}])
def test_an_incident_at_google_without_an_end_is_open(end: dict[str, Any]) -> None:
    seen = feeds.read_google([google(**end), google(end="2026-11-20T03:00:00+00:00", external_desc="over")])

    assert [one.name for one in seen.incidents] == ["errors"]


def test_google_names_products_only_in_their_list() -> None:
    seen = feeds.read_google([google()])

    assert summed_up("google", seen, frozenset({"cloud run functions"})).is_down
    assert summed_up("google", seen, frozenset({"ow4vj7"})).is_down
    assert not summed_up("google", seen, frozenset({"multiple products"})).is_down


# AWS


async def test_aws_is_read_by_region_only() -> None:
    sandbox = world(Make.AWS)

    with pytest.raises(Rejected, match="page aws tells of every region at once"):
        await look(reader(sandbox), Make.AWS, "ECS")


async def test_events_at_aws_that_never_end_matter_only_to_who_is_there() -> None:
    page = reader(world(Make.AWS))

    assert not (await look(page, Make.AWS, "us-east-1")).is_degraded
    assert (await look(page, Make.AWS, "me-south-1")).is_down


@pytest.mark.parametrize(
    ("status", "degraded", "down"),
    [("0", False, False), ("1", True, False), ("2", True, True), ("3", True, True), ("9", True, False)],
)
def test_an_event_at_aws_is_as_bad_as_its_number(status: str, *, degraded: bool, down: bool) -> None:
    event = {"arn": "arn:aws:health:us-east-1::event/ECS/X/1", "status": status, "summary": "errors"}

    result = summed_up("aws", feeds.read_aws([event]), frozenset({"us-east-1"}))

    assert (result.is_degraded, result.is_down) == (degraded, down)


def test_an_event_of_all_regions_at_aws_touches_every_one() -> None:
    event = {
        "arn": "arn:aws:health:global::event/IAM/X/1",
        "status": "3",
        "service": "iam",
        "service_name": "IAM",
    }

    seen = feeds.read_aws([event])

    assert summed_up("aws", seen, frozenset({"eu-west-1", "iam"})).is_down
    assert not summed_up("aws", seen, frozenset({"eu-west-1", "ecs"})).is_down


# Heroku


def test_an_incident_at_heroku_is_over_by_its_state_whatever_else_it_says() -> None:
    incident = {"title": "database", "state": "open", "resolved": True, "systems": []}
    over = {"title": "over", "state": "resolved", "resolved": False, "systems": []}

    seen = own.read_heroku({"status": [{"system": "Apps", "status": "green"}], "incidents": [incident, over]})

    assert [one.name for one in seen.incidents] == ["database"]


def test_what_heroku_once_planned_is_no_maintenance() -> None:
    stale = {"title": "last year", "state": "scheduled"}

    seen = own.read_heroku({"status": [], "incidents": [], "scheduled": [stale]})

    assert seen.maintenance == ()


def test_a_service_of_heroku_is_known_by_its_incidents() -> None:
    systems = [{"name": "Data", "status": "red", "services": ["Heroku Postgres"]}]
    lights = [{"system": "Apps", "status": "green"}, {"system": "Data", "status": "red"}]
    seen = own.read_heroku(
        {"status": lights, "incidents": [{"title": "x", "state": "open", "systems": systems}]}
    )

    assert summed_up("heroku", seen, frozenset({"heroku postgres"})).is_down
    assert not summed_up("heroku", seen, frozenset({"heroku redis"})).is_degraded
    assert not summed_up("heroku", seen, frozenset({"apps"})).is_degraded


# Slack and Stripe


@pytest.mark.parametrize(
    ("kind", "down"), [("notice", False), ("incident", True), ("outage", True), ("new", False)]
)
def test_an_incident_at_slack_is_as_bad_as_its_type(kind: str, *, down: bool) -> None:
    incident = {"title": "messages are late", "type": kind, "status": "active", "services": ["Messaging"]}

    seen = own.read_slack({"status": "active", "active_incidents": [incident]})

    assert summed_up("slack", seen, NONE).is_down is down
    assert summed_up("slack", seen, NONE).is_degraded
    assert not summed_up("slack", seen, frozenset({"huddles"})).is_degraded


def test_slack_is_not_fine_when_it_does_not_say_why() -> None:
    seen = own.read_slack({"status": "active", "active_incidents": None})

    assert summed_up("slack", seen, NONE).is_degraded


def test_a_warning_at_one_part_of_stripe_is_a_degradation() -> None:
    parts = [
        {"key": "api", "title": "API", "warning": None},
        {"key": "hooks", "title": "Webhooks", "warning": "late"},
    ]

    seen = own.read_stripe({"UptimeStatus": "up", "uptimeData": parts})

    assert summed_up("stripe", seen, NONE).is_degraded
    assert not summed_up("stripe", seen, frozenset({"api"})).is_degraded


# incident.io and Statuspage


async def test_an_incident_that_the_summary_leaves_out_is_found() -> None:
    sandbox = world(Make.INCIDENT_IO)
    page = reader(sandbox, **{Make.INCIDENT_IO: {"kind": "statuspage"}})
    sandbox.status_pages[Make.INCIDENT_IO].turn(Weather.OMITTED_INCIDENT)

    result = await look(page, Make.INCIDENT_IO)

    assert result.is_down
    assert [one.path.rpartition("/")[2] for one in sandbox.ledger.requests] == [
        "summary.json",
        "incidents.json",
        "components.json",
    ]


async def test_a_summary_that_is_whole_is_asked_for_alone() -> None:
    sandbox = world(Make.STATUSPAGE)

    await look(reader(sandbox), Make.STATUSPAGE)

    assert len(sandbox.ledger.requests) == 1


def test_an_incident_is_about_what_its_updates_name() -> None:
    named = [{"code": "a", "name": "API Requests", "old_status": "operational", "new_status": "operational"}]
    incident = {
        "name": "x",
        "status": "investigating",
        "impact": "critical",
        "components": [],
        "incident_updates": [{"affected_components": named}],
    }
    components = [
        {"id": one, "name": one, "status": "operational", "group": False}
        for one in ("API Requests", "Deploys")
    ]
    seen = statuspage.read(
        {"status": {"indicator": "none"}, "components": components, "incidents": [incident]}
    )

    assert summed_up("x", seen, frozenset({"api requests"})).is_down
    assert not summed_up("x", seen, frozenset({"deploys"})).is_degraded


# Better Stack and Instatus


def test_a_report_of_better_stack_without_an_end_may_be_over() -> None:
    page = {"data": {"attributes": {"aggregate_state": "operational"}}}
    report = {
        "type": "status_report",
        "attributes": {"title": "over", "ends_at": None, "aggregate_state": "resolved"},
    }

    seen = hosted.read_better_stack({**page, "included": [report]})

    assert (seen.incidents, seen.impact.is_down) == ((), False)


def test_instatus_leaves_out_what_is_empty() -> None:
    assert hosted.read_instatus({"page": {"status": "UP"}}).incidents == ()


def test_where_instatus_has_issues_any_component_may_have_them() -> None:
    seen = hosted.read_instatus({"page": {"status": "HASISSUES"}})

    assert summed_up("x", seen, frozenset({"api"})).is_degraded
