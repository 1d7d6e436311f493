import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from activities.probes.expected import ExpectedAnswer
from activities.probes.probe import ProbeArguments, ProbeResult, ReadProbe, Sample, summed_up
from activities.probes.prober import Prober
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.fly.world import FlyWorld
from sandbox.server import serving
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.errors import ConfigError
from stanch.model.evidence import Look
from stanch.policy.conditions import Truth, evaluate
from stanch.policy.facts import declared, facts_of, variables_of
from tests.activities.probe.asking import AT, SHOP, Scope, answering, outside_of, over_a_socket

HEALTH = f"{SHOP}/healthz"
SLOW = timedelta(seconds=2)


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox.slurpy()
    for machine in made.of(FlyWorld).apps["slurpy-backend"].machines.values():
        machine.config["image"] = made.of(FlyWorld).apps["slurpy-backend"].releases[-1].image_ref
    return made


async def probe(outside: Prober, *urls: str, **arguments: Any) -> ProbeResult:
    look = Look(arguments={"urls": list(urls or (HEALTH,)), **arguments}, as_of=AT)
    return await ReadProbe(outside).read(look)


def is_good(result: ProbeResult) -> bool:
    """What a check without a condition of its own says."""
    variables = variables_of(ProbeResult, "it")
    known = facts_of(variables, {"it": result.model_dump(mode="json")}, AT)
    return evaluate(ReadProbe.spec.good_when, declared(variables), known).truth is Truth.TRUE


async def test_a_service_that_answers_is_good_over_a_real_socket(sandbox: Sandbox) -> None:
    async with serving(sandbox) as base:
        result = await probe(over_a_socket(), f"{base}/service/backend/healthz", samples=4)

    assert (result.requests, result.failures, result.statuses) == (4, 0, (200,))
    assert is_good(result)
    assert result.p95
    assert result.slowest
    assert timedelta() < result.p95 <= result.slowest
    assert result.line().startswith("all 4 requests good, slowest 0.")


async def test_one_copy_of_two_that_fails_is_failing_and_not_down(sandbox: Sandbox) -> None:
    next(iter(sandbox.of(FlyWorld).apps["slurpy-backend"].machines.values())).stuck = True

    result = await probe(outside_of(application(sandbox)), samples=4)

    assert (result.is_down, result.failing, result.failures) == (False, True, 2)
    assert (result.statuses, result.failing_url, result.why) == ((200, 503), HEALTH, "answered 503")
    assert not is_good(result)


async def test_a_service_that_is_down_fails_every_sample(sandbox: Sandbox) -> None:
    sandbox.services["backend"].ailments.add(Ailment.DOWN)

    result = await probe(outside_of(application(sandbox)))

    assert (result.is_down, result.failing) == (True, True)
    assert result.line().startswith("3 of 3 requests failed")


async def test_one_address_of_two_that_is_dead_is_no_service_that_is_down(sandbox: Sandbox) -> None:
    result = await probe(outside_of(application(sandbox)), HEALTH, f"{SHOP}/assets/gone.js")

    assert (result.is_down, result.failing, result.failures) == (False, True, 3)


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (Trouble.RESET, "cannot be reached: ReadError"),
        (Trouble.TIMEOUT, "did not answer within 5 s"),
    ],
)
async def test_a_service_that_cannot_be_reached_is_down_and_not_missing_evidence(
    sandbox: Sandbox, trouble: Trouble, why: str
) -> None:
    sandbox.order(Fault(trouble=trouble, path="healthz", times=None))

    result = await probe(outside_of(application(sandbox)))

    assert (result.is_down, result.failures, result.statuses, result.why) == (True, 3, (), why)


async def test_a_host_where_nobody_listens_is_a_failing_sample() -> None:
    result = await probe(over_a_socket(), "http://127.0.0.1:9/healthz", samples=1)

    assert result.why == "cannot be reached: ConnectError"


async def test_a_reset_on_a_real_socket_is_a_failing_sample(sandbox: Sandbox) -> None:
    sandbox.order(Fault(trouble=Trouble.RESET, path="healthz"))
    async with serving(sandbox) as base:
        result = await probe(over_a_socket(), f"{base}/service/backend/healthz")

    assert (result.failures, result.statuses) == (1, (200,))


async def test_an_endpoint_that_refuses_what_is_not_signed_is_well(sandbox: Sandbox) -> None:
    outside, asked = outside_of(application(sandbox)), {"method": "POST", "json": {"type": "user.created"}}
    url = f"{SHOP}/api/webhooks/clerk"

    well = await probe(outside, url, expect=[400, 401], **asked)
    wrong = await probe(outside, url, expect=[200], **asked)
    sandbox.services["backend"].ailments.add(Ailment.DOWN)
    down = await probe(outside, url, expect=[400, 401], **asked)

    assert (well.failing, well.statuses) == (False, (401,))
    assert wrong.why == "answered 401, not 200"
    assert (down.is_down, down.why) == (True, "answered 503, not 400 or 401")


@pytest.mark.parametrize(
    ("expect", "status", "why"),
    [
        (404, 404, ""),
        ("4xx", 404, ""),
        (["2xx", 304], 304, ""),
        ([301], 301, ""),
        ("4xx", 200, "answered 200, not 4xx"),
        ("2xx", 500, "answered 500"),
    ],
)
async def test_statuses_are_expected_one_by_one_or_by_class(expect: Any, status: int, why: str) -> None:
    elsewhere = {"location": "https://elsewhere.example/"} if status == 301 else {}

    assert (await probe(outside_of(answering(status, headers=elsewhere)), expect=expect)).why == why


@pytest.mark.parametrize("expect", ["Shop", 99, "6xx", [], [True], {"statuses": "x"}, None])
def test_what_is_no_status_is_refused(expect: Any) -> None:
    with pytest.raises(ValidationError):
        ProbeArguments.model_validate({"expect": expect})


async def test_the_text_that_a_page_must_show_is_looked_for() -> None:
    outside = outside_of(answering(200, b"<h1>Shop</h1>"))

    assert not (await probe(outside, expect={"text": "Shop"})).failing
    missing = await probe(outside, expect={"text": "Checkout"})
    assert missing.why == "answered 200 without the text 'Checkout'"


async def test_fields_of_the_answer_are_compared() -> None:
    outside = outside_of(answering(200, json.dumps({"db": {"ok": False}}).encode()))

    assert not (await probe(outside, expect={"json": {"db.ok": False}})).failing
    assert (await probe(outside, expect={"json": {"db.ok": True}})).why == "answered db.ok other than true"
    assert (await probe(outside, expect={"json": {"db.ok.deeper": True}})).failing


async def test_fields_are_picked_out_of_a_good_answer_and_out_of_a_bad_one(sandbox: Sandbox) -> None:
    words = {"database": "ok", "redis": "ok"}
    sandbox.services["backend"].parts = {name: lambda name=name: words[name] for name in words}
    asked = {"pick": {"database": "database.status", "redis": "redis.status", "queue": "queue.status"}}

    well = await probe(outside_of(application(sandbox)), **asked)
    words["database"] = "unreachable"
    ill = await probe(outside_of(application(sandbox)), **asked)

    assert (well.failing, well.picked) == (False, {"database": "ok", "redis": "ok"})
    assert (ill.statuses, ill.picked) == ((503,), {"database": "unreachable", "redis": "ok"})
    assert ill.line().endswith("answered 503, database unreachable, redis ok")


async def test_what_is_picked_is_a_fact_and_what_is_not_there_is_unknown() -> None:
    outside = outside_of(answering(503, json.dumps({"db": {"status": "error", "open": 7}}).encode()))
    asked = {"pick": {"database": "db.status", "open": "db.open", "all": "db", "redis": "redis.status"}}
    variables = variables_of(ProbeResult, "health", asked=asked)

    result = await probe(outside, **asked)

    known = facts_of(variables, {"health": result.model_dump(mode="json")}, AT)
    assert (known["health.database"], known["health.open"]) == ("error", "7")
    for text, truth in {
        'health.database == "error"': Truth.TRUE,
        'health.redis == "error"': Truth.UNDECIDABLE,
        'health.all == ""': Truth.UNDECIDABLE,
    }.items():
        assert evaluate(text, declared(variables), known).truth is truth


async def test_what_a_failing_copy_says_of_a_part_counts_before_what_a_good_one_says() -> None:
    samples = [
        Sample("https://a.example", 200, timedelta(), picked={"database": "ok", "redis": "ok"}),
        Sample("https://a.example", 503, timedelta(), "answered 503", {"database": "error"}),
    ]

    assert summed_up(samples, SLOW).picked == {"database": "error", "redis": "ok"}


@pytest.mark.parametrize("body", [b"", b'<html>{"oops": ', b"[" * 100_000])
async def test_garbage_where_json_is_expected_fails_the_sample(body: bytes) -> None:
    result = await probe(outside_of(answering(200, body)), expect={"json": {"ok": True}}, pick={"a": "b"})

    assert (result.why, result.picked) == ("answered something that is not JSON", {})


async def test_a_secret_is_sent_by_its_name_and_shown_nowhere(tmp_path: Path) -> None:
    kept = tmp_path / "health"
    kept.write_text("a secret of the health address")
    seen: list[Mapping[bytes, bytes]] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))
        await answering(200, b'{"echo": "a secret of the health address"}')(scope, receive, send)

    outside = outside_of(app, {"health": f"file:{kept}"})
    result = await probe(outside, bearer="health", samples=1, pick={"echo": "echo"})

    assert seen[0][b"authorization"] == b"Bearer a secret of the health address"
    assert "a secret" not in result.model_dump_json()
    with pytest.raises(ConfigError, match=r"secrets\.unknown is missing"):
        await probe(outside, bearer="unknown")


async def test_a_large_page_is_read_only_so_far() -> None:
    outside = outside_of(answering(200, b"x" * 300_000 + b"the end"))

    assert not (await probe(outside)).failing
    assert (await probe(outside, expect={"text": "the end"})).failing


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    outside = outside_of(answering(302, headers={"location": "https://parked.example/?key=1"}))

    result = await probe(outside)

    assert result.why == "redirects to https://parked.example"


async def test_a_redirect_on_the_same_host_is_followed_only_so_often() -> None:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        at_home = scope["path"] == "/home"
        moved = answering(302, headers={"location": "/home"})
        await (answering(200) if at_home else moved)(scope, receive, send)

    assert not (await probe(outside_of(app), "http://shop.example/")).failing
    endless = await probe(outside_of(answering(302, headers={"location": "/"})))
    assert endless.why == "redirects more than 3 times"


async def test_what_is_sent_is_not_sent_on_to_where_it_is_redirected() -> None:
    outside = outside_of(answering(302, headers={"location": "/login"}))

    assert (await probe(outside, method="POST", expect=[401])).why == "answered 302, not 401"


async def test_a_redirect_that_cannot_be_understood_is_a_failing_sample() -> None:
    result = await probe(outside_of(answering(302, headers={"location": "https://["})))

    assert (result.is_down, result.failures) == (True, 3)


async def test_what_a_service_says_of_a_secret_is_blanked_out() -> None:
    outside = outside_of(answering(200, b"hunter2hunter2"))

    result = await probe(
        outside, "https://shop.example/a?deep=hunter2hunter2", expect={"text": "hunter2hunter2x"}
    )

    assert "hunter2" not in result.model_dump_json()
    assert result.failing_url == "https://shop.example/a"


async def test_a_probe_without_an_address_says_what_to_write() -> None:
    with pytest.raises(ConfigError, match="health:"):
        await ReadProbe(outside_of(answering(200))).read(Look(as_of=AT))


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "shop.example", "https://ana:pw@shop.example", "https://a:b:c"]
)
def test_an_address_is_http_without_a_password(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ProbeArguments(urls=(url,))

    assert "pw" not in str(refused.value.errors(include_input=False))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"url": "https://a.example", "urls": ["https://b.example"]}, "not both"),
        ({"url": "https://a.example", "json": {}}, "write method: POST"),
        ({"method": "POST", "json": {"api_key": "abc"}}, "send it as bearer instead"),
        ({"method": "DELETE"}, "method"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(written: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ProbeArguments.model_validate(written)


def test_one_slow_request_is_chance_and_half_of_them_are_slow() -> None:
    def took(*seconds: float) -> list[Sample]:
        return [Sample("https://a.example", 200, timedelta(seconds=each)) for each in seconds]

    assert is_good(summed_up(took(0.1, 0.1, 9), SLOW))
    slow = summed_up(took(0.1, 9, 9), SLOW)
    assert (is_good(slow), slow.is_slow, slow.failures) == (False, True, 0)
    assert slow.p95 == timedelta(seconds=9)


def test_one_slow_address_among_fast_ones_is_slow() -> None:
    samples = [Sample("https://a.example", 200, timedelta(seconds=0.1))] * 3
    samples += [Sample("https://b.example", 200, timedelta(seconds=3))] * 2

    assert summed_up(samples, SLOW).is_slow


def test_what_is_expected_can_be_written_short() -> None:
    written = ProbeArguments.model_validate({"expect": 204, "slow_after": "800ms"})

    assert written.expect == ExpectedAnswer(statuses=(204,))
