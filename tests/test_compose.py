import asyncio
import os
import re
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from stanch.control import SEARCH_ATTRIBUTES
from tests.store.databases import mortal
from workers.embedded import RETENTION, EmbeddedTemporal
from workers.embedded.binary import find_binary

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
OF_TEMPORAL = {name: service for name, service in SERVICES.items() if "temporal" in service.get("image", "")}


def named_volumes(service: dict[str, Any]) -> set[str]:
    sources = [volume.rpartition(":/")[0] for volume in service.get("volumes", [])]
    return {source for source in sources if source.isidentifier()}


def before(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    assert name not in seen, f"{name} waits for itself"
    waits_for = SERVICES[name].get("depends_on", {})
    return set(waits_for).union(*(before(other, seen | {name}) for other in waits_for))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_only_what_the_file_defines(name: str) -> None:
    service = SERVICES[name]

    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert named_volumes(service) <= set(COMPOSE["volumes"])
    assert {config["source"] for config in service.get("configs", [])} <= set(COMPOSE["configs"])


def test_everything_the_file_defines_is_used() -> None:
    assert set(COMPOSE["volumes"]) == set().union(*(named_volumes(service) for service in SERVICES.values()))
    assert set(COMPOSE["networks"]) == {
        network for service in SERVICES.values() for network in service["networks"]
    }


@pytest.mark.parametrize(
    ("name", "waited_for", "condition"),
    [
        (name, waited_for, how["condition"])
        for name, service in SERVICES.items()
        for waited_for, how in service.get("depends_on", {}).items()
    ],
)
def test_what_is_waited_for_can_come_true(name: str, waited_for: str, condition: str) -> None:
    target = SERVICES[waited_for]

    if condition == "service_healthy":
        assert "healthcheck" in target
    else:
        assert condition == "service_completed_successfully"
        assert target["restart"].startswith("on-failure"), f"{name} would wait for {waited_for} for ever"


def test_the_workers_start_after_database_schema_server_and_namespace() -> None:
    for name in ("gateway", "worker"):
        assert before(name) == {"postgres", "schema", "store", "temporal", "namespace"}


def test_gateway_and_worker_have_one_store_on_the_same_server() -> None:
    addresses = {SERVICES[name]["environment"]["STANCH_STORE"] for name in ("gateway", "worker")}

    assert len(addresses) == 1
    assert addresses.pop().endswith("@postgres/stanch")


def test_the_stores_database_is_made_once_and_its_password_set_again(tmp_path: Path) -> None:
    script = SERVICES["store"]["command"][0].replace("$$", "$")
    found = mortal()
    environment = os.environ | {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(found.port),
        "PGUSER": "boss",
        "STORE_PASSWORD": "it's a password",
    }

    for _ in range(2):
        subprocess.run(["sh", "-euc", script], env=environment, check=True, capture_output=True)

    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'stanch'"
    assert found.boss.execute(owner.encode()).fetchall() == [("stanch",)]
    found.boss.execute(b"DROP DATABASE stanch")


def test_the_sandbox_starts_only_when_asked_for_and_nothing_needs_it() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"sandbox"}
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]
    assert not any("sandbox" in before(name) for name in SERVICES)


def test_every_image_is_pinned_to_a_version() -> None:
    for service in SERVICES.values():
        assert re.search(r":\d+\.\d+(\.\d+)?$", service["image"])
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        assert not line.startswith("FROM") or re.search(r":\d+\.\d+\.\d+-", line)


def test_only_this_machine_reaches_a_published_port_and_temporal_publishes_none() -> None:
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert not any(port.endswith(":7233") for port in service.get("ports", [])), name
    assert COMPOSE["networks"]["temporal"] == {"internal": True}
    assert SERVICES["temporal"]["networks"] == SERVICES["postgres"]["networks"] == ["temporal"]


def test_server_and_tools_of_temporal_have_one_version() -> None:
    versions = {
        service["image"].rpartition(":")[2]
        for service in OF_TEMPORAL.values()
        if not service["image"].startswith("temporalio/ui")
    }

    assert len(versions) == 1


def test_the_namespace_knows_the_same_search_attributes_as_the_embedded_server() -> None:
    script = SERVICES["namespace"]["command"][0]

    assert re.search(r"for name in (.*);", script)[1].split() == list(SEARCH_ATTRIBUTES)  # type: ignore[index]
    assert "--retention 90d" in script


def test_gateway_and_worker_are_given_one_door_key() -> None:
    keys = {SERVICES[name]["environment"]["STANCH_DOOR_KEY"] for name in ("gateway", "worker")}

    assert len(keys) == 1


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            secret = re.search(r"PASSWORD|PWD|TOKEN|SECRET|KEY", key)
            kept = ("${POSTGRES_PASSWORD:?", "${STORE_PASSWORD:?", "${STANCH_DOOR_KEY:?")
            assert not secret or value.startswith(kept)
        assert not re.search(r"://[^:/]+:(?!\$\{STORE_PASSWORD:\?)[^/]*@", str(service.get("environment")))


@pytest.mark.skipif(find_spec("stanch.cli.__main__") is None, reason="the command line is not written yet")
@pytest.mark.parametrize("name", OURS)
def test_every_command_line_is_one_that_stanch_knows(name: str) -> None:
    command = [sys.executable, "-m", "stanch.cli", *OURS[name]["command"], "--help"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


async def test_the_namespace_job_does_on_a_real_server_what_it_says_however_often(tmp_path: Path) -> None:
    script = SERVICES["namespace"]["command"][0].replace("$$", "$")

    async with EmbeddedTemporal(tmp_path, port=None, ui_port=None) as server:
        surroundings = {
            "TEMPORAL_ADDRESS": server.address,
            "PATH": f"{find_binary().path.parent}:/usr/bin:/bin",
        }
        for _ in range(2):
            job = await asyncio.create_subprocess_exec(
                "/bin/sh", "-euc", script, env=surroundings, stdout=DEVNULL
            )
            assert await job.wait() == 0
        client = await Client.connect(server.address, namespace="stanch")
        described = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="stanch")
        )
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace="stanch")
        )

    assert described.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION
    assert set(SEARCH_ATTRIBUTES) <= set(listed.custom_attributes)
