from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.integration import Surroundings
from activities.pagerduty import INTEGRATION, Incidents, PagerDuty, ReadIncidents
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault
from sandbox.pagerduty.keys import PagerDutyKey
from sandbox.pagerduty.scenes import ANA, BACKEND, CALL, FRONTEND, SAM, WORKER, slurpy
from sandbox.pagerduty.world import PagerDutyWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(slurpy, SandboxClock(AT))
    yield made
    assert made.ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> PagerDutyWorld:
    return sandbox.of(PagerDutyWorld)


def surroundings(folder: Path, key: str = PagerDutyKey.READ_ONLY, **settings: Any) -> Surroundings:
    (folder / "key").write_text(key)
    return Surroundings(Provider(token=f"file:{folder / 'key'}", **settings), Redactor())


def connected(sandbox: Sandbox, folder: Path, key: str = PagerDutyKey.READ_ONLY) -> PagerDuty:
    made = PagerDuty.connect(surroundings(folder, key, base_url="http://sandbox.example/pagerduty"))
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    return made


@pytest.fixture
def pagerduty(sandbox: Sandbox, tmp_path: Path) -> PagerDuty:
    return connected(sandbox, tmp_path)


async def look(pagerduty: PagerDuty, *services: str) -> Incidents:
    return await ReadIncidents(pagerduty).read(Look(arguments={"services": [*services]}, as_of=AT))


async def test_a_line_says_who_has_it_and_what_the_newest_is(pagerduty: PagerDuty) -> None:
    found = await look(pagerduty)

    said = "3 open, 1 acknowledged by Ana Lima; newest #1237 on backend since 02:54 (high, P1)"
    assert found.line() == said


async def test_incidents_are_chosen_by_service_and_one_of_last_month_is_open_still(
    pagerduty: PagerDuty,
) -> None:
    found = await look(pagerduty, WORKER)

    assert (found.open, found.high, found.on) == (2, 1, ("worker",))
    assert found.oldest_at == AT - timedelta(days=40)


async def test_a_service_on_which_nothing_is_open_is_quiet(
    pagerduty: PagerDuty, world: PagerDutyWorld
) -> None:
    world.resolve(1237)

    found = await look(pagerduty, FRONTEND, BACKEND)

    assert (found.open, found.newest, found.newest_at) == (0, None, None)
    assert found.line() == "no incident is open"


async def test_a_service_that_there_is_not_is_refused_and_never_quiet(pagerduty: PagerDuty) -> None:
    with pytest.raises(Rejected, match="has no service PBACK99"):
        await look(pagerduty, BACKEND, "PBACK99")


async def test_a_services_name_is_not_its_identifier(pagerduty: PagerDuty) -> None:
    with pytest.raises(ValidationError):
        await look(pagerduty, "backend")


async def test_whoever_said_so_last_is_named_first_and_each_once(
    pagerduty: PagerDuty, world: PagerDutyWorld
) -> None:
    world.add_person("PLEE003", "Lee Park")
    world.acknowledge(1237, "PLEE003", ago=timedelta(minutes=2))
    world.acknowledge(1234, ANA, ago=timedelta(minutes=1))

    found = await look(pagerduty)

    assert (found.triggered, found.acknowledged_by) == (0, ("Ana Lima", "Lee Park"))
    assert found.acknowledged_at == AT - timedelta(minutes=1)


async def test_what_timed_out_is_nobodys_again(pagerduty: PagerDuty, world: PagerDutyWorld) -> None:
    world.time_out(1236)

    found = await look(pagerduty, WORKER)

    assert (found.triggered, found.acknowledged, found.acknowledged_by) == (2, 0, ())
    assert found.line() == "2 open, none acknowledged; newest #1236 on worker since 02:10 (high, P2)"


async def test_nobody_is_named_by_an_address_or_a_telephone_number(
    pagerduty: PagerDuty, world: PagerDutyWorld
) -> None:
    world.add_person("PTEL004", "+1 (555) 010-0199")
    world.add_service(BACKEND, "reports of 2026-11-21")
    world.acknowledge(1237, SAM)
    world.acknowledge(1234, "PTEL004")

    found = await look(pagerduty)

    assert {*found.acknowledged_by} == {"Ana Lima", SAM, "PTEL004"}
    assert found.newest_on == "reports of 2026-11-21"


async def test_who_called_and_where_the_others_are_reached_stays_there(pagerduty: PagerDuty) -> None:
    page = await pagerduty.page()

    assert CALL not in repr(page)
    assert "555" not in repr(page)


async def test_pages_are_followed_for_as_long_as_there_is_more(
    sandbox: Sandbox, pagerduty: PagerDuty, world: PagerDutyWorld
) -> None:
    for _ in range(200):
        world.trigger(BACKEND, "again", ago=timedelta(minutes=1))

    found = await look(pagerduty)

    assert (found.open, len(sandbox.ledger.requests)) == (203, 3)


async def test_more_incidents_than_can_be_read_are_never_counted_in_part(
    pagerduty: PagerDuty, world: PagerDutyWorld
) -> None:
    for _ in range(1000):
        world.trigger(BACKEND, "again")

    with pytest.raises(Rejected, match="narrow them by services"):
        await look(pagerduty)


async def test_a_limit_is_waited_for_until_it_is_lifted(sandbox: Sandbox, pagerduty: PagerDuty) -> None:
    sandbox.order(Fault(status=429))

    with pytest.raises(Unavailable) as refused:
        await look(pagerduty)

    assert refused.value.retry_after == timedelta(seconds=17)


def test_an_account_in_europe_has_a_host_of_its_own(tmp_path: Path) -> None:
    assert PagerDuty.connect(surroundings(tmp_path, region="eu"))
    with pytest.raises(ConfigError, match="one of us, eu"):
        PagerDuty.connect(surroundings(tmp_path, region="mars"))


async def test_a_key_is_tried_on_what_is_open(sandbox: Sandbox, pagerduty: PagerDuty, tmp_path: Path) -> None:
    assert INTEGRATION.credential

    assert (await INTEGRATION.credential.prove(pagerduty, INTEGRATION.itself)).saw == "3 open incidents seen"
    for key in ("nobody's key", PagerDutyKey.OTHER_TEAM):
        with pytest.raises(Unauthorized):
            await INTEGRATION.credential.prove(connected(sandbox, tmp_path, key), INTEGRATION.itself)
