"""Causes at a service's edges: who is kept out, whose events it takes, what it calls and how it is found."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx
import pytest
from worlds import catalogue_of

from sandbox import Sandbox, keys
from sandbox.catalogues import ready
from sandbox.causes import bring_about
from sandbox.causes.reach import nameless
from sandbox.cloudflare.world import CloudflareWorld
from sandbox.furnishing import Furnished, furnish
from sandbox.heroku.world import HerokuWorld
from sandbox.instances import ImpossibleError
from sandbox.logfile.world import LogfileWorld
from sandbox.prometheus.world import PrometheusWorld
from sandbox.status_pages import Weather
from sandbox.stripe.keys import StripeKey
from sandbox.stripe.world import StripeWorld
from sandbox.traffic import Gauge
from tests.sandbox.conftest import client_of

RIGHT = "right value of STRIPE_WEBHOOK_SECRET in the sandbox"
WEBHOOK = {"of": "backend", "key": "STRIPE_WEBHOOK_SECRET"}
OPEN = {"of": "servio", "dependency": "openai", "paths": ["/api/answers"], "share": 0.2}


def world(team: str, *state: Any, catalogue: str = "", minutes: int = 6) -> Furnished:
    furnished = furnish(Sandbox(), catalogue_of(team, catalogue), "http://127.0.0.1:7999")
    bring_about(furnished, state, timedelta(minutes=minutes))
    return furnished


def shop(*state: Any) -> Furnished:
    return world("gitquest", *state, catalogue="heroku.stanch.yaml")


def later(made: Furnished, minutes: int = 5) -> None:
    made.sandbox.pass_time(timedelta(minutes=minutes))


def written(made: Furnished, word: str) -> int:
    return made.sandbox.of(LogfileWorld).files["app.log"].text.count(word)


def untaken(made: Furnished) -> int:
    return sum(one.pending > 0 for one in made.sandbox.of(StripeWorld).events)


def give(made: Furnished, value: str) -> None:
    app = made.sandbox.of(HerokuWorld).apps["gitquest-backend"]
    app.config["STRIPE_WEBHOOK_SECRET"] = value
    app.released("Set STRIPE_WEBHOOK_SECRET config vars", app.slug(), timedelta())


# Attackers


def test_attackers_write_lines_with_their_addresses_until_exactly_they_are_kept_out() -> None:
    made = world("servio", {"attackers": {"of": "servio", "from": ["203.0.113.8/31"], "per_minute": 60}})
    zones = made.sandbox.of(CloudflareWorld).zones
    begun = written(made, "ip=203.0.113.8"), written(made, "ip=203.0.113.9")

    for value in ("203.0.113.8", "192.0.2.0/24"):
        made.sandbox.of(CloudflareWorld).add_rule(next(iter(zones)), value)
    later(made)

    assert begun == (180, 180)
    assert written(made, "ip=203.0.113.8") == 180
    assert written(made, "ip=203.0.113.9") == 330


def test_attackers_are_kept_out_of_a_range_and_fail_no_visitor() -> None:
    made = world("servio", {"attackers": {"of": "servio", "from": ["203.0.113.0/24"], "kind": "expired"}})

    made.sandbox.of(CloudflareWorld).add_rule(
        next(iter(made.sandbox.of(CloudflareWorld).zones)), "203.0.113.0/24"
    )
    begun = written(made, "timestamp expired")
    later(made)

    assert begun == written(made, "timestamp expired") > 300
    assert made.sandbox.services["servio"].measure().error_rate == 0


def test_whoever_has_a_leaked_secret_is_gone_when_it_is_worth_nothing() -> None:
    forged = {"of": "backend", "from": ["203.0.113.8"], "leaked": "STRIPE_WEBHOOK_SECRET"}
    made = shop({"webhook": WEBHOOK | {"is": "well"}}, {"attackers": forged})
    before = made.sandbox.services["backend"].measure().remarks

    give(made, "another")

    assert [text for text, _ in before] == ["webhook refused: signature verification failed ip=203.0.113.8"]
    after = made.sandbox.services["backend"].measure().remarks
    assert [text.rpartition(" ")[2] for text, _ in after] == ["ip=198.51.100.23"]


# Events


def test_events_wait_while_the_secret_is_another_and_arrive_with_the_right_one_alone() -> None:
    made = shop({"webhook": WEBHOOK | {"is": "wrong-secret"}})
    found, is_trouble = [untaken(made)], [bool(made.sandbox.complaints())]

    for value in ("yet another", RIGHT):
        give(made, value)
        later(made)
        found.append(untaken(made))
        is_trouble.append(bool(made.sandbox.complaints()))
    later(made, 60)

    assert found == [6, 11, 3]
    assert is_trouble == [True, True, False]
    assert untaken(made) == 0


def test_refused_events_are_written_down_with_where_they_came_from() -> None:
    made = shop({"webhook": WEBHOOK | {"is": "wrong-secret", "address": "198.51.100.7"}})

    assert made.sandbox.services["backend"].measure().remarks == (
        ("webhook refused: signature verification failed ip=198.51.100.7", 1),
    )


def test_a_disabled_endpoint_gets_nothing_and_what_waited_comes_when_it_is_enabled() -> None:
    made = shop({"webhook": WEBHOOK | {"is": "disabled"}})
    account, before = made.sandbox.of(StripeWorld), untaken(made)
    later(made, 10)
    still = untaken(made)

    for one in account.endpoints.values():
        one.status = "enabled"
    later(made, 120)

    assert before == still > 50
    assert untaken(made) == 0


@pytest.mark.parametrize(("state", "status"), [("address-404", 404), ("well", 401), ("undelivered", 500)])
async def test_the_webhooks_address_answers_as_it_takes_events(state: str, status: int) -> None:
    made = shop({"webhook": WEBHOOK | {"is": state}})

    async with client_of(made.sandbox, keys.SERVICE) as anyone:
        answer = await anyone.post("/service/backend/api/webhooks/stripe", json={})

    assert answer.status_code == status
    assert (untaken(made) > 0) is (state != "well")


@pytest.mark.parametrize(("secret", "status"), [(RIGHT, 200), ("another", 400)])
async def test_an_event_is_taken_by_its_signature(secret: str, status: int) -> None:
    made, body = shop({"webhook": WEBHOOK | {"is": "well"}}), b'{"id": "evt_1"}'
    said = hmac.new(secret.encode(), b"1700000000." + body, hashlib.sha256).hexdigest()

    async with client_of(made.sandbox, keys.SERVICE) as anyone:
        answer = await anyone.post(
            "/service/backend/api/webhooks/stripe",
            content=body,
            headers={"Stripe-Signature": f"t=1700000000,v1={said}"},
        )

    assert answer.status_code == status


def test_a_second_endpoint_of_another_secret_is_refused_until_the_service_has_it() -> None:
    made = shop({"webhook": WEBHOOK | {"is": "well"}})
    service, account = made.sandbox.services["backend"], made.sandbox.of(StripeWorld)
    first = next(iter(account.endpoints.values()))
    second, refused = account.add(first.url, first.enabled_events), []

    for secret, status in ((RIGHT, "enabled"), (second.secret, "enabled"), (second.secret, "disabled")):
        first.status = status
        give(made, secret)
        refused.append(bool(service.measure().remarks))

    assert refused == [True, True, False]


async def test_a_second_endpoint_has_a_secret_of_its_own() -> None:
    made = shop({"webhook": WEBHOOK | {"is": "well"}})
    url = next(iter(made.sandbox.of(StripeWorld).endpoints.values())).url
    async with client_of(made.sandbox, StripeKey.ALL) as stripe:
        form = {"url": url, "enabled_events[]": "payment_intent.succeeded"}
        second = (await stripe.post("/stripe/v1/webhook_endpoints", data=form)).json()
        later(made)
        one_refuses = untaken(made)
        give(made, second["secret"])
        later(made)
        first = next(one for one in made.sandbox.of(StripeWorld).endpoints if one != second["id"])
        await stripe.post(f"/stripe/v1/webhook_endpoints/{first}", data={"disabled": "true"})
    later(made)

    newest = made.sandbox.of(StripeWorld).events[:4]
    assert one_refuses == 5
    assert untaken(made)
    assert not made.sandbox.complaints()
    assert [one.pending for one in newest] == [0, 0, 0, 0]


def test_payments_are_declined_for_their_reasons_and_reach_the_service() -> None:
    made = shop({"payments": {"of": "backend", "per_minute": 10, "declined": {"do_not_honor": 0.3}}})
    later(made, 10)

    recent = [
        one
        for one in made.sandbox.of(StripeWorld).events
        if one.created > made.sandbox.clock.now() - timedelta(minutes=10)
    ]
    failed = [one for one in recent if one.type == "payment_intent.payment_failed"]

    assert len(failed) == 30
    assert untaken(made) == 0


def test_nobody_pays_by_whom_the_world_does_not_know() -> None:
    with pytest.raises(ImpossibleError, match="nothing is paid by acme"):
        shop({"payments": {"of": "backend", "sender": "acme"}})


# What it calls


async def half_open(made: Furnished, dependency: str = "openai", **body: Any) -> httpx.Response:
    async with client_of(made.sandbox, keys.SERVICE) as admin:
        where = f"/service/servio/api/admin/breakers/{dependency}"
        answer = await admin.post(where, json=body or {"state": "HALF_OPEN"})
    later(made, 1)
    return answer


def stands(made: Furnished) -> float:
    query = 'circuit_breaker_state{name="openai"}'
    ((_, value),) = made.sandbox.of(PrometheusWorld).found(query, made.sandbox.clock.now())
    return value


async def test_a_breaker_that_is_stuck_closes_when_somebody_opens_it_half() -> None:
    made = world("servio", {"breaker": OPEN})
    service, before = made.sandbox.services["servio"], stands(made)
    failing = service.answer("api/answers/1")[0], service.measure().error_rate

    unknown = await half_open(made, "geocoder")
    wrong = await half_open(made, state="AJAR")
    after_wrong = stands(made)
    answer = await half_open(made)

    assert (unknown.status_code, wrong.status_code, answer.status_code) == (404, 422, 200)
    assert (before, after_wrong, stands(made)) == (2, 2, 0)
    assert failing == (503, 0.2)
    assert (service.answer("api/answers/1")[0], service.measure().error_rate) == (200, 0)


async def test_a_breaker_whose_dependency_still_fails_opens_again_at_once() -> None:
    ill = OPEN | {"while": {"page": "openai"}}
    made = world("servio", {"page": {"name": "openai"}}, {"breaker": ill})
    await half_open(made)
    during = stands(made)

    made.sandbox.status_pages["openai"].turn(made.sandbox.status_pages["stripe"].weather)
    await half_open(made)

    assert (during, stands(made)) == (2, 0)


def test_a_breaker_that_is_open_for_a_reason_closes_by_itself_when_that_has_gone() -> None:
    made = world("servio", {"page": {"name": "openai"}}, {"breaker": OPEN | {"while": {"page": "openai"}}})
    later(made, 10)
    during = stands(made)

    made.sandbox.status_pages["openai"].turn(Weather.FINE)
    later(made, 1)
    later(made, 1)

    assert (during, stands(made)) == (2, 0)


async def test_a_breaker_that_reopens_is_cured_by_no_try() -> None:
    made = world("servio", {"breaker": OPEN | {"reopens": True}})

    await half_open(made)

    assert stands(made) == 2


def test_a_switch_answers_without_what_is_behind_an_open_breaker() -> None:
    made = world("servio", {"breaker": OPEN | {"unless": {"switch": "ai_answers", "is": "off"}}})
    before = made.sandbox.services["servio"].measure().error_rate

    made.turn("servio", "ai_answers", "off")

    assert (before, made.sandbox.services["servio"].measure().error_rate, stands(made)) == (0.2, 0, 2)


def test_no_payment_is_made_while_its_breaker_is_open() -> None:
    made = world("servio", {"breaker": OPEN | {"dependency": "stripe"}})
    before = len(made.sandbox.of(StripeWorld).events)

    later(made, 10)

    assert len(made.sandbox.of(StripeWorld).events) == before


# How it is reached


@pytest.mark.parametrize(("limit", "seconds"), [(100, 4), (299, 4), (300, 0.3), (2000, 0.3)])
def test_a_limit_is_felt_below_what_is_needed(limit: int, seconds: float) -> None:
    slow = {"of": "pitchey", "seconds": 4, "while": {"switch": "rate_limit", "below": 300}}
    made = world("pitchey", {"slow": slow})

    made.turn("pitchey", "rate_limit", limit)

    assert made.sandbox.services["pitchey"].measure().p95_seconds == seconds


async def test_dead_sockets_are_nothing_to_anybody_else() -> None:
    made = world("pitchey", {"websocket": {"of": "pitchey"}})

    async with client_of(made.sandbox, keys.SERVICE) as anyone:
        answers = [await anyone.get(f"/service/pitchey/{path}") for path in ("ws", "health")]

    assert [one.status_code for one in answers] == [502, 200]


def test_a_missing_name_is_in_the_catalogue_and_hardly_anybody_comes() -> None:
    state, catalogue = [{"dns": {"of": "frontend"}}], catalogue_of("gitquest", "heroku.stanch.yaml")
    made = shop(*state)

    services = ready(catalogue, "http://127.0.0.1:7999", nameless(state)).catalogue["services"]

    assert services["frontend"]["health"] == "http://frontend.invalid:7999/service/frontend/"
    assert services["backend"]["base"] == "http://127.0.0.1:7999/service/backend"
    now, history = made.sandbox.clock.now(), made.sandbox.services["frontend"].history
    assert history.measured(Gauge.REQUESTS, now - timedelta(minutes=5), now) == 5
    assert history.measured(Gauge.REQUESTS, now - timedelta(days=2), now - timedelta(days=1)) > 1_000_000


def test_what_fails_on_paths_is_written_down_for_each() -> None:
    made = world("servio", {"feature": {"of": "servio", "paths": ["/a", "/b"], "share": 0.2}})

    assert written(made, "ERROR 500 Internal Server Error GET /a") == 18
    assert written(made, "ERROR 500 Internal Server Error GET /b") == 18
