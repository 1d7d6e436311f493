from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.grafana import INTEGRATION, Alerts, Grafana, ReadAlerts
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.grafana.keys import GrafanaKey
from sandbox.grafana.scenes import DISK, ERRORS, LATENCY, MEMORY, QUEUE, servio
from sandbox.grafana.world import ERROR, GrafanaWorld
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(servio, SandboxClock(AT))
    yield made
    assert made.ledger.unexpected == []


@pytest.fixture
def world(sandbox: Sandbox) -> GrafanaWorld:
    return sandbox.of(GrafanaWorld)


def connected(
    sandbox: Sandbox,
    folder: Path,
    key: str = GrafanaKey.VIEWER,
    base_url: str = "http://sandbox.example/grafana/",
) -> Grafana:
    (folder / "key").write_text(key)
    settings = Provider(token=f"file:{folder / 'key'}", base_url=base_url)
    made = Grafana.connect(Surroundings(settings, Redactor()))
    made.api.connection.answered_by(httpx.ASGITransport(application(sandbox)))
    return made


@pytest.fixture
def grafana(sandbox: Sandbox, tmp_path: Path) -> Grafana:
    return connected(sandbox, tmp_path)


async def look(grafana: Grafana, **labels: Any) -> Alerts:
    return await ReadAlerts(grafana).read(Look(arguments={"labels": labels}, as_of=AT))


async def test_a_line_says_what_fires_and_that_something_cannot_tell(grafana: Grafana) -> None:
    found = await look(grafana)

    said = f"2 firing since 02:51: {LATENCY}, {ERRORS}; 1 silenced; 1 inhibited"
    assert found.line() == f"{said}; monitoring broken for 1: {MEMORY}"


async def test_alerts_are_chosen_by_all_of_several_labels(grafana: Grafana) -> None:
    found = await look(grafana, service="servio", severity="critical")

    assert (found.firing, found.names, found.silenced, found.inhibited, found.broken) == (
        1,
        (ERRORS,),
        0,
        0,
        0,
    )


@pytest.mark.parametrize("value", ['a "b" \\ c', "line\nline", "=~.*", "ö, 7 €"])
async def test_a_value_is_taken_as_it_is_whatever_stands_in_it(
    grafana: Grafana, world: GrafanaWorld, value: str
) -> None:
    world.fire("odd", place=value)

    assert (await look(grafana, place=value)).names == ("odd",)


async def test_a_label_whose_name_not_every_release_takes_is_compared_all_the_same(
    sandbox: Sandbox, grafana: Grafana, world: GrafanaWorld
) -> None:
    world.fire("odd", **{"service.name": "servio"})

    assert (await look(grafana, **{"service.name": "servio"})).names == ("odd",)
    assert "filter" not in sandbox.ledger.requests[-1].query


async def test_a_rule_is_found_by_its_name_when_it_cannot_tell(grafana: Grafana, world: GrafanaWorld) -> None:
    world.blind("lost", ERROR)

    for rule in (MEMORY, "lost"):
        found = await look(grafana, alertname=rule)
        assert (found.firing, found.broken, found.names_broken, found.is_quiet) == (0, 1, (rule,), False)
    assert (await look(grafana, alertname=ERROR)).names_broken == ("lost",)
    assert (await look(grafana, alertname=ERRORS)).names == (ERRORS,)


async def test_what_cannot_tell_is_no_less_broken_when_it_is_silenced(
    grafana: Grafana, world: GrafanaWorld
) -> None:
    world.silence(MEMORY)

    found = await look(grafana)

    assert (found.silenced, found.broken) == (1, 1)


async def test_it_is_quiet_when_all_that_is_left_is_silenced_or_inhibited(
    grafana: Grafana, world: GrafanaWorld
) -> None:
    for rule in (ERRORS, LATENCY, MEMORY):
        world.end(rule)
    world.inhibit(DISK)

    found = await look(grafana)

    assert (found.is_quiet, found.silenced, found.inhibited, found.firing_since) == (True, 1, 1, None)
    assert found.line() == "nothing fires; 1 silenced; 1 inhibited"
    assert (await look(grafana, alertname=QUEUE)).line() == "nothing fires; 1 inhibited"


async def test_a_name_is_shown_once_and_not_too_many_are(grafana: Grafana, world: GrafanaWorld) -> None:
    for number in range(30):
        world.fire(f"r{number // 2}", timedelta(hours=1), instance=str(number))

    found = await look(grafana)

    assert (found.firing, len(found.names), len({*found.names})) == (32, 12, 12)


async def test_what_annotations_say_stays_there(grafana: Grafana) -> None:
    assert "password" not in repr(await grafana.alerts({}))


async def test_one_that_is_still_starting_is_asked_again(grafana: Grafana, world: GrafanaWorld) -> None:
    world.is_starting = True

    with pytest.raises(Unavailable, match="not initialised"):
        await look(grafana)


async def test_without_its_address_it_says_what_is_missing(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"providers\.grafana\.base_url is missing"):
        await look(connected(sandbox, tmp_path, base_url=""))


async def test_whatever_else_stands_at_the_address_is_not_quiet(grafana: Grafana) -> None:
    grafana.api.connection.answered_by(httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []})))

    with pytest.raises(Rejected, match="does not answer as Grafana does"):
        await look(grafana)


async def test_a_token_is_tried_on_the_alerts_themselves(
    sandbox: Sandbox, grafana: Grafana, tmp_path: Path
) -> None:
    assert INTEGRATION.credential

    assert (await INTEGRATION.credential.prove(grafana, INTEGRATION.itself)).saw == "5 alerts seen"
    with pytest.raises(Unauthorized, match=r"alert\.instances:read"):
        await INTEGRATION.credential.prove(
            connected(sandbox, tmp_path, GrafanaKey.NO_ALERTS), INTEGRATION.itself
        )
    with pytest.raises(Unauthorized):
        await INTEGRATION.credential.prove(connected(sandbox, tmp_path, "nobody's token"), INTEGRATION.itself)
