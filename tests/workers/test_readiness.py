"""Whether alerts can be stored, and who is missing to work on them, is said by name."""

import asyncio

import pytest
from google.protobuf.duration_pb2 import Duration
from stage import DOOR, DOOR_KEY, Stage
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from stanch.control import Control
from stanch.control.readiness import SEARCH_ATTRIBUTES, Readiness
from stanch.policy.signing import Keyring, key_name


async def namespaced(client: Client, name: str) -> Client:
    """A client of a namespace that has just been made."""
    retention = Duration(seconds=86_400)
    asked = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=retention)
    await client.workflow_service.register_namespace(asked)
    return await Client.connect(client.service_client.config.target_host, namespace=name)


async def warnings_of(control: Control, *queues: str) -> str:
    """As soon as the server has heard of the workers that there are."""
    async with asyncio.timeout(20):
        while True:
            found = await control.readiness(queues)
            said = "\n".join(found.warnings)
            if not any(f"nobody works on {queue}:" in said for queue in ("stanch", "stanch-tell")):
                return said
            await asyncio.sleep(0.1)


async def test_with_workers_on_every_queue_there_is_nothing_to_say(stage: Stage) -> None:
    assert await warnings_of(stage.control, "stanch-tell") == ""


async def test_a_queue_that_nobody_works_on_is_named_with_the_way_out(stage: Stage) -> None:
    said = await warnings_of(stage.control, "stanch-nobodys")

    assert said == (
        "nobody works on stanch-nobodys: nothing can be read or changed there;"
        " start `stanch worker --only nobodys`"
    )


async def test_a_worker_with_another_door_key_is_named_with_both_keys(stage: Stage) -> None:
    said = await warnings_of(Readiness(stage.client, Keyring(b"the key of somebody else")))

    assert (
        f"has the door key {key_name(DOOR_KEY)}, this gateway has {key_name(b'the key of somebody else')}"
        in said
    )
    assert "STANCH_DOOR_KEY" in said


async def test_no_key_is_named_by_itself(stage: Stage) -> None:
    assert DOOR_KEY.decode() not in key_name(DOOR_KEY)


async def test_a_namespace_that_is_not_there_is_a_problem(stage: Stage) -> None:
    address = stage.client.service_client.config.target_host
    elsewhere = await Client.connect(address, namespace="nowhere")

    found = await Readiness(elsewhere, DOOR).readiness()

    assert not found.ready
    assert "Temporal has no namespace nowhere" in found.problem


async def test_a_namespace_without_our_search_attributes_is_a_problem(stage: Stage) -> None:
    found = await Readiness(await namespaced(stage.client, "bare"), DOOR).readiness()

    assert not found.ready
    assert found.problem.startswith(f"namespace bare lacks the search attributes {SEARCH_ATTRIBUTES[0]}, ")


async def test_without_a_worker_of_incidents_alerts_are_stored_and_it_is_said_that_they_wait(
    stage: Stage,
) -> None:
    elsewhere = await namespaced(stage.client, "idle")
    keywords = dict.fromkeys(SEARCH_ATTRIBUTES, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
    ours = AddSearchAttributesRequest(namespace="idle", search_attributes=keywords)
    await elsewhere.operator_service.add_search_attributes(ours)

    found = await Readiness(elsewhere, DOOR).readiness()

    assert found.ready
    assert found.warnings[0].startswith("nobody works on stanch: alerts are stored and wait")


@pytest.mark.parametrize("queues", [(), ("stanch-tell",)])
async def test_alerts_can_be_stored_whoever_is_missing(stage: Stage, queues: tuple[str, ...]) -> None:
    assert (await stage.control.readiness(queues)).ready
