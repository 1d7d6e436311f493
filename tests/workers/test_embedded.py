import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from stanch.control import SEARCH_ATTRIBUTES
from stanch.errors import ConfigError
from workers.embedded import EmbeddedTemporal, find_embedded
from workers.embedded.ports import choose

QUEUE = "embedded"
ROOT = Path(__file__).parents[2]


@workflow.defn
class Sleeper:
    @workflow.run
    async def run(self, seconds: float) -> str:
        await workflow.sleep(seconds)
        return "rested"


def embedded(data_dir: Path) -> EmbeddedTemporal:
    return EmbeddedTemporal(data_dir, port=None, ui_port=None)


@pytest.fixture(scope="module")
def taken_ports() -> Iterator[tuple[int, int]]:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        yield first.getsockname()[1], second.getsockname()[1]


@pytest.fixture(scope="module")
async def server(
    tmp_path_factory: pytest.TempPathFactory, taken_ports: tuple[int, int]
) -> AsyncIterator[EmbeddedTemporal]:
    port, ui_port = taken_ports
    data_dir = tmp_path_factory.mktemp("temporal") / "data"
    async with EmbeddedTemporal(data_dir, port=port, ui_port=ui_port, time_skipping=True) as server:
        yield server


def data_dir_of(server: EmbeddedTemporal) -> Path:
    return server._folder.path


def is_alive(pid: int) -> bool:
    """A process of that id runs; one that has ended and waits for its parent to notice does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")


async def test_the_namespace_keeps_closed_incidents_for_ninety_days(server: EmbeddedTemporal) -> None:
    client = await Client.connect(server.address, namespace=server.namespace)

    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=server.namespace)
    )

    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=90)


async def test_an_incident_can_carry_a_search_attribute_at_once_and_skips_time(
    server: EmbeddedTemporal,
) -> None:
    client = TimeSkipper(
        await Client.connect(server.address, namespace=server.namespace),
        config=TimeSkippingConfig(enabled=True),
    ).client
    number = SearchAttributePair(SearchAttributeKey.for_keyword("StanchIncident"), "INC-20261121-7K3QXM")

    async with Worker(
        client, task_queue=QUEUE, workflows=[Sleeper], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        result = await client.execute_workflow(
            Sleeper.run,
            86_400.0,
            id="skipping",
            task_queue=QUEUE,
            search_attributes=TypedSearchAttributes([number]),
        )

    assert result == "rested"


async def test_other_processes_of_the_folder_find_the_server(server: EmbeddedTemporal) -> None:
    found = find_embedded(data_dir_of(server))

    assert found is not None
    assert (found.pid, found.address, found.ui) == (server.pid, server.address, server.ui_url)


async def test_a_second_start_in_the_same_folder_is_refused_by_name(server: EmbeddedTemporal) -> None:
    data_dir = data_dir_of(server)

    with pytest.raises(ConfigError) as refused:
        await embedded(data_dir).__aenter__()

    assert f"{data_dir} is in use by another stanch (pid {os.getpid()})" in str(refused.value)
    assert server.address in str(refused.value)
    assert find_embedded(data_dir) is not None


def addresses_listened_at(pid: int) -> list[str]:
    """As the kernel writes them: hexadecimal, 127.0.0.1 backwards."""
    opened = {str(descriptor.readlink()) for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in opened]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel under /proc")
async def test_nothing_listens_beyond_this_machine(server: EmbeddedTemporal) -> None:
    listening = addresses_listened_at(server.pid)

    assert listening
    assert all(address.startswith("0100007F:") for address in listening)


async def test_a_server_killed_in_the_middle_comes_back_at_its_address_and_goes_on(tmp_path: Path) -> None:
    async with embedded(tmp_path) as server:
        address, former = server.address, server.pid
        keeper = asyncio.create_task(server.keep_running())
        client = await Client.connect(address, namespace=server.namespace)
        handle = await client.start_workflow(Sleeper.run, 0.1, id="survivor", task_queue=QUEUE)

        os.kill(former, signal.SIGKILL)
        async with (
            asyncio.timeout(10),
            Worker(
                client, task_queue=QUEUE, workflows=[Sleeper], workflow_runner=UnsandboxedWorkflowRunner()
            ),
        ):
            result = await handle.result()

        assert result == "rested"
        assert (server.address, server.pid != former) == (address, True)
    await asyncio.wait_for(keeper, 1)


async def test_a_stopped_server_leaves_no_process_and_its_folder_opens_again(tmp_path: Path) -> None:
    async with embedded(tmp_path) as server:
        pid = server.pid
    assert not is_alive(pid)
    assert find_embedded(tmp_path) is None

    async with embedded(tmp_path) as again:
        client = await Client.connect(again.address, namespace=again.namespace)
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=again.namespace)
        )

    assert set(SEARCH_ATTRIBUTES) <= set(listed.custom_attributes)


async def test_taken_ports_are_left_alone_and_others_are_used(
    server: EmbeddedTemporal, taken_ports: tuple[int, int]
) -> None:
    port, ui_port = taken_ports

    assert not server.address.endswith(f":{port}")
    assert not server.ui_url.endswith(f":{ui_port}")


def test_a_port_that_is_free_is_the_one_that_was_wished_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert choose(port) != port

    assert choose(port) == port


PARENT = """
import asyncio, sys
from pathlib import Path
from workers.embedded import EmbeddedTemporal

async def main():
    async with EmbeddedTemporal(Path(sys.argv[1]), port=None, ui_port=None) as server:
        print(server.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def started_elsewhere(data_dir: Path) -> tuple[subprocess.Popen[str], int]:
    """Another process with an embedded server, and the pid of that server."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data_dir)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
async def test_a_killed_parent_takes_the_server_along_and_a_new_one_starts(tmp_path: Path) -> None:
    parent, orphan = started_elsewhere(tmp_path)

    with parent:
        parent.kill()
        async with embedded(tmp_path) as server:
            assert server.pid != orphan
            assert not is_alive(orphan)
