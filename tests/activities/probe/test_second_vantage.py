"""An address that fails from here and was seen up elsewhere since counts as answering."""

from datetime import timedelta
from typing import Any

import pytest

from activities.probes.probe import ProbeResult, ReadProbe
from activities.probes.second_vantage import seen_up
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from stanch.model.sighting import SeenUp
from tests.activities.probe.asking import AT, answering, outside_of

URL = "https://shop.example/healthz"
BAD = AT - timedelta(minutes=5)
A_MINUTE = timedelta(minutes=1)


def seen(url: str = URL, ago: timedelta = A_MINUTE, **look: Any) -> dict[str, Any]:
    return seen_up([URL], [SeenUp(url=url, up_at=AT - ago)], Look(as_of=AT, **look))


async def probed(outside: Any, *urls: str, ago: timedelta = A_MINUTE) -> ProbeResult:
    elsewhere = [{"url": URL, "up_at": (AT - ago).isoformat()}]
    arguments = {"urls": list(urls), "seen_elsewhere": elsewhere, "samples": 2}
    return await ReadProbe(outside).read(Look(arguments=arguments, as_of=AT, first_bad_at=BAD))


async def test_what_is_up_elsewhere_is_neither_down_nor_failing_and_that_is_said() -> None:
    result = await probed(outside_of(answering(403)), URL)

    assert (result.is_down, result.failing, result.is_slow) == (False, False, False)
    assert (result.requests, result.failures, result.p95, result.slowest) == (0, 0, None, None)
    assert result.line() == f"{URL} was seen up at 02:59, though not from here"
    assert result.statuses == (403,)


async def test_other_addresses_count_as_ever() -> None:
    result = await probed(outside_of(answering(403)), URL, "https://shop.example/other")

    assert (result.is_down, result.failing, result.requests, result.failures) == (False, True, 2, 2)
    assert result.line().endswith(f"answered 403; {URL} was seen up at 02:59, though not from here")


async def test_an_address_that_answers_now_and_then_fails_whatever_was_seen_elsewhere() -> None:
    sandbox = Sandbox.shop()
    sandbox.order(Fault(trouble=Trouble.RESET))

    answers = outside_of(application(sandbox))
    elsewhere = [{"url": "http://sandbox.example/service/shop/metrics.json", "up_at": AT.isoformat()}]
    arguments = {"url": elsewhere[0]["url"], "seen_elsewhere": elsewhere}
    result = await ReadProbe(answers).read(Look(arguments=arguments, as_of=AT))

    assert (result.is_down, result.failing, result.failures) == (False, True, 1)
    assert result.up_elsewhere == ()


@pytest.mark.parametrize(
    ("ago", "look"),
    [
        (timedelta(minutes=11), {}),
        (timedelta(minutes=6), {"first_bad_at": BAD}),
        (timedelta(minutes=2), {"first_bad_at": BAD, "since": AT - A_MINUTE}),
    ],
    ids=["long ago", "before it was bad", "before the last change"],
)
def test_what_was_seen_before_proves_nothing(ago: timedelta, look: dict[str, Any]) -> None:
    assert seen(ago=ago, **look) == {}


@pytest.mark.parametrize("url", [URL, f"{URL}/", f"{URL}?from=monitor", "HTTPS://SHOP.example:443/healthz"])
def test_monitors_write_the_same_address_in_their_own_way(url: str) -> None:
    assert seen(url) == {URL: AT - A_MINUTE}


@pytest.mark.parametrize("url", ["https://shop.example/", "http://shop.example/healthz"])
def test_another_address_says_nothing_about_this_one(url: str) -> None:
    assert seen(url) == {}


def test_the_last_of_several_sightings_counts() -> None:
    sightings = [SeenUp(url=URL, up_at=AT - minutes * A_MINUTE) for minutes in (3, 1, 2)]

    assert seen_up([URL], sightings, Look(as_of=AT)) == {URL: AT - A_MINUTE}
