"""Whether Temporal answers: our own server of a data folder, or the one that the environment names."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from stanch.cli.checking import Check, Finding, failed, ok, warn
from stanch.control import SEARCH_ATTRIBUTES
from workers.embedded import find_embedded

_WITHIN = 8.0


def check(data: Path) -> Check:
    """The only one of this kind."""
    return Check("Temporal", "server", partial(_look, data))


async def _look(data: Path) -> Finding:
    running = find_embedded(data)
    if running is not None:
        return await _asked({"target_host": running.address, "namespace": running.namespace})
    try:
        configured: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    except RuntimeError:
        return failed("Temporal's own configuration cannot be read", "See TEMPORAL_CONFIG_FILE")
    if "target_host" not in configured:
        return warn(
            f"none runs for {data}, and TEMPORAL_ADDRESS is not set",
            "`stanch up` starts one; `stanch worker` and `stanch gateway` need TEMPORAL_ADDRESS",
        )
    return await _asked({"namespace": "default", **configured})


async def _asked(config: Mapping[str, Any]) -> Finding:
    host, namespace = config["target_host"], config["namespace"]
    try:
        async with asyncio.timeout(_WITHIN):
            client = await Client.connect(**config)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
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
    return ok(f"{host} answers, namespace {namespace}")


async def _lacking(client: Client) -> list[str]:
    """Our search attributes that the namespace does not know; none where it may not be asked."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        found = (await client.operator_service.list_search_attributes(asked)).custom_attributes
    except RPCError:
        return []  # Temporal Cloud has no operator service
    return [name for name in SEARCH_ATTRIBUTES if name not in found]
