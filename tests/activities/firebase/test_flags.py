"""Remote Config: one parameter changed in a template that is published whole."""

import copy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from activities.firebase.client import Firebase
from activities.firebase.flag_readings import ReadRemoteConfig
from activities.firebase.set_flag import SetFlag
from sandbox.firebase.project import Project
from sandbox.firebase.scenes import FLAG
from sandbox.firebase.template import Template
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected
from tests.activities.contract.bench import Line
from tests.activities.contract.case import in_process
from tests.activities.firebase.acting import carried_out, planned, read, stopped


@pytest.fixture
def verb(firebase: Firebase) -> SetFlag:
    return SetFlag(firebase)


@pytest.fixture
def template(project: Project) -> Template:
    return project.templates["client"]


def publish(template: Template, key: str, parameter: dict[str, Any]) -> None:
    """Somebody else publishes this parameter."""
    content = copy.deepcopy(template.content)
    content["parameters"][key] = parameter
    template.publish(content)


async def test_off_means_off_for_those_under_conditions_too(verb: SetFlag, template: Template) -> None:
    change = await planned(verb, key=FLAG, value=False)

    await carried_out(verb, change)

    parameter = template.content["parameters"][FLAG]
    assert parameter["defaultValue"] == parameter["conditionalValues"]["ios"] == {"value": "false"}
    assert (parameter["description"], parameter["valueType"]) == ("kill switch", "BOOLEAN")
    assert any("ios" in effect for effect in change.effects)


async def test_conditions_can_be_kept_which_is_said(verb: SetFlag, template: Template) -> None:
    change = await planned(verb, key=FLAG, value=False, conditions="keep")

    await carried_out(verb, change)

    assert template.content["parameters"][FLAG]["conditionalValues"] == {"ios": {"useInAppDefault": True}}
    assert any("keep what they have: ios" in effect for effect in change.effects)


async def test_the_version_names_its_incident_and_everything_else_is_sent_back(
    verb: SetFlag, template: Template
) -> None:
    before = copy.deepcopy(template.content)

    await carried_out(verb, await planned(verb, key="packs_per_page", value=6))

    before["parameters"]["packs_per_page"]["defaultValue"] = {"value": "6"}
    assert template.content == before
    assert template.editions[0].description == "INC-20261121-7K3QXM/1.1"


async def test_what_others_publish_at_the_same_time_is_not_overwritten(
    verb: SetFlag, template: Template, line: Line
) -> None:
    change = await planned(verb, key=FLAG, value=False)
    line.before(1, lambda: publish(template, "packs_per_page", {"defaultValue": {"value": "24"}}))

    waited = await carried_out(verb, change)

    parameters = template.content["parameters"]
    assert "412" in waited[0]
    assert (parameters["packs_per_page"]["defaultValue"], parameters[FLAG]["defaultValue"]) == (
        {"value": "24"},
        {"value": "false"},
    )


async def test_the_undo_leaves_what_others_published_since(verb: SetFlag, template: Template) -> None:
    change = await planned(verb, key=FLAG, value=False)
    was = copy.deepcopy(template.content["parameters"][FLAG])
    await carried_out(verb, change)
    publish(template, "packs_per_page", {"defaultValue": {"value": "24"}})

    await carried_out(verb, change.undone())

    parameters = template.content["parameters"]
    assert (parameters[FLAG], parameters["packs_per_page"]["defaultValue"]) == (was, {"value": "24"})


async def test_without_an_etag_nothing_is_published(
    sandbox: Sandbox, verb: SetFlag, firebase: Firebase, line: Line
) -> None:
    async def proxy(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await line({**scope, "headers": headers}, receive, send)

    change = await planned(verb, key=FLAG, value=False)
    in_process(firebase, proxy)

    said = await stopped(verb, change, Rejected)

    assert "without its ETag" in said
    assert sandbox.ledger.effects() == []


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("no_such_flag", True, "no-such-flag"),
        (FLAG, "perhaps", "wrong-type"),
        ("packs_per_page", "many", "wrong-type"),
        ("wallet_api_key", "x", "holds-a-secret"),
        ("text", "x", "not-a-flag"),
        ("layout", "{", "wrong-type"),
    ],
)
async def test_what_is_no_flag_or_no_value_of_its_type_is_refused(
    verb: SetFlag, template: Template, key: str, value: Any, rule: str
) -> None:
    publish(template, "wallet_api_key", {"defaultValue": {"value": "abc"}})
    publish(template, "text", {"defaultValue": {"value": "long " * 60}})
    publish(template, "layout", {"defaultValue": {"value": "{}"}, "valueType": "JSON"})

    with pytest.raises(PolicyError) as refused:
        await planned(verb, key=key, value=value)

    assert refused.value.rule == rule


async def test_what_a_rollout_decides_is_not_decided_here(verb: SetFlag, template: Template) -> None:
    rollout = {"rolloutValue": {"rolloutId": "rollout_1", "value": "true", "percent": 10}}
    parameter = copy.deepcopy(template.content["parameters"][FLAG])
    publish(template, FLAG, {**parameter, "conditionalValues": {"ios": rollout}})

    with pytest.raises(PolicyError, match="for ios: end it in the console"):
        await planned(verb, key=FLAG, value=False)

    kept = await planned(verb, key=FLAG, value=False, conditions="keep")
    assert kept.units[0].to == {"defaultValue": {"value": "false"}, "conditionalValues": {"ios": rollout}}


async def test_servers_have_a_template_of_their_own(
    verb: SetFlag, project: Project, template: Template
) -> None:
    change = await planned(verb, key=FLAG, value=False, audience="server")

    await carried_out(verb, change)

    assert project.templates["server"].plain() == {FLAG: "false"}
    assert template.plain()[FLAG] == "true"
    assert any("server template" in effect for effect in change.effects)


async def test_a_flag_that_is_off_cures_a_service_that_only_fails_while_it_is_on(
    sandbox: Sandbox, verb: SetFlag, project: Project
) -> None:
    for revision in project.services["us-central1/purchasepack"].revisions:
        revision.good = True
    sandbox.services["packs"].broken_while[FLAG] = "true"
    before = sandbox.services["packs"].measure().error_rate

    await carried_out(verb, await planned(verb, key=FLAG, value="false"))

    assert (before, sandbox.services["packs"].measure().error_rate) == (1, 0)


async def test_the_commands_edit_the_parameter_where_it_stands(verb: SetFlag) -> None:
    plain = await planned(verb, key=FLAG, value=False)
    grouped = await planned(verb, key="show_active_entitlements", value=False, audience="client")

    edits = [SetFlag.commands(change)[1] for change in (plain, grouped)]

    assert f".parameters.{FLAG} +=" in edits[0]
    assert '.parameterGroups["sections"].parameters.show_active_entitlements +=' in edits[1]
    assert "If-Match" in SetFlag.commands(plain)[2]
    assert '"useInAppDefault": true' in SetFlag.commands(plain.undone())[1]


async def test_apps_that_have_not_fetched_yet_go_by_what_was(
    sandbox: Sandbox, verb: SetFlag, project: Project, template: Template
) -> None:
    template.fetched_late = timedelta(hours=1)
    for revision in project.services["us-central1/purchasepack"].revisions:
        revision.good = True
    sandbox.services["packs"].broken_while[FLAG] = "true"
    await carried_out(verb, await planned(verb, key=FLAG, value="false"))
    before = sandbox.services["packs"].measure().error_rate

    sandbox.pass_time(timedelta(hours=1))

    assert (before, sandbox.services["packs"].measure().error_rate) == (1, 0)


async def test_people_are_told_that_apps_fetch_in_their_own_time(verb: SetFlag) -> None:
    change = await planned(verb, key=FLAG, value=False)

    assert "within 12 hours" in change.effects[0]


async def test_a_parameter_that_is_not_there_is_no_reading(firebase: Firebase) -> None:
    with pytest.raises(Rejected, match="has no other_flag"):
        await read(ReadRemoteConfig(firebase), key="other_flag")


async def test_a_parameter_in_a_group_is_read(firebase: Firebase, tmp_path: Path) -> None:
    found = await read(ReadRemoteConfig(firebase), key="show_active_entitlements")

    assert (found.value, found.value_type, found.conditions) == ("true", "BOOLEAN", {})
    assert found.line() == "show_active_entitlements=true; version 86 by ana@team.example"
