"""Alerts in: stored at Temporal, each outbreak once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from stanch.control.lanes import Group, Lanes
from stanch.control.link import DEADLINE, QUEUE, Away, Link, first_run_of, is_missing, number_of
from stanch.model.alert import Alert
from stanch.model.incident import Start
from stanch.model.incident_number import incident_number
from stanch.model.notice import Left, Notice
from stanch.policy import outbreaks, telling
from stanch.policy.signing import Keyring, sign_notice, sign_pinned

_REMEMBERED = timedelta(seconds=2)
_MOST_REMEMBERED = 10_000
"""A bound, so that a flood of groups cannot fill memory."""
_MIDNIGHT = timedelta(minutes=10)
"""How far this machine's clock and Temporal's may be apart: beyond it no notice opens an incident."""


def _wall() -> datetime:
    """The machine's clock, which somebody may set."""
    return datetime.now(UTC)


class MonotonicClock:
    """Never earlier than it was, though the machine's clock is set back: what is said later stays later."""

    def __init__(self, machine: Callable[[], datetime] = _wall) -> None:
        self._machine = machine
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The machine's time, or the last one told where that is later."""
        self._latest = max(self._latest, self._machine())
        return self._latest


@dataclass(frozen=True)
class Accepted:
    """Where a group of alerts went."""

    number: str
    workflow_id: str
    redelivery: bool = False


@dataclass(frozen=True)
class _OpenIncident:
    """An incident that was open a moment ago; one that closed since then asks its successor to look."""

    number: str
    first_run: str
    current_run: str
    until: float = 0.0


def _found_open(described: WorkflowExecutionDescription, run: str) -> _OpenIncident:
    return _OpenIncident(number_of(described), first_run_of(described), run)


def new_number(run: str, now: datetime) -> str:
    """The number of a run that was opened just now; empty around midnight: Temporal knows its date."""
    same_day = (now - _MIDNIGHT).date() == (now + _MIDNIGHT).date()
    return incident_number(now, run) if same_day else ""


class Intake(Link):
    """Where webhooks go."""

    def __init__(self, client: Client, keys: Keyring) -> None:
        Link.__init__(self, client, keys)
        self._clock = MonotonicClock()
        self._lately_open: dict[str, _OpenIncident] = {}
        self._lanes: Lanes[Accepted | None] = Lanes(self._deliver)

    async def take(self, group: Group) -> Accepted | None:
        """Store a group's alerts at Temporal; None when they were all resolved and nobody waits for them.

        Raises `Away` when Temporal has not stored them, whatever the reason: a sender repeats what may be
        taken later, and gives up what was refused.
        """
        return await self._lanes.through(group)

    async def _deliver(self, group: Group) -> Accepted | None:
        try:
            if any(alert.firing for alert in group.alerts):
                return await self._join_or_open(group)
            return await self._resolved(group)
        except RPCError as error:
            raise Away(f"Temporal has not stored the alerts: {error.message}") from error

    async def _resolved(self, group: Group) -> Accepted | None:
        """A plain signal: signal-with-start would open an incident about nothing.

        Only where a person closed the incident while these alerts fired, a run notes that they have ended.
        """
        self._lately_open.pop(group.key, None)
        described = await self._described(group.key)
        if described is None:
            return None
        if described.status is not WorkflowExecutionStatus.RUNNING:
            left = await _left_by(described)
            if any(outbreaks.says_that_it_ended(alert, left) for alert in group.alerts):
                await self._signal_with_start(group, left=left)
            return None
        try:
            notice = self._issued(Notice(alerts=group.alerts), group)
            await self.handle(group.key).signal("notice", notice, rpc_timeout=DEADLINE)
        except RPCError as error:
            if is_missing(error):
                return None
            raise
        return Accepted(number_of(described), group.key)

    async def _join_or_open(self, group: Group) -> Accepted:
        known = self._lately_open.get(group.key)
        left = Left()
        if known is None or known.until < time.monotonic():
            known = None
            described = await self._described(group.key)
            if described is not None and described.status is WorkflowExecutionStatus.RUNNING:
                known = self._remember(group.key, _found_open(described, str(described.run_id)))
            elif described is not None:
                left = await _left_by(described)
                if not any(_is_news(alert, left) for alert in group.alerts):
                    return Accepted(number_of(described), group.key, redelivery=True)
        handle = await self._signal_with_start(group, seen_run=known.first_run if known else "", left=left)
        run = str(handle.result_run_id)
        if known is None and (number := new_number(run, self._clock.now())):
            known = self._remember(group.key, _OpenIncident(number, run, run))
        elif known is None or run not in (known.current_run, known.first_run):
            described = await handle.describe(rpc_timeout=DEADLINE)
            known = self._remember(group.key, _found_open(described, run))
        return Accepted(known.number, group.key)

    def forget(self, key: str) -> None:
        """Somebody spoke to this incident: what was known of it a moment ago may no longer be so."""
        self._lately_open.pop(key, None)

    async def _signal_with_start(
        self, group: Group, *, seen_run: str = "", left: Left
    ) -> WorkflowHandle[Any, Any]:
        pinned = sign_pinned(group.pinned, self._keys)
        notice = Notice(alerts=group.alerts, pinned=pinned, seen_run=seen_run, left=left)
        return await self.client.start_workflow(
            "IncidentWorkflow",
            Start(group=group.key),
            id=group.key,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="notice",
            start_signal_args=[self._issued(notice, group)],
            static_summary=telling.summary(_opened_as(group)),
            rpc_timeout=DEADLINE,
        )

    def _issued(self, notice: Notice, group: Group) -> Notice:
        """Signed for this group's incident, as of now."""
        issued = notice.model_copy(update={"issued_at": self._clock.now()})
        return sign_notice(issued, group.key, self._keys)

    def _remember(self, key: str, known: _OpenIncident) -> _OpenIncident:
        if len(self._lately_open) > _MOST_REMEMBERED:
            self._lately_open.clear()
        self._lately_open[key] = replace(known, until=time.monotonic() + _REMEMBERED.total_seconds())
        return self._lately_open[key]

    async def _described(self, key: str) -> WorkflowExecutionDescription | None:
        try:
            return await self.handle(key).describe(rpc_timeout=DEADLINE)
        except RPCError as error:
            if is_missing(error):
                return None
            raise


def _opened_as(group: Group) -> str:
    """`critical: SiteDown on backend`, as Temporal's list shows it for good."""
    pinned = group.pinned
    severity = outbreaks.severity_of(pinned, group.alerts)
    return f"{severity}: {group.alerts[0].name} on {pinned.service.name}"


def _is_news(alert: Alert, left: Left) -> bool:
    """True of what is more than a repetition of how things stood when the incident before was closed."""
    if alert.firing:
        return not outbreaks.fired_before(alert, left)
    return outbreaks.says_that_it_ended(alert, left)


async def _left_by(described: WorkflowExecutionDescription) -> Left:
    return Left.model_validate(await described.memo_value("left", {}))
