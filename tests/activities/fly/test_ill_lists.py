"""A list that lacks machines, a credential and an app that Fly denies for a moment."""

from typing import Any

import pytest

from activities.contract import Verb
from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.readings import ReadMachines, ReadReleases
from activities.fly.restart import Restart
from activities.fly.roll_back import RollBack
from activities.fly.scale import Scale
from activities.fly.set_config import SetConfig
from activities.fly.set_secret import SetSecret
from sandbox.faults import Fault, Trouble
from sandbox.fly.application import FlyApp
from sandbox.fly.keys import FlyKey
from sandbox.world import Sandbox
from stanch.errors import Moved, Rejected, Unauthorized, Unavailable
from stanch.model.evidence import Look
from tests.activities.contract.case import AT
from tests.activities.fly.cases import BACKEND
from tests.activities.fly.flying import (
    carried_out,
    fly_of,
    image_of,
    images_of,
    operations,
    planned,
    still_at_it,
)

GRAPHQL = "/fly/graphql"
LIST = "/machines$"
ONE = r"/machines/\w+$"
LEASE = "/lease$"
Asked = tuple[type[Verb], dict[str, Any]]
VERBS: list[Asked] = [
    (RollBack, {}),
    (Restart, {}),
    (Scale, {"count": 3}),
    (Scale, {"size": "shared-cpu-2x", "largest_size": "shared-cpu-2x"}),
    (SetConfig, {"key": "LIMIT", "value": 1000}),
    (SetSecret, {"key": "SEARCH_TOKEN", "value": {"secret": "search"}}),
]
every_verb = pytest.mark.parametrize("asked", VERBS, ids=str)
REFUSALS = pytest.mark.parametrize("status", [401, 403])


@pytest.fixture
def fly(sandbox: Sandbox, tmp_path: Any) -> Fly:
    (tmp_path / "search").write_text("a new value of search_token")
    fly = fly_of(sandbox, team_secrets={"search": f"file:{tmp_path / 'search'}"})
    fly.api.pauses = (0, 0, 0)
    return fly


@pytest.fixture
def abroad(app: FlyApp) -> str:
    """The second machine stands in a region of its own."""
    for image in app.images.values():
        image.good = True
    app.standing()[1].region = "fra"
    return app.standing()[1].id


def lose(app: FlyApp) -> None:
    app.unlisted_regions = {"fra"}


# A list that lacks a region


@every_verb
async def test_nothing_is_planned_on_a_list_that_lacks_a_region(
    app: FlyApp, fly: Fly, abroad: str, asked: Asked
) -> None:
    lose(app)

    with pytest.raises(Unavailable, match=f"lacks {abroad}, which exists"):
        await planned(asked[0](fly), **asked[1])


@every_verb
async def test_an_empty_list_is_not_believed_either(
    sandbox: Sandbox, app: FlyApp, fly: Fly, abroad: str, asked: Asked
) -> None:
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, method="GET", path=LIST, times=None))

    with pytest.raises(Unavailable, match="which exists"):
        await planned(asked[0](fly), **asked[1])


@every_verb
async def test_a_machine_that_the_list_lacks_meanwhile_is_neither_gone_nor_done(
    sandbox: Sandbox, app: FlyApp, fly: Fly, abroad: str, asked: Asked
) -> None:
    verb, arguments = asked[0](fly), asked[1]
    change = await planned(verb, **arguments)
    lose(app)

    with pytest.raises(Unavailable, match=f"lacks {abroad}, which exists"):
        await converge(verb, change, set())
    app.unlisted_regions = set()
    await carried_out(sandbox, verb, change)


async def test_machines_that_were_added_are_not_taken_for_removed_because_the_list_lacks_them(
    sandbox: Sandbox, app: FlyApp, fly: Fly, abroad: str
) -> None:
    verb = Scale(fly)
    change = await planned(verb, count=3)
    await carried_out(sandbox, verb, change)
    made = app.standing()[2]
    made.region = "nrt"
    app.unlisted_regions = {"nrt"}

    with pytest.raises(Unavailable, match=f"lacks {made.id}"):
        await converge(verb, change.undone(), set())

    app.unlisted_regions = set()
    await carried_out(sandbox, verb, change.undone())
    assert len(app.standing()) == 2


async def test_a_machine_that_is_really_gone_is_said_to_be(
    sandbox: Sandbox, app: FlyApp, fly: Fly, abroad: str
) -> None:
    change = await planned(RollBack(fly))
    app.standing()[1].state = "destroyed"

    with pytest.raises(Moved, match="no longer exists"):
        await converge(RollBack(fly), change, set())


@every_verb
async def test_where_graphql_is_away_it_is_said_that_the_list_was_not_compared(
    sandbox: Sandbox, app: FlyApp, fly: Fly, abroad: str, asked: Asked
) -> None:
    if asked[0] is RollBack:
        pytest.skip("goes by releases, which GraphQL alone has")
    sandbox.order(Fault(status=503, path=GRAPHQL, times=None))

    change = await planned(asked[0](fly), **asked[1])

    assert any("cannot be compared" in effect for effect in change.effects)


# A credential that is refused for a moment


@REFUSALS
@pytest.mark.parametrize("call", [("GET", LIST), ("GET", ONE), ("POST", LEASE), ("POST", ONE)])
async def test_a_passing_refusal_in_the_middle_of_a_change_does_not_end_it(
    sandbox: Sandbox, app: FlyApp, fly: Fly, status: int, call: tuple[str, str]
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    done: set[str] = set()
    await still_at_it(verb, change, done, 2)
    assert operations(sandbox) == ["update_machine"]
    sandbox.order(Fault(status=status, method=call[0], path=call[1], times=2))

    await carried_out(sandbox, verb, change, done)

    assert set(images_of(app)) == {image_of(app, 41)}
    assert operations(sandbox) == ["update_machine"] * 2


@REFUSALS
async def test_a_credential_that_was_lent_a_lease_may_write_under_it(
    sandbox: Sandbox, app: FlyApp, fly: Fly, status: int
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    sandbox.order(Fault(status=status, method="POST", path=ONE, times=2))

    await carried_out(sandbox, verb, change)

    assert set(images_of(app)) == {image_of(app, 41)}


@REFUSALS
async def test_a_refusal_that_does_not_pass_ends_the_change_after_a_few_tries(
    sandbox: Sandbox, app: FlyApp, fly: Fly, status: int
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    done: set[str] = set()
    await still_at_it(verb, change, done, 2)
    sandbox.order(Fault(status=status, method="POST", path=LEASE, times=None))

    with pytest.raises(Unauthorized):
        await carried_out(sandbox, verb, change, done)


async def test_a_credential_that_only_reads_is_refused_once(sandbox: Sandbox) -> None:
    fly = fly_of(sandbox, FlyKey.READ_ONLY)
    verb = RollBack(fly)
    change = await planned(verb)

    with pytest.raises(Unauthorized):
        await converge(verb, change, set())

    refused = [one for one in sandbox.ledger.requests if one.method == "POST" and one.path.endswith("/lease")]
    assert len(refused) == 1


@REFUSALS
async def test_a_reading_outlives_a_passing_refusal(sandbox: Sandbox, fly: Fly, status: int) -> None:
    look = Look(target=BACKEND, arguments={}, as_of=AT)
    await ReadMachines(fly).read(look)
    sandbox.order(Fault(status=status, method="GET", path=LIST, times=2))
    sandbox.order(Fault(status=status, path=GRAPHQL, times=2))

    assert (await ReadReleases(fly).read(look)).name == "v42"


# An app that is denied for a moment


@pytest.mark.parametrize("said", ["app not found", "Could not find App"])
async def test_an_app_that_was_there_a_moment_ago_is_asked_for_again(
    sandbox: Sandbox, app: FlyApp, fly: Fly, said: str
) -> None:
    verb = RollBack(fly)
    change = await planned(verb)
    sandbox.order(Fault(status=404, method="GET", path=LIST, body={"error": said}))

    with pytest.raises(Unavailable, match="it was there a moment ago"):
        await converge(verb, change, set())

    await carried_out(sandbox, verb, change)


async def test_an_app_that_graphql_denies_for_a_moment_is_asked_for_again(sandbox: Sandbox, fly: Fly) -> None:
    await planned(RollBack(fly))
    sandbox.order(
        Fault(status=200, path=GRAPHQL, times=2, body={"errors": [{"message": "Could not find App"}]})
    )

    with pytest.raises(Unavailable):
        await planned(RollBack(fly))


async def test_an_app_that_is_denied_is_not_taken_for_one_without_leases(sandbox: Sandbox, fly: Fly) -> None:
    await planned(RollBack(fly))
    sandbox.order(Fault(status=404, method="GET", path=LEASE, times=None, body={"error": "app not found"}))

    with pytest.raises(Unavailable):
        await planned(RollBack(fly))


async def test_an_app_that_nobody_has_seen_is_not_there(sandbox: Sandbox, fly: Fly) -> None:
    target = BACKEND.model_copy(update={"name": "no-such-app", "at": {"app": "no-such-app"}})

    with pytest.raises(Rejected) as refused:
        await ReadMachines(fly).read(Look(target=target, arguments={}, as_of=AT))

    assert type(refused.value) is Rejected
