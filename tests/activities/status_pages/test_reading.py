import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.http import Api
from activities.integration import Surroundings
from activities.status_pages import INTEGRATION, statuspage
from activities.status_pages.known import KNOWN, RENTED
from activities.status_pages.pages import Pages
from activities.status_pages.reading import PageReading, ReadPage, summed_up
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.server import serving
from sandbox.status_pages import Weather
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider, StatusPage
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.slurpy()


@pytest.fixture
def page(sandbox: Sandbox) -> ReadPage:
    connection = Connection(transport=httpx.ASGITransport(application(sandbox)))
    pages = {name: StatusPage(url=f"http://sandbox.example/status/{name}") for name in sandbox.status_pages}
    return ReadPage(Pages(Api("status", connection, Redactor()), pages))


async def look(page: ReadPage, name: str, *components: str, at: datetime = AT) -> PageReading:
    return await page.read(Look(arguments={"page": name, "components": list(components)}, as_of=at))


async def test_a_calm_page_is_neither_down_nor_degraded_over_a_real_socket(sandbox: Sandbox) -> None:
    async with serving(sandbox) as base:
        pages = {"fly": {"url": f"{base}/status/fly/"}, "openai": StatusPage(url=f"{base}/status/openai")}
        settings = Provider.model_validate({"pages": pages})
        page = ReadPage(INTEGRATION.connect(Surroundings(settings, Redactor())))

        fly, openai = await look(page, "fly"), await look(page, "openai")

    assert (fly.is_down, fly.is_degraded, fly.indicator) == (False, False, "none")
    assert fly.line() == "fly: fine, All Systems Operational"
    assert (openai.is_down, openai.incidents, openai.maintenance) == (False, (), ())
    assert fly.updated_at is not None


@pytest.mark.parametrize(
    ("weather", "down", "degraded"),
    [(Weather.MINOR, False, True), (Weather.OUTAGE, True, True), (Weather.HIDDEN_INCIDENT, True, True)],
)
@pytest.mark.parametrize("name", ["fly", "openai"])
async def test_the_worst_of_the_pages_word_and_its_open_incidents_counts(
    sandbox: Sandbox, page: ReadPage, name: str, weather: Weather, *, down: bool, degraded: bool
) -> None:
    sandbox.status_pages[name].turn(weather)

    result = await look(page, name)

    assert (result.is_down, result.is_degraded) == (down, degraded)
    assert result.headline == result.incidents[0] == f"Trouble at {name.title()}"


async def test_only_the_components_that_the_team_uses_count(sandbox: Sandbox, page: ReadPage) -> None:
    sandbox.status_pages["supabase"].turn(Weather.OUTAGE, ["Storage"])

    used, unused = await look(page, "supabase", "storage"), await look(page, "supabase", "Database")

    assert (used.is_down, used.incidents) == (True, ("Trouble at Supabase",))
    assert (unused.is_down, unused.is_degraded, unused.incidents) == (False, False, ())
    assert unused.indicator == "critical"


async def test_an_incident_that_does_not_say_what_it_is_about_counts_for_every_component(
    sandbox: Sandbox, page: ReadPage
) -> None:
    sandbox.status_pages["openai"].turn(Weather.OUTAGE, ["Embeddings"])

    assert (await look(page, "openai", "Responses")).is_down


async def test_the_teams_own_list_of_components_holds_unless_the_playbook_names_others(
    sandbox: Sandbox,
) -> None:
    sandbox.status_pages["supabase"].turn(Weather.OUTAGE, ["Storage"])
    connection = Connection(transport=httpx.ASGITransport(application(sandbox)))
    mine = StatusPage(url="http://sandbox.example/status/supabase", components=("Auth",))
    page = ReadPage(Pages(Api("status", connection, Redactor()), {"supabase": mine}))

    assert not (await look(page, "supabase")).is_down
    assert (await look(page, "supabase", "Storage")).is_down


async def test_a_component_that_the_page_does_not_have_is_refused_with_those_it_has(page: ReadPage) -> None:
    with pytest.raises(Rejected, match=r"no component databse; it has Auth, Database, Storage"):
        await look(page, "supabase", "Databse")


async def test_maintenance_under_way_is_told_and_is_no_outage(sandbox: Sandbox, page: ReadPage) -> None:
    sandbox.status_pages["fly"].turn(Weather.MAINTENANCE)

    result = await look(page, "fly")

    assert (result.is_down, result.maintenance) == (False, ("Planned work",))
    assert result.line().endswith("; maintenance: Planned work")


def summary(**integrations: Any) -> dict[str, Any]:
    return {"page": {}, "status": {"indicator": "none", "description": "Fine"}, **integrations}


def test_announced_maintenance_and_closed_incidents_are_left_out() -> None:
    seen = statuspage.read(
        summary(
            incidents=[{"name": "over", "status": "resolved", "impact": "critical"}],
            scheduled_maintenances=[
                {"name": "tomorrow", "status": "scheduled", "impact": "maintenance"},
                {"name": "now", "status": "verifying", "impact": "maintenance"},
            ],
        )
    )

    result = summed_up("fly", seen, frozenset())

    assert (result.is_degraded, result.incidents, result.maintenance) == (False, (), ("now",))


def test_a_heading_stands_for_what_is_under_it_and_is_no_component_itself() -> None:
    integrations = [
        {"id": "g", "name": "Edge", "status": "major_outage", "group": True},
        {"id": "a", "name": "Lisbon", "status": "operational", "group": False, "group_id": "g"},
        {"id": "b", "name": "Porto", "status": "partial_outage", "group": False, "group_id": "g"},
        {"id": "c", "name": "API", "status": "operational", "group": False, "group_id": None},
    ]
    seen = statuspage.read(summary(components=integrations))

    assert summed_up("x", seen, frozenset({"edge"})).is_down
    assert not summed_up("x", seen, frozenset({"lisbon", "api"})).is_degraded


def test_a_word_that_nobody_knows_yet_is_a_degradation() -> None:
    incident = {"name": "new", "status": "investigating", "impact": "catastrophic-ish"}

    result = summed_up("x", statuspage.read(summary(incidents=[incident])), frozenset())

    assert (result.is_down, result.is_degraded) == (False, True)


async def test_a_page_is_asked_once_a_minute_whoever_asks(sandbox: Sandbox, page: ReadPage) -> None:
    await asyncio.gather(*(look(page, "fly") for _ in range(5)))
    sandbox.status_pages["fly"].turn(Weather.OUTAGE)

    within = await look(page, "fly", at=AT + timedelta(seconds=59))
    asked = len(sandbox.ledger.requests)
    after = await look(page, "fly", at=AT + timedelta(seconds=60))

    assert (within.is_down, asked) == (False, 1)
    assert (after.is_down, len(sandbox.ledger.requests)) == (True, 2)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503),
        Fault(status=403),
        Fault(status=404),
        Fault(trouble=Trouble.GARBAGE),
        Fault(trouble=Trouble.TIMEOUT),
        Fault(trouble=Trouble.RESET),
    ],
)
async def test_a_page_that_cannot_be_read_is_missing_evidence_for_a_minute(
    sandbox: Sandbox, page: ReadPage, fault: Fault
) -> None:
    sandbox.order(fault)

    for _ in range(2):
        with pytest.raises(Unavailable, match="page fly"):
            await look(page, "fly")

    assert len(sandbox.ledger.requests) <= len(RENTED)
    assert not (await look(page, "fly", at=AT + timedelta(minutes=1))).is_down


@pytest.mark.parametrize("body", ["", "null", "[]", '{"status": {}}', '{"components": 7}'])
async def test_an_answer_that_is_no_status_page_is_missing_evidence(body: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body.encode()})

    connection = Connection(transport=httpx.ASGITransport(app))
    page = ReadPage(Pages(Api("status", connection, Redactor()), {}))

    with pytest.raises(Unavailable, match="is not a page of statuspage"):
        await look(page, "fly")


async def test_a_page_that_nobody_knows_is_an_error_with_a_suggestion(page: ReadPage) -> None:
    with pytest.raises(ConfigError, match="did you mean supabase"):
        await look(page, "superbase")


def test_every_known_page_has_an_address_without_a_path() -> None:
    assert all(httpx.URL(known.address).path == "/" for known in KNOWN.values())
