"""Whether alerts can be stored, and whether somebody is there to work on them."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.service import RPCError

from stanch.control.link import DEADLINE, QUEUE, Link, is_missing
from stanch.model.base import Frozen
from stanch.policy.signing import key_name, key_named_in

SEARCH_ATTRIBUTES = (
    "StanchIncident",
    "StanchService",
    "StanchSeverity",
    "StanchPhase",
    "StanchScenario",
    "StanchProvider",
)
"""What incidents are found by; without them no worker can name one, and none is worked on."""


class Ready(Frozen):
    """Whether alerts can be stored; and what people should know although they can."""

    ready: bool = True
    warnings: tuple[str, ...] = Field(
        default=(), examples=[("nobody works on stanch-fly: start `stanch worker --only fly`",)]
    )
    problem: str = ""
    store: str = Field(default="", examples=["writable, schema 0001, namespace default"])
    """How the store of guards and pauses is."""


class Readiness(Link):
    """What stands between an alert and its incident."""

    async def readiness(self, queues: Iterable[str] = ()) -> Ready:
        """Temporal, its namespace and its search attributes; and who works on these queues and our own."""
        if not await self.is_reachable():
            return Ready(ready=False, problem="Temporal does not answer: alerts are refused until it does")
        problem = await self._problem()
        if problem:
            return Ready(ready=False, problem=problem)
        return Ready(warnings=tuple(await self._without_workers(queues)))

    async def _problem(self) -> str:
        client, name = self.client, self.client.namespace
        try:
            asked = DescribeNamespaceRequest(namespace=name)
            await client.workflow_service.describe_namespace(asked, timeout=DEADLINE)
        except RPCError as error:
            if is_missing(error):
                return f"Temporal has no namespace {name}: see TEMPORAL_NAMESPACE, or create it"
            return f"Temporal does not say whether it has the namespace {name}: {error.message}"
        lacking = await self._lacking()
        if not lacking:
            return ""
        names = ", ".join(lacking)
        return f"namespace {name} lacks the search attributes {names}: `stanch check` says how to make them"

    async def _lacking(self) -> list[str]:
        """Our search attributes that the namespace does not know; none where it may not be asked."""
        asked = ListSearchAttributesRequest(namespace=self.client.namespace)
        try:
            listed = await self.client.operator_service.list_search_attributes(asked, timeout=DEADLINE)
        except RPCError:
            return []  # Temporal Cloud has no operator service
        return [name for name in SEARCH_ATTRIBUTES if name not in listed.custom_attributes]

    async def _without_workers(self, queues: Iterable[str]) -> list[str]:
        wanted = list(dict.fromkeys(queues))
        homes, *others = await asyncio.gather(
            self._pollers(QUEUE, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
            *(self._pollers(queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY) for queue in wanted),
        )
        return [
            *self._of_home(homes),
            *(_nobody(queue) for queue, found in zip(wanted, others, strict=True) if not found),
        ]

    def _of_home(self, identities: Sequence[str]) -> Iterator[str]:
        if not identities:
            yield f"nobody works on {QUEUE}: alerts are stored and wait; start `stanch worker`"
        ours = key_name(self._keys.current)
        for identity in identities:
            theirs = key_named_in(identity)
            if theirs and self._keys.current and theirs != ours:
                yield (
                    f"the worker {identity} has the door key {theirs}, this gateway has {ours}: no word of"
                    " anybody is believed until both have the same STANCH_DOOR_KEY"
                )

    async def _pollers(self, queue: str, kind: TaskQueueType.ValueType) -> list[str]:
        """Who has asked for work there lately, by name."""
        asked = DescribeTaskQueueRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        try:
            found = await self.client.workflow_service.describe_task_queue(asked, timeout=DEADLINE)
        except RPCError:
            return ["somebody, perhaps: Temporal does not say"]
        return list(dict.fromkeys(poller.identity for poller in found.pollers))


def _nobody(queue: str) -> str:
    part = queue.removeprefix(f"{QUEUE}-")
    return (
        f"nobody works on {queue}: nothing can be read or changed there; start `stanch worker --only {part}`"
    )
