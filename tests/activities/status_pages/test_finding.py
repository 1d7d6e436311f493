"""Where a page is, and whose software it runs on."""

from datetime import timedelta

import pytest

from activities.status_pages.known import KINDS, KNOWN, RENTED, kinds_of
from activities.status_pages.statuspage import STATUSPAGE
from sandbox.faults import Fault
from sandbox.status_pages import Make, Weather
from stanch.errors import ConfigError, Unavailable
from stanch.model.team import StatusPage
from tests.activities.status_pages.watching import AT, look, reader, world


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_page_needs_no_address(name: str) -> None:
    page = reader(world(), **{name: {"url": "", "components": ["API"]}}).vendor.named(name)

    assert (page.url, page.components) == (f"https://{KNOWN[name].host}", ("API",))


async def test_a_page_that_nobody_knows_needs_one() -> None:
    page = reader(world(), ours={"url": ""})

    with pytest.raises(
        ConfigError, match=r"status_pages\.ours in stanch\.yaml needs its url; known without are"
    ):
        await look(page, "ours")


@pytest.mark.parametrize(
    ("name", "page", "kinds"),
    [
        ("fly", {}, ["statuspage"]),
        ("aws", {"url": "http://127.0.0.1:7999/status/aws"}, ["aws"]),
        ("stripe", {"url": "https://www.stripestatus.com"}, ["statuspage"]),
        ("stripe", {"url": "https://status.stripe.com/"}, ["stripe"]),
        ("chat", {"url": "https://slack-status.com"}, ["slack"]),
        ("fly", {"kind": "instatus"}, ["instatus"]),
        ("ours", {"url": "https://status.ours.example"}, ["statuspage", "instatus", "better-stack"]),
        ("upstash", {}, ["statuspage", "instatus", "better-stack"]),
    ],
)
def test_the_kind_is_what_the_team_says_else_by_host_else_by_name_else_any(
    name: str, page: dict[str, str], kinds: list[str]
) -> None:
    assert [kind.name for kind in kinds_of(name, StatusPage.model_validate(page))] == kinds


def test_every_kind_can_be_written_and_every_vendor_has_one() -> None:
    assert all(StatusPage.model_validate({"kind": kind}).kind == kind for kind in KINDS)
    assert {kind.name for known in KNOWN.values() for kind in known.kinds} <= set(KINDS)
    assert RENTED[0] is STATUSPAGE


@pytest.mark.parametrize(
    ("make", "kind", "asked"),
    [
        (Make.STATUSPAGE, "statuspage", ["summary.json"]),
        (Make.INCIDENT_IO, "statuspage", ["summary.json", "incidents.json", "components.json"]),
        (Make.INSTATUS, "instatus", ["summary.json", "summary.json"]),
        (Make.BETTER_STACK, "better-stack", ["summary.json", "summary.json", "index.json"]),
    ],
)
async def test_a_page_of_unknown_make_is_tried_and_then_known(
    make: Make, kind: str, asked: list[str]
) -> None:
    sandbox = world(make)
    page = reader(sandbox, ours={"url": f"http://sandbox.example/status/{make}"})

    await look(page, "ours")
    first = [one.path.rpartition("/")[2] for one in sandbox.ledger.requests]
    sandbox.status_pages[make].turn(Weather.OUTAGE)
    again = await look(page, "ours", at=AT.replace(minute=5))

    assert (first, page.vendor.kind("ours"), again.is_down) == (asked, kind, True)
    assert len(sandbox.ledger.requests) <= len(first) + 3


async def test_a_page_that_is_none_of_the_kinds_is_missing_evidence() -> None:
    page = reader(world(Make.HEROKU), ours={"url": "http://sandbox.example/status/heroku"})

    with pytest.raises(Unavailable, match="page ours cannot be read"):
        await look(page, "ours")
    assert page.vendor.kind("ours") == "statuspage or instatus or better-stack"


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        (Make.STATUSPAGE, Make.BETTER_STACK, "better-stack"),
        (Make.STATUSPAGE, Make.INSTATUS, "instatus"),
        (Make.HEROKU, Make.INCIDENT_IO, "statuspage"),
        (Make.INSTATUS, Make.INCIDENT_IO, "statuspage"),
    ],
)
@pytest.mark.parametrize("begun", ["before", "after"])
async def test_a_page_that_changed_its_maker_is_read_as_what_it_is_now_and_told_as_moved(
    was: Make, now: Make, kind: str, begun: str
) -> None:
    sandbox = world(was)
    page = reader(sandbox, **{was: {"kind": was}})
    if begun == "before":
        assert (await look(page, was)).moved == ""
    sandbox.status_pages[was].move(now)
    sandbox.status_pages[was].turn(Weather.OUTAGE)

    results = [await look(page, was, at=AT.replace(minute=minute)) for minute in (5, 10)]

    assert [result.is_down for result in results] == [True, True]
    assert results[1].line().endswith(f"; the page is a page of {kind} now: write status_pages.{was}.kind")
    assert page.vendor.kind(was) == kind


async def test_a_page_for_people_in_the_pages_place_is_missing_evidence() -> None:
    sandbox = world(Make.STATUSPAGE)
    sandbox.status_pages[Make.STATUSPAGE].move(Make.SLACK)

    with pytest.raises(Unavailable, match="not JSON"):
        await look(reader(sandbox), Make.STATUSPAGE)


async def test_a_component_that_the_summary_leaves_out_is_found_beside_it() -> None:
    sandbox = world(Make.INCIDENT_IO)
    fake = sandbox.status_pages[Make.INCIDENT_IO]
    fake.left_out = ["Dashboard"]
    page = reader(sandbox, **{Make.INCIDENT_IO: {"kind": "statuspage"}})

    fine = await look(page, Make.INCIDENT_IO, "Dashboard")
    fake.turn(Weather.OUTAGE, ["Dashboard"])
    down = await look(page, Make.INCIDENT_IO, "Dashboard", at=AT.replace(minute=5))

    assert (fine.is_degraded, down.is_down) == (False, True)


async def test_a_copy_that_is_too_old_says_nothing_of_now() -> None:
    sandbox = world(Make.STATUSPAGE)
    sandbox.status_pages[Make.STATUSPAGE].freeze()
    sandbox.status_pages[Make.STATUSPAGE].turn(Weather.OUTAGE)
    page = reader(sandbox)

    sandbox.pass_time(timedelta(minutes=9))
    still = await look(page, Make.STATUSPAGE)
    sandbox.pass_time(timedelta(minutes=12))

    assert not still.is_down
    with pytest.raises(Unavailable, match="a copy that is 21 min old"):
        await look(page, Make.STATUSPAGE, at=AT.replace(minute=5))


async def test_a_page_that_is_down_is_not_tried_as_another_kind() -> None:
    sandbox = world(Make.INSTATUS)
    sandbox.order(Fault(status=503))

    with pytest.raises(Unavailable, match="503"):
        await look(reader(sandbox, ours={"url": "http://sandbox.example/status/instatus"}), "ours")

    assert len(sandbox.ledger.requests) == 1


async def test_a_summary_without_the_rest_is_no_all_clear() -> None:
    sandbox = world(Make.INCIDENT_IO)
    sandbox.order(Fault(status=503, after=1))

    with pytest.raises(Unavailable, match="503"):
        await look(reader(sandbox, **{Make.INCIDENT_IO: {"kind": "statuspage"}}), Make.INCIDENT_IO)


async def test_a_rest_that_a_page_does_not_have_is_not_missed() -> None:
    sandbox = world(Make.INCIDENT_IO)
    sandbox.order(Fault(status=404, after=1))

    result = await look(reader(sandbox, **{Make.INCIDENT_IO: {"kind": "statuspage"}}), Make.INCIDENT_IO)

    assert not result.is_degraded
