"""Going back at Fly: which image, on which machines, and with which care."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse

from activities.fly.client import Fly
from activities.fly.roll_back import RollBack
from sandbox.fly.application import FlyApp
from sandbox.fly.keys import FlyKey
from sandbox.fly.machine import lend_to_someone_else
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unauthorized
from stanch.model.change import Change, Target
from tests.activities.contract.bench import Line
from tests.activities.fly.flying import carried_out, fly_of, image_of, one_more, planned


@pytest.fixture
def verb(fly: Fly) -> RollBack:
    return RollBack(fly)


def saying(error: dict[str, Any]) -> Line:
    """A GraphQL that answers everything with this error, and status 200."""
    return Line(JSONResponse({"data": None, "errors": [error]}))


def goals(change: Change) -> set[Any]:
    return {unit.to for unit in change.units}


async def test_a_release_that_only_set_a_secret_is_not_gone_back_from(app: FlyApp, verb: RollBack) -> None:
    app.deploy(image_of(app, 42), reason="SECRETS", description="Set secrets")

    change = await planned(verb)

    assert goals(change) == {image_of(app, 40)}
    assert change.summary == "roll slurpy-backend back from v42 to v41 (2 machines)"


async def test_a_release_that_failed_is_passed_over(app: FlyApp, verb: RollBack) -> None:
    app.releases = [release for release in app.releases if release.version not in {40, 41}]

    change = await planned(verb)

    assert goals(change) == {image_of(app, 38)} != {image_of(app, 39)}


async def test_an_image_that_somebody_went_back_from_is_passed_over(app: FlyApp, verb: RollBack) -> None:
    app.deploy(image_of(app, 41))

    change = await planned(verb)

    assert goals(change) == {image_of(app, 38)}


async def test_an_image_that_we_went_back_from_ourselves_is_passed_over(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    await carried_out(sandbox, verb, await planned(verb))
    app.deploy(app.image(good=False))

    change = await planned(verb)

    assert goals(change) == {image_of(app, 41)}
    assert change.summary.startswith("roll slurpy-backend back from v43 to v41")


async def test_an_image_that_we_returned_to_was_not_to_blame(
    sandbox: Sandbox, app: FlyApp, verb: RollBack
) -> None:
    change = await planned(verb)
    await carried_out(sandbox, verb, change)
    await carried_out(sandbox, verb, change.undone())
    app.deploy(app.image(good=False))

    change = await planned(verb)

    assert goals(change) == {image_of(app, 42)}


async def test_an_image_that_is_gone_is_passed_over(app: FlyApp, verb: RollBack) -> None:
    app.images[image_of(app, 40)].pruned = True

    change = await planned(verb)

    assert goals(change) == {image_of(app, 38)}


async def test_what_most_machines_run_is_what_is_gone_back_from(app: FlyApp, verb: RollBack) -> None:
    for machine in app.standing():
        machine.config = {**machine.config, "image": image_of(app, 40)}

    change = await planned(verb)

    assert goals(change) == {image_of(app, 38)}
    assert change.summary.startswith("roll slurpy-backend back from v40 to v38")


async def test_where_as_many_machines_run_the_one_as_the_other_the_newer_is_gone_back_from(
    app: FlyApp, verb: RollBack
) -> None:
    back, bad = app.standing()
    back.config = {**back.config, "image": image_of(app, 41)}

    change = await planned(verb)

    assert [(unit.id, unit.was, unit.to) for unit in change.units] == [
        (bad.id, image_of(app, 42), image_of(app, 41))
    ]


async def test_a_named_release_is_gone_back_to(app: FlyApp, verb: RollBack) -> None:
    change = await planned(verb, release=38)

    assert goals(change) == {image_of(app, 38)}


@pytest.mark.parametrize("version", [39, 7], ids=["failed", "unknown"])
async def test_a_named_release_that_never_went_out_is_refused(verb: RollBack, version: int) -> None:
    with pytest.raises(PolicyError) as refused:
        await planned(verb, release=version)

    assert refused.value.rule == "no-such-release"


async def test_a_named_release_whose_image_is_gone_is_refused(app: FlyApp, verb: RollBack) -> None:
    app.images[image_of(app, 38)].pruned = True

    with pytest.raises(PolicyError) as refused:
        await planned(verb, release=38)

    assert refused.value.rule == "no-such-release"


@pytest.mark.parametrize("missing", ["images", "releases", "machines"])
async def test_where_there_is_nothing_to_go_back_to_it_is_said(
    app: FlyApp, verb: RollBack, missing: str
) -> None:
    match missing:
        case "images":
            for image in app.images.values():
                image.pruned = True
        case "releases":
            app.releases.clear()
        case _:
            app.machines.clear()

    with pytest.raises(PolicyError) as refused:
        await planned(verb)

    assert refused.value.rule == "nothing-to-roll-back-to"


@pytest.mark.parametrize("what", ["release", "lease"])
async def test_nothing_is_planned_while_somebody_deploys(
    sandbox: Sandbox, app: FlyApp, verb: RollBack, what: str
) -> None:
    if what == "release":
        app.release(app.image(), status="running", email="li@team.example")
    else:
        lend_to_someone_else(app.standing()[1], owner="li@team.example").description = ""

    with pytest.raises(PolicyError, match=r"li@team\.example") as refused:
        await planned(verb)

    assert refused.value.rule == "deployment-in-progress"


@pytest.mark.parametrize("what", ["hours ago", "overtaken"])
async def test_a_release_that_never_ended_holds_up_nobody(app: FlyApp, verb: RollBack, what: str) -> None:
    if what == "hours ago":
        app.release(app.image(), timedelta(hours=3), status="running")
    else:
        app.release(app.image(), timedelta(minutes=9), status="running")
        app.deploy(app.image(), timedelta(minutes=8))

    assert (await planned(verb)).units


async def test_helpers_and_standbys_are_left_alone(sandbox: Sandbox, app: FlyApp, verb: RollBack) -> None:
    bad = image_of(app, 42)
    mains = [machine.id for machine in app.standing()]
    groups = ("fly_app_release_command", "fly_app_test_machine_command", "fly_app_console")
    others = [one_more(app, bad, group) for group in groups]
    old = one_more(app, bad, metadata={"process_group": "fly_app_release_command"})
    others += [old, one_more(app, bad, standbys=[mains[0]])]
    gone = one_more(app, bad)
    gone.state = "destroyed"

    change = await planned(verb)
    await carried_out(sandbox, verb, change)

    assert [unit.id for unit in change.units] == mains
    assert {machine.config["image"] for machine in others} == {bad}


async def test_a_target_may_be_one_process_group(sandbox: Sandbox, app: FlyApp, verb: RollBack) -> None:
    bad, worker = image_of(app, 42), one_more(app, image_of(app, 42), "worker")
    web = [machine.id for machine in app.standing() if machine is not worker]
    target = Target(provider="fly", name="slurpy-backend", at={"process_group": "app"})

    change = await planned(verb, target)
    await carried_out(sandbox, verb, change)

    assert [unit.id for unit in change.units] == web
    assert worker.config["image"] == bad


async def test_machines_are_listed_page_by_page(sandbox: Sandbox, app: FlyApp) -> None:
    for _ in range(3):
        one_more(app, image_of(app, 42))
    verb = RollBack(fly_of(sandbox, limit="2"))

    change = await planned(verb)

    assert len(change.units) == 5
    assert await carried_out(sandbox, verb, change) == {unit.id for unit in change.units}


@pytest.mark.parametrize("key", [FlyKey.ELSEWHERE, "no-key-at-all"])
async def test_a_credential_that_does_not_reach_the_app_is_said_and_never_shown(
    sandbox: Sandbox, key: str
) -> None:
    verb = RollBack(fly_of(sandbox, key))

    with pytest.raises(Unauthorized) as refused:
        await planned(verb)

    assert key not in str(refused.value)


@pytest.mark.parametrize("code", ["UNAUTHORIZED", "FORBIDDEN", "UNAUTHENTICATED"])
async def test_a_credential_that_is_refused_in_the_body_of_a_good_answer_is_said_so(
    sandbox: Sandbox, code: str
) -> None:
    fly = fly_of(sandbox, line=saying({"message": f"not for {FlyKey.ALL}", "extensions": {"code": code}}))

    with pytest.raises(Unauthorized) as refused:
        await fly.releases("slurpy-backend")

    assert FlyKey.ALL not in str(refused.value)


async def test_any_other_refusal_in_the_body_of_a_good_answer_is_final(sandbox: Sandbox) -> None:
    fly = fly_of(sandbox, line=saying({"message": f"Could not find App for {FlyKey.ALL}"}))

    with pytest.raises(Rejected, match="Could not find App") as refused:
        await fly.releases("slurpy-backend")

    assert type(refused.value) is Rejected
    assert FlyKey.ALL not in str(refused.value)


async def test_an_app_that_does_not_exist_is_said(verb: RollBack) -> None:
    with pytest.raises(Rejected, match=r"Could not find App|app not found"):
        await planned(verb, Target(provider="fly", name="another"))
