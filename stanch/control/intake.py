"""Alerts in: stored at Temporal, each outbreak once."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from stanch.control.link import DEADLINE, QUEUE, Link, failure, is_missing
from stanch.control.rows import first_run_of, number_of
from stanch.model.alert import Alert
from stanch.model.incident import Notice, Start
from stanch.model.playbook import Pinned
from stanch.policy import telling
from stanch.policy.numbers import incident_number

_REMEMBERED = 2.0
_MIDNIGHT = timedelta(minutes=1)
"""How far this machine's clock and Temporal's may be apart."""


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
    until: float = 0.0


def _seen(described: WorkflowExecutionDescription, run: str) -> _Seen:
    return _Seen(number_of(described), first_run_of(described), run)


def _new_number(run: str) -> str:
    """The number of a run that was opened just now; empty around midnight: Temporal knows its date."""
    now = datetime.now(UTC)
    same_day = (now - _MIDNIGHT).date() == (now + _MIDNIGHT).date()
    return incident_number(now, run) if same_day else ""


class Intake(Link):
    """Where webhooks go."""

    def __init__(self, client: Client, door_key: bytes) -> None:
        super().__init__(client, door_key)
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
            raise failure(error) from error

    async def _resolved(self, group: Group) -> Accepted | None:
        """A plain signal: signal-with-start would open an incident about nothing."""
        self._seen.pop(group.key, None)
        try:
            described = await self.handle(group.key).describe(rpc_timeout=DEADLINE)
            if described.status is not WorkflowExecutionStatus.RUNNING:
                return None
            await self.handle(group.key).signal("notice", Notice(alerts=group.alerts), rpc_timeout=DEADLINE)
        except RPCError as error:
            if is_missing(error):
                return None
            raise
        return Accepted(number_of(described), group.key)

    async def _join_or_open(self, group: Group) -> Accepted:
        seen = self._seen.get(group.key)
        past: list[str] = []
        if seen is None or seen.until < time.monotonic():
            seen = None
            described = await self._described(group.key)
            if described is not None and described.status is WorkflowExecutionStatus.RUNNING:
                seen = self._remember(group.key, _seen(described, str(described.run_id)))
            elif described is not None:
                past = list(await described.memo_value("episodes", []))
                if all(alert.episode in past for alert in group.alerts if alert.firing):
                    return Accepted(number_of(described), group.key, redelivery=True)
        notice = Notice(
            alerts=group.alerts,
            pinned=group.pinned,
            seen_run=seen.first_run if seen else "",
            past=tuple(past),
        )
        handle = await self._signal_with_start(group, notice)
        run = str(handle.result_run_id)
        if seen is None and (number := _new_number(run)):
            seen = self._remember(group.key, _Seen(number, run, run))
        elif seen is None or run not in (seen.current_run, seen.first_run):
            described = await handle.describe(rpc_timeout=DEADLINE)
            seen = self._remember(group.key, _seen(described, run))
        return Accepted(seen.number, group.key)

    def forget(self, key: str) -> None:
        """Somebody spoke to this incident: what was seen of it a moment ago may no longer be so."""
        self._seen.pop(key, None)

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
            static_summary=telling.summary(f"{first.name} on {group.pinned.service.name}"),
            rpc_timeout=DEADLINE,
        )

    def _remember(self, key: str, seen: "_Seen") -> "_Seen":
        if len(self._seen) > 10_000:  # noqa: PLR2004 - a bound, so that a flood of groups cannot fill memory
            self._seen.clear()
        self._seen[key] = replace(seen, until=time.monotonic() + _REMEMBERED)
        return self._seen[key]

    async def _described(self, key: str) -> WorkflowExecutionDescription | None:
        try:
            return await self.handle(key).describe(rpc_timeout=DEADLINE)
        except RPCError as error:
            if is_missing(error):
                return None
            raise
