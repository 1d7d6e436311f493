"""One key of a configuration: alone, under AppConfig's lock, and taken back."""

import json
from typing import Any

import pytest

from activities.aws.client import Aws
from activities.aws.set_flag import SetFlag
from activities.converging import converge
from sandbox.aws.managed import HostedVersion
from sandbox.aws.world import AwsWorld
from sandbox.faults import Fault
from sandbox.world import Sandbox
from stanch.errors import Conflict, Moved, Rejected
from stanch.model.verb import Approval
from tests.activities.aws.cases import FLAG, configured, in_force
from tests.activities.aws.doing import carried_out, operations, planned, refused

OFF = {**FLAG, "value": False}
SECRET = "hush-hush-hush-hush"


def lists(answer: dict[str, Any]) -> dict[str, Any]:
    """The same answer as AppConfig writes it."""
    items = [{**one, "StartedAt": one["StartedAt"].isoformat()} for one in answer["Items"]]
    return {"Items": items}


def freeform(sandbox: Sandbox, **content: Any) -> None:
    """The configuration is JSON of the team's own shape."""
    _, profile = configured(sandbox)
    profile.type = "AWS.Freeform"
    profile.versions = [HostedVersion(2, json.dumps(content).encode())]


async def test_only_the_wanted_key_changes_and_nothing_else_of_it_is_known(
    sandbox: Sandbox, aws: Aws
) -> None:
    freeform(sandbox, checkout=True, stripe=SECRET, limit=3)
    change = await planned(SetFlag(aws), **OFF)

    await carried_out(sandbox, SetFlag(aws), change)

    assert json.loads(in_force(sandbox)) == {"checkout": False, "stripe": SECRET, "limit": 3}
    assert SECRET not in change.model_dump_json() + repr(SetFlag.commands(change))


async def test_a_feature_flag_keeps_its_attributes(sandbox: Sandbox, aws: Aws) -> None:
    await carried_out(sandbox, SetFlag(aws), await planned(SetFlag(aws), **OFF))

    values = json.loads(in_force(sandbox))["values"]
    assert values == {"checkout": {"enabled": False, "limit": 3}, "chat": {"enabled": True}}


def with_variants(sandbox: Sandbox, **states: bool) -> None:
    """The flag has variants, each on or off by itself."""
    _, profile = configured(sandbox)
    variants = [{"name": name, "enabled": state, "rule": "(eq $t 1)"} for name, state in states.items()]
    content = {
        "version": "1",
        "flags": {"checkout": {"name": "checkout"}},
        "values": {"checkout": {"_variants": variants}},
    }
    profile.versions = [HostedVersion(2, json.dumps(content).encode())]


def variants_in_force(sandbox: Sandbox) -> dict[str, bool]:
    values = json.loads(in_force(sandbox))["values"]["checkout"]
    assert values.keys() == {"_variants"}
    return {one["name"]: one["enabled"] for one in values["_variants"]}


@pytest.mark.parametrize("default", [True, False])
async def test_a_flag_with_variants_is_switched_off_in_all_of_them_and_put_back(
    sandbox: Sandbox, aws: Aws, default: bool
) -> None:
    with_variants(sandbox, beta=True, default=default)
    change = await planned(SetFlag(aws), **OFF)

    await carried_out(sandbox, SetFlag(aws), change)
    off = variants_in_force(sandbox)
    await carried_out(sandbox, SetFlag(aws), change.undone())

    assert (off, variants_in_force(sandbox)) == (
        {"beta": False, "default": False},
        {"beta": True, "default": default},
    )
    said = "it is on for beta, off for default; every variant is switched off"
    assert (said in change.effects) is not default


async def test_a_flag_all_of_whose_variants_are_off_is_off(sandbox: Sandbox, aws: Aws) -> None:
    with_variants(sandbox, beta=False, default=False)

    change = await planned(SetFlag(aws), **OFF)

    assert (change.units, change.nothing_to_do) == ((), "checkout is False already")


async def test_a_flag_whose_variants_differ_cannot_be_switched_on(sandbox: Sandbox, aws: Aws) -> None:
    with_variants(sandbox, beta=True, default=False)

    assert await refused(SetFlag(aws), **{**OFF, "value": True}) == "not-a-flag"


async def test_a_variant_that_somebody_switched_meanwhile_is_theirs(sandbox: Sandbox, aws: Aws) -> None:
    with_variants(sandbox, beta=True, default=True)
    change = await planned(SetFlag(aws), **OFF)
    with_variants(sandbox, beta=True, default=False)

    with pytest.raises(Moved, match="'default': False"):
        await converge(SetFlag(aws), change, set())


async def test_a_version_that_is_not_in_force_is_left_out_and_said(sandbox: Sandbox, aws: Aws) -> None:
    _, profile = configured(sandbox)
    profile.versions.append(HostedVersion(3, b'{"draft": true}'))

    change = await planned(SetFlag(aws), **OFF)
    await carried_out(sandbox, SetFlag(aws), change)

    assert "version 3, which is not in force, is left out of the new one" in change.effects
    assert "draft" not in json.loads(in_force(sandbox))


async def test_a_version_that_somebody_makes_just_before_ours_is_a_conflict_and_then_moved(
    sandbox: Sandbox, aws: Aws
) -> None:
    _, profile = configured(sandbox)
    change = await planned(SetFlag(aws), **OFF)
    profile.versions.append(HostedVersion(3, b"{}"))

    with pytest.raises(Conflict, match="latest version is 3"):
        await SetFlag(aws).write(change, change.units[0])
    with pytest.raises(Moved, match="version of api is at 3"):
        await converge(SetFlag(aws), change, set())

    assert operations(sandbox) == []


@pytest.mark.parametrize("state", ["DEPLOYING", "BAKING", "ROLLING_BACK"])
async def test_an_environment_takes_one_deployment_at_a_time(sandbox: Sandbox, aws: Aws, state: str) -> None:
    environment, _ = configured(sandbox)
    environment.rollouts[0].state = state

    assert await refused(SetFlag(aws), **OFF) == "deployment-in-progress"


async def test_after_it_baked_the_way_back_deploys_the_version_from_before(
    sandbox: Sandbox, aws: Aws
) -> None:
    environment, _ = configured(sandbox)
    change = await planned(SetFlag(aws), **OFF)
    await carried_out(sandbox, SetFlag(aws), change)
    environment.rollouts[0].state = "COMPLETE"

    await carried_out(sandbox, SetFlag(aws), change.undone())

    assert environment.rollouts[0].version == 2
    assert operations(sandbox) == ["create_configuration", "start_deployment", "start_deployment"]


async def test_while_it_is_being_deployed_the_way_back_stops_it(sandbox: Sandbox, aws: Aws) -> None:
    environment, _ = configured(sandbox)
    sandbox.pace.rollout = 500
    change = await planned(SetFlag(aws), **OFF)
    for unit in change.units:
        await SetFlag(aws).write(change, unit)

    await carried_out(sandbox, SetFlag(aws), change.undone())

    assert environment.rollouts[0].state == "ROLLED_BACK"
    assert operations(sandbox)[-1] == "stop_deployment"


async def test_while_it_bakes_the_way_back_stops_it_too(sandbox: Sandbox, aws: Aws) -> None:
    environment, _ = configured(sandbox)
    change = await planned(SetFlag(aws), **OFF)
    await carried_out(sandbox, SetFlag(aws), change)
    assert environment.rollouts[0].state == "BAKING"

    await carried_out(sandbox, SetFlag(aws), change.undone())

    assert json.loads(in_force(sandbox))["values"]["checkout"]["enabled"] is True
    assert operations(sandbox)[-1] == "stop_deployment"


async def test_one_that_was_complete_by_the_time_it_is_stopped_is_taken_back_all_the_same(
    sandbox: Sandbox, aws: Aws
) -> None:
    environment, _ = configured(sandbox)
    change = await planned(SetFlag(aws), **OFF)
    await carried_out(sandbox, SetFlag(aws), change)
    baking = await aws.call(
        change.target, "appconfig:ListDeployments", ApplicationId="app1", EnvironmentId="env1"
    )
    environment.rollouts[0].state = "COMPLETE"
    sandbox.order(Fault(status=200, path="ListDeployments", after=1, body=lists(baking)))

    await carried_out(sandbox, SetFlag(aws), change.undone())

    assert environment.rollouts[0].state == "REVERTED"
    assert json.loads(in_force(sandbox))["values"]["checkout"]["enabled"] is True


async def test_what_a_person_would_type_on_the_way_back_stops_it_or_deploys_the_old_one(aws: Aws) -> None:
    stop, begin = SetFlag.commands((await planned(SetFlag(aws), **OFF)).undone())

    assert "stop-deployment" in stop
    assert "--allow-revert" in stop
    assert "--configuration-version 2" in begin


async def test_a_deployment_that_an_alarm_took_back_is_said(sandbox: Sandbox, aws: Aws) -> None:
    environment, _ = configured(sandbox)
    change = await planned(SetFlag(aws), **OFF)
    await carried_out(sandbox, SetFlag(aws), change)
    environment.rollouts[0].state = "ROLLED_BACK"

    with pytest.raises(Rejected, match="rolled back the deployment of version 3: an alarm fired"):
        await converge(SetFlag(aws), change, set())


async def test_names_and_identifiers_both_name_a_configuration(aws: Aws) -> None:
    by_id = {"application": "app1", "environment": "env1", "profile": "profile1"}

    one, other = await planned(SetFlag(aws), **OFF), await planned(SetFlag(aws), **{**OFF, **by_id})

    assert one.settings == other.settings


@pytest.mark.parametrize("field", ["application", "environment", "profile"])
async def test_a_name_that_nobody_has_is_rejected(aws: Aws, field: str) -> None:
    with pytest.raises(Rejected, match="'nobody' is the name of 0 of the 1"):
        await planned(SetFlag(aws), **{**OFF, field: "nobody"})


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [({"key": "search"}, "no-such-flag"), ({"value": "off"}, "not-a-flag"), ({"value": 0}, "not-a-flag")],
)
async def test_a_feature_flag_is_on_or_off(aws: Aws, arguments: dict[str, Any], rule: str) -> None:
    assert await refused(SetFlag(aws), **{**OFF, **arguments}) == rule


async def test_what_is_no_json_has_no_keys(sandbox: Sandbox, aws: Aws) -> None:
    _, profile = configured(sandbox)
    profile.versions = [HostedVersion(2, b"ttl: 300", "application/x-yaml")]

    assert await refused(SetFlag(aws), **OFF) == "not-json"


async def test_what_appconfig_only_points_to_is_refused(sandbox: Sandbox, aws: Aws) -> None:
    configured(sandbox)[1].location = "ssm-parameter:///api/flags"

    assert await refused(SetFlag(aws), **OFF) == "not-hosted"


async def test_a_configuration_that_was_never_deployed_is_refused(world: AwsWorld, aws: Aws) -> None:
    world.applications["app1"].environments["env1"].rollouts.clear()

    assert await refused(SetFlag(aws), **OFF) == "nothing-in-force"


async def test_a_key_that_holds_more_than_a_value_is_refused(sandbox: Sandbox, aws: Aws) -> None:
    freeform(sandbox, checkout={"enabled": True})

    assert await refused(SetFlag(aws), **OFF) == "not-a-flag"


async def test_a_flag_that_would_go_out_slowly_is_refused(aws: Aws) -> None:
    slow = "AppConfig.Linear20PercentEvery6Minutes"

    assert await refused(SetFlag(aws), **FLAG, value=False, strategy=slow) == "not-at-once"
    assert (await planned(SetFlag(aws), **FLAG, value=False, strategy="at1once")).units


def test_nobody_has_to_be_asked_for_a_flag_that_is_with_everybody_at_once() -> None:
    assert (SetFlag.spec.floor, SetFlag.spec.instant) == (Approval.NOBODY, True)


@pytest.mark.parametrize(("asked", "to"), [(500, 500), (300, None), (60, None)])
async def test_a_number_is_raised_and_never_lowered(
    sandbox: Sandbox, aws: Aws, asked: int, to: int | None
) -> None:
    freeform(sandbox, ttl=300)

    change = await planned(SetFlag(aws), **{**FLAG, "key": "ttl"}, value={"at_least": asked})

    assert [unit.to for unit in change.units if unit.id == "ttl"] == ([to] if to else [])
    assert change.units or change.nothing_to_do == "ttl is 300 already"


async def test_what_is_no_number_is_not_raised(aws: Aws) -> None:
    assert await refused(SetFlag(aws), **FLAG, value={"at_least": 3}) == "not-a-number"
