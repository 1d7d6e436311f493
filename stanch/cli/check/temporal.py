"""Whether Temporal answers, and whether somebody works: our own server, or that of the environment."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from stanch.cli.check.results import Finding, PreflightCheck, failed, ok, warn
from stanch.control import SEARCH_ATTRIBUTES
from stanch.control.readiness import Readiness
from stanch.errors import ConfigError
from stanch.policy.signing import Keyring
from workers.embedded import find_embedded
from workers.home import little_room
from workers.process import configured

_WITHIN = timedelta(seconds=8)
_LEAST_RETENTION = timedelta(days=2)
"""What is kept for a day is gone before anybody has asked what happened on Friday."""
AREA = "Temporal"


def checks(data: Path, queues: Sequence[str], door_key: bytes) -> Iterator[PreflightCheck]:
    """The server, who works on its queues, and the disk it writes to where it is our own."""
    yield PreflightCheck(AREA, "server", partial(_look, data))
    if _config(data):
        yield PreflightCheck(AREA, "workers", partial(_workers, data, queues, door_key))
    yield PreflightCheck("Machine", "disk", partial(_disk, data if data.exists() else data.absolute().parent))


async def _disk(folder: Path) -> Finding:
    for says in little_room(folder):
        return warn(says)
    return ok("has room")


def _config(data: Path) -> dict[str, Any]:
    """How the server is reached; empty where there is none, or where its configuration cannot be read."""
    running = find_embedded(data)
    if running is not None:
        return {"target_host": running.address, "namespace": running.namespace}
    try:
        config = configured()
    except ConfigError:
        return {}
    return {"namespace": "default", **config} if "target_host" in config else {}


async def _workers(data: Path, queues: Sequence[str], door_key: bytes) -> Finding:
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            client = await Client.connect(**_config(data))
            found = await Readiness(client, Keyring(door_key)).readiness(queues)
    except (RuntimeError, TimeoutError):
        return warn("were not asked for, since the server does not answer")
    if not found.ready:
        return warn("were not asked for; see the line above")
    return warn("; ".join(found.warnings)) if found.warnings else ok("every queue has one")


async def _look(data: Path) -> Finding:
    try:
        configured()
    except ConfigError as error:
        if find_embedded(data) is None:
            return failed(str(error))
    config = _config(data)
    if not config:
        return warn(
            f"none runs for {data}, and TEMPORAL_ADDRESS is not set",
            "`stanch up` starts one; `stanch worker` and `stanch gateway` need TEMPORAL_ADDRESS",
        )
    return await _asked(config)


async def _asked(config: Mapping[str, Any]) -> Finding:
    host, namespace = config["target_host"], config["namespace"]
    try:
        async with asyncio.timeout(_WITHIN.total_seconds()):
            client = await Client.connect(**config)
            about = await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=namespace)
            )
            lacking = await _lacking(client)
    except (RuntimeError, TimeoutError):
        return failed(f"{host} does not answer", "See TEMPORAL_ADDRESS, TLS and the network")
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            mend = f"temporal operator namespace create --namespace {namespace}"
            return failed(f"{host} has no namespace {namespace}", mend)
        return failed(f"{host} refuses: {error.status.name}", "See TEMPORAL_API_KEY and TEMPORAL_NAMESPACE")
    if lacking:
        names = " ".join(f"--name {name} --type Keyword" for name in lacking)
        return failed(
            f"namespace {namespace} at {host} has no search attribute {', '.join(lacking)}",
            f"temporal operator search-attribute create --namespace {namespace} {names}",
        )
    kept = about.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept < _LEAST_RETENTION:
        hours = kept / timedelta(hours=1)
        return warn(
            f"{host} answers; namespace {namespace} keeps closed incidents for {hours:g} h only",
            f"temporal operator namespace update --namespace {namespace} --retention 90d",
        )
    return ok(f"{host} answers, namespace {namespace}")


async def _lacking(client: Client) -> list[str]:
    """Our search attributes that the namespace does not know; none where it may not be asked."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        found = (await client.operator_service.list_search_attributes(asked)).custom_attributes
    except RPCError:
        return []  # Temporal Cloud has no operator service
    return [name for name in SEARCH_ATTRIBUTES if name not in found]
