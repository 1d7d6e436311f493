from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from activities.converging import converge
from activities.heroku.client import Heroku
from activities.heroku.restart import Restart
from activities.heroku.scale import Scale, ScaleArguments
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.scenes import BACKEND
from sandbox.heroku.world import HerokuWorld
from sandbox.world import Sandbox
from stanch.errors import Moved, PolicyError, Still
from stanch.model.change import Target
from tests.activities.heroku.cases import APP
from tests.activities.heroku.herokuing import all_up, carried_out, operations, planned

WEB = Target(provider="heroku", name=BACKEND, at={"app": BACKEND, "process_type": "web"})


def names(app: HerokuApp, process_type: str = "web") -> list[str]:
    return sorted(dyno.name for dyno in app.dynos if dyno.type == process_type)


async def test_dynos_restart_one_at_a_time_and_never_are_fewer(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = Restart(heroku)
    change = await planned(verb)
    first = app.dynos[0].id

    with pytest.raises(Still, match=r"web\.1 is starting"):
        await converge(verb, change, set())

    assert operations(sandbox) == ["restart_dyno"]
    assert first not in {dyno.id for dyno in app.dynos}
    await carried_out(sandbox, verb, change)
    assert operations(sandbox) == ["restart_dyno"] * 3
    assert names(app) == ["web.1", "web.2"]
    assert not any(
        "formation" in request.path for request in sandbox.ledger.requests if request.method != "GET"
    )


async def test_a_dyno_that_does_not_come_up_again_keeps_the_others_running(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    app.released("Deploy 00bad000", app.slug(crashes=True), timedelta())
    all_up(sandbox)
    verb = Restart(heroku)
    change = await planned(verb)

    for _ in range(5):
        with pytest.raises(Still):
            await converge(verb, change, set())

    assert operations(sandbox) == ["restart_dyno"]
    assert [dyno.state for dyno in app.dynos].count("up") == 2


async def test_a_crashed_dyno_is_restarted_first(heroku: Heroku, app: HerokuApp) -> None:
    app.dynos[1].state = "crashed"

    change = await planned(Restart(heroku))

    assert [unit.id for unit in change.units] == ["web.2", "web.1", "worker.1"]


async def test_only_the_process_type_of_the_target_is_restarted(heroku: Heroku) -> None:
    change = await planned(Restart(heroku), WEB)

    assert [unit.id for unit in change.units] == ["web.1", "web.2"]
    assert Restart.commands(change)[0] == f"heroku ps:restart --dyno-name web.1 -a {BACKEND}"


async def test_one_off_dynos_are_nobody_elses_to_restart(heroku: Heroku, app: HerokuApp) -> None:
    app.run(app.releases[0], "npm run report", "standard-1x", "")

    change = await planned(Restart(heroku))

    assert [unit.id for unit in change.units] == ["web.1", "web.2", "worker.1"]


async def test_where_nothing_else_does_the_work_meanwhile_it_is_said(heroku: Heroku) -> None:
    change = await planned(Restart(heroku))

    assert "nothing else does the work meanwhile of worker, which has one dyno" in change.effects


async def test_a_deployment_since_planning_has_restarted_every_dyno(sandbox: Sandbox, heroku: Heroku) -> None:
    change = await planned(Restart(heroku))
    sandbox.of(HerokuWorld).deploy(BACKEND)

    assert await carried_out(sandbox, Restart(heroku), change) == set()
    assert operations(sandbox) == []


async def test_a_dyno_that_was_scaled_away_since_planning_makes_the_plan_stale(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    change = await planned(Restart(heroku))
    app.types["web"].quantity = 1
    app.fit(app.types["web"])

    with pytest.raises(Moved, match="scaled away"):
        await converge(Restart(heroku), change, set())


async def test_a_dyno_that_is_gone_at_the_last_moment_counts_as_restarted(
    heroku: Heroku, app: HerokuApp
) -> None:
    verb = Restart(heroku)
    change = await planned(verb)
    app.restart(app.dynos[0])

    await verb.write(change, change.units[0])


async def test_dynos_whose_names_do_not_last_are_not_restarted_one_by_one(
    heroku: Heroku, app: HerokuApp
) -> None:
    for dyno in app.dynos:
        dyno.name = f"{dyno.type}-1234abcde-123ab"

    with pytest.raises(PolicyError) as refused:
        await planned(Restart(heroku))

    assert refused.value.rule == "no-lasting-names"


async def test_nothing_is_restarted_while_a_release_is_pending(sandbox: Sandbox, heroku: Heroku) -> None:
    sandbox.of(HerokuWorld).deploy(BACKEND, in_progress=True)

    with pytest.raises(PolicyError) as refused:
        await planned(Restart(heroku))

    assert refused.value.rule == "deployment-in-progress"


async def test_new_dynos_have_to_be_up(sandbox: Sandbox, heroku: Heroku, app: HerokuApp) -> None:
    verb = Scale(heroku)
    change = await planned(verb, count=4)

    with pytest.raises(Still, match=r"web\.3 is starting"):
        await converge(verb, change, set())
    await carried_out(sandbox, verb, change)

    assert names(app) == ["web.1", "web.2", "web.3", "web.4"]
    assert len(app.releases) == 5
    assert any("database connections" in effect for effect in change.effects)


async def test_scaling_out_stops_at_the_limit(heroku: Heroku) -> None:
    change = await planned(Scale(heroku), count={"at_least": 9})
    capped = await planned(Scale(heroku), count=9, limits={"max_count": 2})

    assert [unit.to for unit in change.units] == [4]
    assert capped.nothing_to_do.endswith("cap reached")


async def test_more_than_enough_is_success(sandbox: Sandbox, heroku: Heroku, app: HerokuApp) -> None:
    change = await planned(Scale(heroku), count=3)
    app.types["web"].quantity = 5
    app.fit(app.types["web"])
    all_up(sandbox)

    assert await carried_out(sandbox, Scale(heroku), change) == set()


async def test_another_process_type_can_be_named(heroku: Heroku) -> None:
    change = await planned(Scale(heroku), count=2, process_type="worker")

    assert [(unit.id, unit.was, unit.to) for unit in change.units] == [("worker", 1, 2)]
    assert Scale.commands(change) == [f"heroku ps:scale worker=2 -a {BACKEND}"]


@pytest.mark.parametrize("quantity", [0, None])
async def test_what_does_not_run_is_not_scaled(heroku: Heroku, app: HerokuApp, quantity: int | None) -> None:
    if quantity is None:
        del app.types["web"]
    else:
        app.types["web"].quantity = quantity

    with pytest.raises(PolicyError) as refused:
        await planned(Scale(heroku), count=2)

    assert refused.value.rule == "nothing-to-scale"


@pytest.mark.parametrize("size", ["eco", "basic"])
async def test_small_dynos_stay_alone(heroku: Heroku, app: HerokuApp, size: str) -> None:
    for one in app.types.values():
        one.size, one.quantity = size, 1

    with pytest.raises(PolicyError, match=f"one {size} dyno") as refused:
        await planned(Scale(heroku), count=2)

    assert refused.value.rule == "tier-limit"


async def test_a_size_of_another_tier_is_refused_while_other_process_types_stay(
    heroku: Heroku, app: HerokuApp
) -> None:
    for one in app.types.values():
        one.size, one.quantity = "basic", 1

    with pytest.raises(PolicyError, match="worker") as refused:
        await planned(Scale(heroku), size="standard-1x")

    assert refused.value.rule == "another-tier"


async def test_a_larger_size_restarts_the_dynos_of_that_type_and_no_others(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb, worker = Scale(heroku), app.dynos[2].id
    change = await planned(verb, size="Standard-2X")

    await carried_out(sandbox, verb, change)

    assert {dyno.size for dyno in app.dynos if dyno.type == "web"} == {"standard-2x"}
    assert worker in {dyno.id for dyno in app.dynos}
    assert any("at once" in effect for effect in change.effects)
    assert Scale.commands(change.undone()) == [f"heroku ps:resize web=standard-1x -a {BACKEND}"]


async def test_the_largest_size_is_a_limit(heroku: Heroku) -> None:
    change = await planned(Scale(heroku), size="performance-l", limits={"largest_size": "standard-2x"})
    capped = await planned(Scale(heroku), size="performance-l", limits={"largest_size": "standard-1x"})

    assert [unit.to for unit in change.units] == ["standard-2x"]
    assert capped.nothing_to_do.endswith("cap reached")
    with pytest.raises(PolicyError) as refused:
        await planned(Scale(heroku), size="performance-l", limits={"largest_size": "shared-cpu-1x"})
    assert refused.value.rule == "largest-size"


async def test_of_two_owners_limits_the_smaller_size_holds(heroku: Heroku) -> None:
    allowed = ["performance-m", "standard-2x"]

    change = await planned(Scale(heroku), size="performance-l", limits={"largest_size": allowed})

    assert [unit.to for unit in change.units] == ["standard-2x"]


@pytest.mark.parametrize(
    ("now", "following"),
    [
        ("standard-1x", "standard-2x"),
        ("standard-2x", "performance-m"),
        ("performance-l", "performance-l-ram"),
        ("private-s", "private-m"),
    ],
)
async def test_the_next_size_is_one_of_where_the_dynos_run(
    heroku: Heroku, app: HerokuApp, now: str, following: str
) -> None:
    for one in app.types.values():
        one.size = now

    change = await planned(Scale(heroku), size="+1")

    assert [unit.to for unit in change.units] == [following]


async def test_beyond_the_largest_size_there_is_none(heroku: Heroku, app: HerokuApp) -> None:
    for one in app.types.values():
        one.size = "performance-2xl"

    change = await planned(Scale(heroku), size="+1")

    assert change.nothing_to_do == "web dynos are performance-2xl: at least performance-2xl"


async def test_what_is_larger_than_a_size_that_nobody_knows_is_not_guessed(
    heroku: Heroku, app: HerokuApp
) -> None:
    app.types["web"].size = "dyno-2c-4gb"

    with pytest.raises(PolicyError) as refused:
        await planned(Scale(heroku), size="+1")

    assert refused.value.rule == "unknown-size"


async def test_one_more_is_added_to_what_runs_within_the_limit(heroku: Heroku) -> None:
    change = await planned(Scale(heroku), count="+1")
    capped = await planned(Scale(heroku), count="+1", limits={"max_count": 2})

    assert [(unit.was, unit.to) for unit in change.units] == [(2, 3)]
    assert capped.nothing_to_do == "2 web dynos run and the limit is 2: cap reached"


@pytest.mark.parametrize("given", [{}, {"count": 2, "size": "eco"}, {"size": "huge"}, {"count": 0}])
def test_scaling_asks_for_one_known_thing(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ScaleArguments.model_validate(given)


async def test_an_undo_is_not_kept_waiting_by_dynos_that_crash(
    sandbox: Sandbox, heroku: Heroku, app: HerokuApp
) -> None:
    verb = Scale(heroku)
    change = await planned(verb, APP, count=3)
    await carried_out(sandbox, verb, change)
    for dyno in app.dynos:
        dyno.state = "crashed"

    await carried_out(sandbox, verb, change.undone())

    assert names(app) == ["web.1", "web.2"]
