from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client

from stanch.control import SEARCH_ATTRIBUTES
from stanch.errors import ConfigError

NAMESPACE = "default"
# A development server forgets closed workflows after one day, and with them last week's incidents.
RETENTION = timedelta(days=90)


async def prepare_namespace(client: Client) -> None:
    """The namespace keeps closed incidents for 90 days and knows our search attributes; twice is as once."""
    await _keep_history(client)
    await _register_search_attributes(client)


async def _keep_history(client: Client) -> None:
    service, name = client.workflow_service, client.namespace
    now = await service.describe_namespace(DescribeNamespaceRequest(namespace=name), retry=True)
    if now.config.workflow_execution_retention_ttl.ToTimedelta() >= RETENTION:
        return
    ttl = Duration()
    ttl.FromTimedelta(RETENTION)
    await service.update_namespace(
        UpdateNamespaceRequest(namespace=name, config=NamespaceConfig(workflow_execution_retention_ttl=ttl)),
        retry=True,
    )


async def _register_search_attributes(client: Client) -> None:
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=client.namespace, search_attributes=dict.fromkeys(SEARCH_ATTRIBUTES, keyword)
        ),
        retry=True,
    )
    # An attribute that exists with another type is silently left alone: look.
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), retry=True
    )
    unfit = [name for name in SEARCH_ATTRIBUTES if listed.custom_attributes.get(name) != keyword]
    if unfit:
        raise ConfigError(
            f"Temporal's namespace {client.namespace} does not hold {', '.join(unfit)} as Keyword. Remove"
            " what has that name with `temporal operator search-attribute remove` and start again"
        )
