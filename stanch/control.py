"""The one door to Temporal that gateway and drills use: alerts in, decisions in, incidents out."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import SearchAttributeKey, WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from stanch.errors import PolicyError, StanchError
from stanch.model.alert import Alert
from stanch.model.decision import Answer, Decision
from stanch.model.incident import Notice, Start, Summary, View
from stanch.model.pause import Pause, pause_id
from stanch.model.playbook import Pinned
from stanch.policy.numbers import incident_number
from stanch.policy.signing import sign

QUEUE = "stanch"
_DEADLINE = timedelta(seconds=5)
_REMEMBERED = 2.0
_VISIBLE_WITHIN = 3.0
_LOOK_AGAIN = 0.2
_WORD_DEADLINE = timedelta(seconds=30)
_KEYS = {
    name: SearchAttributeKey.for_keyword(name)
    for name in ("StanchIncident", "StanchService", "StanchScenario", "StanchSeverity", "StanchPhase")
}


class Away(StanchError):
    """Temporal does not answer; nothing was accepted."""


class Unknown(StanchError):
    """There is no such incident."""


@dataclass(frozen=True)
class Group:
    """The alerts of one webhook that belong to one incident."""

    key: str
    pinned: Pinned
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class Accepted:
    """Where a group of alerts went."""

    number: str
    workflow_id: str
    redelivery: bool = False


@dataclass(frozen=True)
class _Seen:
    """An incident that was open a moment ago; one that closed since then asks its successor to look."""

    number: str
    first_run: str
    current_run: str
    until: float


class Control:
    """Typed calls to Temporal; every one has a deadline."""

    def __init__(self, client: Client, door_key: bytes) -> None:
        self.client = client
        self._door_key = door_key
        self._seen: dict[str, _Seen] = {}

    async def take(self, group: Group) -> Accepted | None:
        """Store a group's alerts at Temporal; None when they were all resolved and nobody waits for them.

        Raises `Away` when Temporal has not stored them.
        """
        try:
            if any(alert.firing for alert in group.alerts):
                return await self._join_or_open(group)
            return await self._resolved(group)
        except RPCError as error:
            raise Away(f"Temporal does not answer: {error.message}") from error

    async def _resolved(self, group: Group) -> Accepted | None:
        """A plain signal: signal-with-start would open an incident about nothing."""
        self._seen.pop(group.key, None)
        try:
            described = await self._handle(group.key).describe(rpc_timeout=_DEADLINE)
            if described.status is not WorkflowExecutionStatus.RUNNING:
                return None
            await self._handle(group.key).signal("notice", Notice(alerts=group.alerts), rpc_timeout=_DEADLINE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return Accepted(_number(described), group.key)

    async def _join_or_open(self, group: Group) -> Accepted:
        seen = self._seen.get(group.key)
        past: list[str] = []
        if seen is None or seen.until < time.monotonic():
            seen = None
            described = await self._described(group.key)
            if described is not None and described.status is WorkflowExecutionStatus.RUNNING:
                seen = self._remember(group.key, described, str(described.run_id))
            elif described is not None:
                past = list(await described.memo_value("episodes", []))
                if all(alert.episode in past for alert in group.alerts if alert.firing):
                    return Accepted(_number(described), group.key, redelivery=True)
        notice = Notice(
            alerts=group.alerts,
            pinned=group.pinned,
            seen_run=seen.first_run if seen else "",
            past=tuple(past),
        )
        handle = await self._signal_with_start(group, notice)
        run = str(handle.result_run_id)
        if seen is None or run not in (seen.current_run, seen.first_run):
            seen = self._remember(group.key, await handle.describe(rpc_timeout=_DEADLINE), run)
        return Accepted(seen.number, group.key)

    async def _signal_with_start(self, group: Group, notice: Notice) -> WorkflowHandle[Any, Any]:
        first = group.alerts[0]
        return await self.client.start_workflow(
            "IncidentWorkflow",
            Start(group=group.key),
            id=group.key,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="notice",
            start_signal_args=[notice],
            static_summary=f"{first.name} on {group.pinned.service.name}"[:180],
            rpc_timeout=_DEADLINE,
        )

    def _remember(self, key: str, described: WorkflowExecutionDescription, run: str) -> _Seen:
        if len(self._seen) > 10_000:  # noqa: PLR2004 - a bound, so that a flood of groups cannot fill memory
            self._seen.clear()
        until = time.monotonic() + _REMEMBERED
        self._seen[key] = _Seen(_number(described), _first_run(described), run, until)
        return self._seen[key]

    async def _described(self, key: str) -> WorkflowExecutionDescription | None:
        try:
            return await self._handle(key).describe(rpc_timeout=_DEADLINE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    def _handle(self, workflow_id: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(workflow_id)

    async def decide(self, decision: Decision) -> Answer:
        """A person's word, signed by this door; raises `PolicyError` with the workflow's reason."""
        signed = sign(decision, self._door_key)
        self._seen.pop(decision.incident, None)
        handle = self.client.get_workflow_handle(decision.incident, first_execution_run_id=decision.run)
        try:
            answer: Answer = await handle.execute_update(
                "decide", signed, id=signed.update_id, result_type=Answer, rpc_timeout=_WORD_DEADLINE
            )
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            raise PolicyError(
                "decision", cause.message if isinstance(cause, ApplicationError) else str(cause)
            ) from error
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
                raise Unknown("this incident is closed") from error
            raise Away(
                "no worker has answered; the word may still arrive: look before you repeat it"
            ) from error
        return answer

    async def incidents(self, *, open_only: bool = False, limit: int = 200) -> list[Summary]:
        """The latest incidents, open ones first."""
        query = "WorkflowType = 'IncidentWorkflow'"
        if open_only:
            query += " AND ExecutionStatus = 'Running'"
        found = [await _summary(row) async for row in self.client.list_workflows(query, limit=limit)]
        return sorted(found, key=lambda row: (not row.open, -row.opened_at.timestamp()))

    async def find(self, name: str) -> Summary:
        """The incident of this number; visibility lags, so it is looked for again for a few seconds.

        Raises `Unknown` when there is none, and `PolicyError` listing them when there are several.
        """
        number = name.upper()
        deadline = time.monotonic() + _VISIBLE_WITHIN
        while True:
            query = f"StanchIncident = '{_quotable(number)}'"
            found = [await _summary(row) async for row in self.client.list_workflows(query)]
            latest = {row.workflow_id: row for row in reversed(found)}
            if len(latest) == 1:
                return next(iter(latest.values()))
            if latest:
                rows = ", ".join(sorted(latest))
                raise PolicyError("ambiguous", f"{number} names several incidents: {rows}")
            if time.monotonic() > deadline:
                raise Unknown(f"there is no incident {number}")
            await asyncio.sleep(_LOOK_AGAIN)

    async def view(self, name: str) -> View:
        """Everything an incident remembers, open or closed, as long as Temporal keeps it."""
        row = await self.find(name)
        try:
            view: View = await self.client.get_workflow_handle(row.workflow_id, run_id=row.run_id).query(
                "view", result_type=View, rpc_timeout=_WORD_DEADLINE
            )
        except RPCError as error:
            raise Away(f"no worker answers for {name}: {error.message}") from error
        return view

    async def pause(self, pause: Pause) -> bool:
        """Throw the kill switch of a scope; False when it was thrown already."""
        try:
            await self.client.start_workflow(
                "PauseWorkflow",
                pause,
                id=pause_id(pause.scope),
                task_queue=QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=f"{pause.scope} is paused by {pause.by}: {pause.why or 'no reason given'}"[
                    :180
                ],
                rpc_timeout=_DEADLINE,
            )
        except WorkflowAlreadyStartedError:
            return False
        except RPCError as error:
            raise Away(f"Temporal does not answer: {error.message}") from error
        return True

    async def resume(self, scope: str, by: str) -> bool:
        """Let a scope act again; False when it was not paused. Works without a worker too."""
        try:
            handle = self.client.get_workflow_handle(pause_id(scope))
            if (await handle.describe(rpc_timeout=_DEADLINE)).status is not WorkflowExecutionStatus.RUNNING:
                return False
            await handle.terminate(reason=f"resumed by {by}", rpc_timeout=_DEADLINE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise Away(f"Temporal does not answer: {error.message}") from error
        return True

    async def paused(self) -> list[str]:
        """Every switch that is thrown, in words."""
        query = "WorkflowType = 'PauseWorkflow' AND ExecutionStatus = 'Running'"
        rows = [row async for row in self.client.list_workflows(query)]
        return [
            str(await (await self.client.get_workflow_handle(row.id).describe()).static_summary())
            for row in rows
        ]

    async def is_reachable(self) -> bool:
        """True when Temporal answers."""
        try:
            return await self.client.service_client.check_health(timeout=_DEADLINE)
        except RPCError:
            return False


def _first_run(described: WorkflowExecutionDescription) -> str:
    return described.raw_description.workflow_execution_info.first_run_id or str(described.run_id)


def _number(described: WorkflowExecutionDescription) -> str:
    """As the incident says itself, or, before its first step, as it will say."""
    said = described.typed_search_attributes.get(_KEYS["StanchIncident"])
    return said or incident_number(described.start_time, _first_run(described))


def _quotable(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char == "-")


async def _summary(row: WorkflowExecution) -> Summary:
    said = row.typed_search_attributes
    return Summary(
        number=said.get(_KEYS["StanchIncident"]) or row.id,
        workflow_id=row.id,
        run_id=row.run_id,
        service=said.get(_KEYS["StanchService"]) or "",
        scenario=said.get(_KEYS["StanchScenario"]) or "",
        severity=said.get(_KEYS["StanchSeverity"]) or "",
        phase=said.get(_KEYS["StanchPhase"]) or "",
        open=row.status is WorkflowExecutionStatus.RUNNING,
        opened_at=row.start_time,
        closed_at=row.close_time,
    )
