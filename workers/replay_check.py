"""Whether a worker of this version could go on with the incidents that are open, before it takes over.

An incident whose history does not fit the code is stuck until a version runs that fits. It is better to hear
that before the old workers are gone than from a person who waits for an incident that does not answer.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.client import Client, WorkflowExecution
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import Interceptor, Replayer, UnsandboxedWorkflowRunner

from stanch.errors import ConfigError

MOST = 100
_WITHIN = 20.0
"""Seconds; a start must not wait for the history of a whole storm."""
_WHY_SHOWN = 160


@dataclass(frozen=True)
class Stuck:
    """One workflow that this version could not go on with."""

    workflow_id: str
    why: str


@dataclass(frozen=True)
class Rehearsed:
    """How many open workflows were looked at, how many there are at least, and which would be stuck."""

    looked_at: int
    of: int
    stuck: tuple[Stuck, ...] = ()

    @property
    def said(self) -> str:
        """One line for the log."""
        rest = "" if self.looked_at == self.of else f" of at least {self.of}"
        return f"{self.looked_at}{rest} open workflows fit this version, {len(self.stuck)} do not"

    def refuse(self) -> None:
        """Raise, with what there is to choose, where any would be stuck."""
        if not self.stuck:
            return
        rows = "\n".join(f"  {one.workflow_id}: {one.why}" for one in self.stuck)
        raise ConfigError(
            f"{len(self.stuck)} open workflows cannot be worked on by this version:\n{rows}\nLet the version"
            " that works on them close them first; or start with --anyway: they stand still, all else goes on"
        )


async def rehearsed(
    client: Client, workflows: Sequence[type], interceptors: Sequence[Interceptor] = (), most: int = MOST
) -> Rehearsed:
    """Every open workflow, at most so many and for so long, replayed with the code of this process."""
    replayer = Replayer(
        workflows=workflows,
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=pydantic_data_converter,
        interceptors=interceptors,
        namespace=client.namespace,
    )
    kinds = ", ".join(f"'{_name_of(kind)}'" for kind in workflows)
    query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({kinds})"
    try:
        rows = [row async for row in client.list_workflows(query, limit=most + 1)]
    except RPCError as error:
        raise ConfigError(f"Temporal does not list the open incidents: {error.message}") from error
    until, stuck, looked_at = time.monotonic() + _WITHIN, list[Stuck](), 0
    for row in rows[:most]:
        if time.monotonic() > until:
            break
        looked_at += 1
        why = await _why_not(client, replayer, row)
        stuck += [Stuck(row.id, why)] if why else []
        await asyncio.sleep(0)
    return Rehearsed(looked_at, len(rows), tuple(stuck))


def _name_of(kind: type) -> str:
    return str(kind.__dict__["__temporal_workflow_definition"].name)


async def _why_not(client: Client, replayer: Replayer, row: WorkflowExecution) -> str:
    try:
        history = await client.get_workflow_handle(row.id, run_id=row.run_id).fetch_history()
    except RPCError:
        return ""  # closed and gone since it was listed
    failure = (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure
    return " ".join(str(failure).split())[:_WHY_SHOWN] if failure else ""
