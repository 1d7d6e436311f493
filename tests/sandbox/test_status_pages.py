import codecs

import httpx
import pytest

from sandbox import Sandbox
from sandbox.status_pages import FakeStatusPage, Make, Weather


async def summary(anyone: httpx.AsyncClient, page: str) -> httpx.Response:
    return await anyone.get(f"/status/{page}/api/v2/summary.json")


async def test_the_two_makes_say_nothing_open_in_their_own_way(anyone: httpx.AsyncClient) -> None:
    statuspage, incident_io = (await summary(anyone, "fly")).json(), (await summary(anyone, "openai")).json()

    assert (statuspage["incidents"], statuspage["scheduled_maintenances"]) == ([], [])
    assert (incident_io["incidents"], incident_io["scheduled_maintenances"]) == (None, None)
    assert "group" not in incident_io["components"][0]
    absent = await anyone.get("/status/openai/api/v2/scheduled-maintenances/active.json")
    assert absent.status_code == 404


async def test_an_outage_strikes_the_named_components(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    sandbox.status_pages["fly"].turn(Weather.OUTAGE, ["Machines API"])

    body = (await summary(anyone, "fly")).json()

    assert body["status"]["indicator"] == "critical"
    assert {one["name"]: one["status"] for one in body["components"]}["Machines API"] == "major_outage"
    assert [one["impact"] for one in body["incidents"]] == ["critical"]


@pytest.mark.parametrize("page", ["fly", "clerk"])
async def test_an_incident_can_be_open_while_the_indicator_says_none(
    sandbox: Sandbox, anyone: httpx.AsyncClient, page: str
) -> None:
    sandbox.status_pages[page].turn(Weather.HIDDEN_INCIDENT)

    body = (await summary(anyone, page)).json()

    assert body["status"]["indicator"] == "none"
    assert body["incidents"][0]["impact"] == "major"


async def test_a_page_can_be_unreachable(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    sandbox.status_pages["fly"].turn(Weather.UNREACHABLE)

    assert (await summary(anyone, "fly")).status_code == 503


def of_make(sandbox: Sandbox, make: Make, components: list[str] | None = None) -> FakeStatusPage:
    return sandbox.add_status_page(make, make, components or ["API", "Dashboard"])


async def test_what_runs_and_what_is_announced_stand_in_one_list(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    sandbox.status_pages["fly"].turn(Weather.ANNOUNCED_MAINTENANCE)

    body = (await summary(anyone, "fly")).json()

    assert [one["status"] for one in body["scheduled_maintenances"]] == ["scheduled"]
    assert body["status"]["indicator"] == "none"


async def test_a_heading_is_as_bad_as_the_worst_under_it(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    page = of_make(sandbox, Make.STATUSPAGE, ["Edge / Lisbon", "Edge / Porto", "API"])
    page.turn(Weather.OUTAGE, ["Porto"])

    found = {one["name"]: one for one in (await summary(anyone, "statuspage")).json()["components"]}

    assert {name: one["status"] for name, one in found.items()} == {
        "Lisbon": "operational",
        "Porto": "major_outage",
        "API": "operational",
        "Edge": "major_outage",
    }
    assert found["Edge"]["group"]
    assert found["Porto"]["group_id"] == found["Edge"]["id"]
    assert found["API"]["group_id"] is None


async def test_a_summary_of_incident_io_may_leave_out_an_incident(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    sandbox.status_pages["openai"].turn(Weather.OMITTED_INCIDENT)

    whole = (await anyone.get("/status/openai/api/v2/incidents.json")).json()

    assert (await summary(anyone, "openai")).json()["incidents"] is None
    assert len(whole["incidents"]) == 1


async def test_aws_speaks_utf_16_and_of_events_that_are_over_or_never_end(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    of_make(sandbox, Make.AWS)

    answer = await anyone.get("/status/aws/public/currentevents")

    assert answer.headers["content-type"] == "application/json;charset=utf-16"
    assert answer.content.startswith(codecs.BOM_UTF16_BE)
    assert [(one["arn"].split(":")[3], one["status"]) for one in answer.json()] == [
        ("me-central-1", "3"),
        ("me-south-1", "3"),
        ("us-east-1", "0"),
    ]


@pytest.mark.parametrize("weather", [Weather.FINE, Weather.OUTAGE])
async def test_googles_feed_is_a_history(
    sandbox: Sandbox, anyone: httpx.AsyncClient, weather: Weather
) -> None:
    of_make(sandbox, Make.GOOGLE).turn(weather)

    entries = (await anyone.get("/status/google/incidents.json")).json()

    open_now = [one for one in entries if "end" not in one]
    assert (len(open_now), len(entries) - len(open_now)) == (int(weather is Weather.OUTAGE), 1)
    assert {one["service_name"] for one in entries} == {"Multiple Products"}


async def test_what_is_over_at_heroku_is_never_resolved_and_old_plans_stay(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    of_make(sandbox, Make.HEROKU, ["Apps", "Data", "Tools"])

    body = (await anyone.get("/status/heroku/api/v4/current-status")).json()

    assert [(one["state"], one["resolved"]) for one in body["incidents"]] == [("resolved", False)]
    assert len(body["scheduled"]) == 1
    assert {one["status"] for one in body["status"]} == {"green"}


async def test_a_report_of_better_stack_that_is_over_has_no_end(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    of_make(sandbox, Make.BETTER_STACK)

    body = (await anyone.get("/status/better-stack/index.json")).json()

    reports = [one["attributes"] for one in body["included"] if one["type"] == "status_report"]
    assert [(one["aggregate_state"], one["ends_at"]) for one in reports] == [("resolved", None)]
    assert body["data"]["attributes"]["aggregate_state"] == "operational"


async def test_instatus_leaves_out_what_is_empty(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    of_make(sandbox, Make.INSTATUS)

    assert (await anyone.get("/status/instatus/summary.json")).json().keys() == {"page"}
    assert (await anyone.get("/status/instatus/api/v2/summary.json")).status_code == 404
