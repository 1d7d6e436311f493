from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.fly.world import FlyWorld
from sandbox.mischief import Breakage, Breaking, break_service, mend_service
from sandbox.traffic import Gauge
from sandbox.vercel.world import VercelWorld


async def error_rate(anyone: httpx.AsyncClient, service: str = "backend") -> float:
    return float((await anyone.get(f"/service/{service}/metrics.json")).json()["error_rate"])


def good(sandbox: Sandbox) -> None:
    app = sandbox.of(FlyWorld).apps["slurpy-backend"]
    sandbox.of(FlyWorld).deploy(app.name, release=app.releases[1].image_ref)


async def test_a_bad_release_answers_errors_and_a_good_one_does_not(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    failing = await anyone.get("/service/backend/healthz")
    page = await anyone.get("/service/backend/chat")
    good(sandbox)

    well = await anyone.get("/service/backend/healthz")

    assert (failing.status_code, page.status_code, well.status_code) == (503, 500, 200)
    assert well.json()["status"] == "ok"
    assert await error_rate(anyone) == 0


async def counted(anyone: httpx.AsyncClient) -> dict[str, float]:
    """Every sample that Prometheus would scrape, by its name and labels."""
    answer = await anyone.get("/service/backend/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = (line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


async def test_counters_for_prometheus_grow_with_visitors_and_errors_only_until_a_right_cure(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    failed, well = 'http_requests_total{code="500"}', 'http_requests_total{code="200"}'
    begun = await counted(anyone)
    sandbox.pass_time(timedelta(minutes=5))
    bad = await counted(anyone)
    good(sandbox)
    sandbox.pass_time(timedelta(minutes=5))

    cured = await counted(anyone)

    of_five_minutes = sandbox.services["backend"].measure().requests * 5
    assert bad[failed] - begun[failed] == pytest.approx(of_five_minutes, rel=0.01)
    assert cured[failed] == pytest.approx(bad[failed], rel=0.01)
    assert cured[well] == pytest.approx(of_five_minutes, rel=0.01)
    assert cured["http_request_duration_p95_seconds"] < bad["http_request_duration_p95_seconds"]
    assert 0 < cured["memory_used_ratio"] <= 1


async def test_half_of_the_machines_are_half_of_the_errors(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    app = sandbox.of(FlyWorld).apps["slurpy-backend"]
    first = next(iter(app.machines.values()))
    first.config = {**first.config, "image": app.releases[1].image_ref}

    assert await error_rate(anyone) == 0.5


async def test_too_much_load_is_cured_by_more_machines(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    good(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.LOAD, amount=97))
    before = (await anyone.get("/service/backend/metrics.json")).json()
    app = sandbox.of(FlyWorld).apps["slurpy-backend"]

    app.add(next(iter(app.machines.values())).config, "ord").state = "started"

    after = (await anyone.get("/service/backend/metrics.json")).json()
    assert before["p95_seconds"] > 5
    assert after["p95_seconds"] < 2


async def test_too_little_memory_is_cured_by_a_larger_machine(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    good(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.MEMORY))
    app = sandbox.of(FlyWorld).apps["slurpy-backend"]
    before = await error_rate(anyone)

    for machine in app.machines.values():
        machine.config = {**machine.config, "guest": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 512}}

    assert (before, await error_rate(anyone)) == (1, 0)
    assert "Out of memory" in app.logs[-1]["attributes"]["message"]


@pytest.mark.parametrize(
    ("breakage", "act"), [(Breakage.CACHE, "cache/clear"), (Breakage.BREAKER, "breaker/half-open")]
)
async def test_an_admin_act_cures_what_it_is_for_and_counts_once_per_key(
    sandbox: Sandbox, anyone: httpx.AsyncClient, breakage: Breakage, act: str
) -> None:
    good(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=breakage))
    before = await error_rate(anyone)

    answers = [
        await anyone.post(f"/service/backend/admin/{act}", headers={"Idempotency-Key": "INC-1"})
        for _ in range(2)
    ]

    assert (before, await error_rate(anyone)) == (1, 0)
    assert [answer.json()["repeated"] for answer in answers] == [False, True]
    assert [one.marker for one in sandbox.ledger.effects("service.admin")] == ["INC-1"]


async def test_an_admin_act_needs_its_credential(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    answer = await anyone.post(
        "/service/backend/admin/cache/clear", headers={"Authorization": "Bearer wrong"}
    )

    assert answer.status_code == 403
    assert sandbox.ledger.effects() == []


async def test_a_stuck_process_is_cured_by_a_restart(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    good(sandbox)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.STUCK))
    before = await error_rate(anyone)
    for machine in sandbox.of(FlyWorld).apps["slurpy-backend"].machines:
        url = f"/fly/v1/apps/slurpy-backend/machines/{machine}/restart"
        await anyone.post(url, headers={"Authorization": "Bearer fly-sandbox-key"})
    sandbox.pass_time(timedelta(seconds=sandbox.pace.machine_state))

    assert (before, await error_rate(anyone)) == (1, 0)


async def test_a_feature_that_fails_follows_the_build_that_visitors_get(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    shop = sandbox.of(VercelWorld).projects["my-shop"]
    shop.point_to(shop.deployments[1].id)
    feature = Breaking(
        service="shop", breakage=Breakage.FEATURE, name="NEXT_PUBLIC_ENABLE_PACK_PURCHASE", value="true"
    )
    well = await error_rate(anyone, "shop")
    break_service(sandbox, feature)
    broken = await error_rate(anyone, "shop")

    mend_service(sandbox, "shop")

    assert (well, broken, await error_rate(anyone, "shop")) == (0, 1, 0)


async def test_an_inbox_keeps_every_message(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    await anyone.post("/people/inbox", json={"text": "INC-1 opened"})

    assert [letter["body"] for letter in (await anyone.get("/people/inbox")).json()] == [
        {"text": "INC-1 opened"}
    ]
    assert sandbox.ledger.effects()[0].operation == "people.notify"


@pytest.mark.parametrize(("path", "json"), [("purge-all", None), ("invalidate-by-tags", {"tags": ["home"]})])
async def test_a_page_whose_files_are_gone_stays_in_the_cache_until_all_of_it_is_purged(
    sandbox: Sandbox, vercel: httpx.AsyncClient, anyone: httpx.AsyncClient, path: str, json: Any
) -> None:
    shop = sandbox.of(VercelWorld).projects["my-shop"]
    shop.point_to(shop.deployments[1].id)
    break_service(sandbox, Breaking(service="shop", breakage=Breakage.STALE_PAGE))
    before = await anyone.get("/service/shop")
    past_it = await anyone.get("/service/shop", headers={"Cache-Control": "no-cache"})

    await vercel.post(f"/vercel/v1/edge-cache/{path}", params={"projectIdOrName": shop.name}, json=json)

    after = await anyone.get("/service/shop")
    told = [one.headers["x-cache"] for one in (before, past_it, after)]
    assert told == ["HIT", "MISS", "MISS" if path == "purge-all" else "HIT"]


async def test_what_goes_live_purges_the_cache_at_vercel_and_not_at_fly(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    shop = sandbox.of(VercelWorld).projects["my-shop"]
    shop.point_to(shop.deployments[1].id)
    for service in ("shop", "backend"):
        break_service(sandbox, Breaking(service=service, breakage=Breakage.STALE_PAGE))
    before = [await anyone.get(f"/service/{service}") for service in ("shop", "backend")]

    good(sandbox)
    shop.point_to(shop.deployments[2].id)

    after = [await anyone.get(f"/service/{service}") for service in ("shop", "backend")]
    assert [one.headers["x-cache"] for one in before] == ["HIT", "HIT"]
    assert [one.headers["x-cache"] for one in after] == ["MISS", "HIT"]


async def test_every_release_has_files_of_its_own(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    shop = sandbox.of(VercelWorld).projects["my-shop"]
    shop.point_to(shop.deployments[1].id)
    page = (await anyone.get("/service/shop")).text
    script = page.partition('src="')[2].partition('"')[0]

    there = await anyone.get(script)
    shop.point_to(shop.deployments[2].id)
    gone = await anyone.get(script)

    assert (there.status_code, there.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Stripe-Signature": "t=1,v1=0"}, 400), ({"svix-signature": "x"}, 400)],
)
async def test_a_webhook_refuses_what_is_not_signed_rightly(
    sandbox: Sandbox, anyone: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    good(sandbox)

    assert (
        await anyone.post("/service/backend/api/webhooks/x", json={}, headers=headers)
    ).status_code == status


async def test_health_tells_of_every_part_also_when_it_fails(
    sandbox: Sandbox, anyone: httpx.AsyncClient
) -> None:
    good(sandbox)
    words = iter(("ok", "unreachable"))
    sandbox.services["backend"].parts["database"] = lambda: next(words)

    well, ill = [await anyone.get("/service/backend/healthz") for _ in range(2)]

    assert (well.status_code, well.json()["database"]) == (200, {"status": "ok"})
    assert (ill.status_code, ill.json()["database"]) == (503, {"status": "unreachable"})
    assert ill.json()["error"] == "database is unreachable"


async def test_a_socket_wants_to_be_asked_for(sandbox: Sandbox, anyone: httpx.AsyncClient) -> None:
    good(sandbox)

    assert (await anyone.get("/service/backend/ws")).status_code == 426


async def test_before_anybody_looked_all_was_as_usual(sandbox: Sandbox) -> None:
    service = sandbox.services["backend"]
    service.usual_load = 20
    sandbox.catch_up()
    sandbox.pass_time(timedelta(minutes=10))
    now, minute = sandbox.clock.now(), timedelta(minutes=1)
    begin = now - 11 * minute

    def measured(gauge: Gauge, until: datetime) -> float | None:
        return service.history.measured(gauge, until - 5 * minute, until)

    for day in range(8):
        ago = begin - timedelta(days=day)
        assert (measured(Gauge.ERROR_RATE, ago), measured(Gauge.REQUESTS, ago)) == (0, 6000)
    assert measured(Gauge.ERROR_RATE, now) == 1
    assert measured(Gauge.REQUESTS, now) == pytest.approx(12000, abs=100)
    assert measured(Gauge.ERROR_RATE, begin - timedelta(days=9)) is None
    assert service.history.counted(Gauge.REQUESTS) == pytest.approx(24000, abs=100)


async def test_memory_that_leaks_grows_until_the_copies_are_killed_and_begins_anew(sandbox: Sandbox) -> None:
    good(sandbox)
    service, minute = sandbox.services["backend"], timedelta(minutes=1)
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.LEAK, amount=60))
    sandbox.catch_up()

    used = []
    for _ in range(20):
        sandbox.pass_time(5 * minute)
        used.append(service.measure().memory_used or 0)

    falls = [before > after for before, after in pairwise(used)]
    assert used[0] == pytest.approx((180 + 5) / 256, abs=0.01)
    assert max(used) > 0.95
    assert falls.count(True) == 1
    assert "oom_killed" in str(sandbox.of(FlyWorld).apps["slurpy-backend"].machines)

    mend_service(sandbox, "backend")
    assert service.measure().memory_used == pytest.approx(180 / 256, abs=0.01)


async def test_a_copy_that_is_started_again_has_leaked_nothing_yet(sandbox: Sandbox) -> None:
    service = sandbox.services["backend"]
    break_service(sandbox, Breaking(service="backend", breakage=Breakage.LEAK, amount=60))
    sandbox.catch_up()
    sandbox.pass_time(timedelta(minutes=60))
    grown = service.measure().memory_used

    good(sandbox)

    assert (grown, service.measure().memory_used) == (0.938, 0.703)


async def test_processors_are_busy_as_the_load_says(sandbox: Sandbox) -> None:
    service = sandbox.services["backend"]

    seen = []
    for load in (10, 50, 500):
        service.load = load
        seen.append(service.measure().cpu_used)

    assert seen == [0.1, 0.5, 1.0]
