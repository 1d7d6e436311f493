import httpx
import pytest

from stanch.sandbox import Sandbox
from stanch.sandbox.status_pages import Weather


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
