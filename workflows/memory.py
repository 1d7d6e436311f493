"""What an incident remembers, and how it shows it: timeline, Temporal's UI, search attributes."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from stanch.model.alert import Alert, Severity
from stanch.model.incident import Entry, IncidentState, Notice, Phase, Start, View
from stanch.model.playbook import Pinned
from stanch.policy import severities, telling
from stanch.policy.numbers import incident_number

INCIDENT = SearchAttributeKey.for_keyword("StanchIncident")
SERVICE = SearchAttributeKey.for_keyword("StanchService")
SEVERITY = SearchAttributeKey.for_keyword("StanchSeverity")
PHASE = SearchAttributeKey.for_keyword("StanchPhase")
SCENARIO = SearchAttributeKey.for_keyword("StanchScenario")
PROVIDER = SearchAttributeKey.for_keyword("StanchProvider")

SHOWN_PHASES = {
    Phase.APPROVE,
    Phase.CHANGE,
    Phase.VERIFY,
    Phase.HOLD,
    Phase.HANDED_OVER,
    Phase.WATCH,
    Phase.CLOSED,
}
"""Phases worth a search attribute of their own; the others pass in a moment."""


class Memory:
    """The state, and the only ways to change what is shown of it."""

    def __init__(self, start: Start) -> None:
        info = workflow.info()
        self.state = start.state or IncidentState(
            number=incident_number(info.workflow_start_time, info.first_execution_run_id),
            opened_at=info.workflow_start_time,
        )
        self.waiting_for = ""
        self.graver = False
        self.fresh = False
        """A new outbreak was reported since somebody last looked."""
        self.seen_runs: list[str] = []

    @property
    def pinned(self) -> Pinned:
        """The playbook this incident runs by; there is one from the first notice on."""
        if self.state.pinned is None:
            message = "the first notice carries the playbook"
            raise RuntimeError(message)
        return self.state.pinned

    def stopped(self) -> bool:
        """A person took it out of our hands."""
        return bool(self.state.aborted_by or self.state.resolved_by)

    def note(self, kind: str, text: str, by: str = "stanch") -> None:
        """One line on the timeline, at once visible in Temporal's UI."""
        self.state.timeline.append(Entry(at=workflow.now(), kind=kind, text=text, by=by))
        self.show()

    def show(self) -> None:
        """What a person sees who opens the workflow in Temporal's UI."""
        workflow.set_current_details(telling.details(self.state, self.waiting_for))

    def wait_for(self, what: str) -> None:
        """What the incident is waiting for now; empty when it is at work."""
        self.waiting_for = what
        self.show()

    def enter(self, phase: Phase) -> None:
        """Go to a phase; written to the search attributes where it is worth an event."""
        self.state.phase = phase
        if phase in SHOWN_PHASES and phase is not Phase.CHANGE:
            workflow.upsert_search_attributes([PHASE.value_set(phase)])
        self.show()

    def name(self) -> None:
        """Make the incident findable by its number and all that is known from its first notice."""
        target = self.pinned.service.target
        workflow.upsert_search_attributes(
            [
                INCIDENT.value_set(self.state.number),
                SERVICE.value_set(self.pinned.service.name),
                SCENARIO.value_set(self.pinned.scenario),
                SEVERITY.value_set(self.state.severity),
                PHASE.value_set(self.state.phase),
                *([PROVIDER.value_set(target.provider)] if target else []),
            ],
        )

    def take(self, notice: Notice) -> None:
        """Join a notice's alerts; a repeated delivery changes nothing."""
        if notice.seen_run:
            self.seen_runs.append(notice.seen_run)
        self.state.past += [episode for episode in notice.past if episode not in self.state.past]
        if notice.pinned is not None:
            self._pin(notice.pinned, notice.alerts)
        for alert in notice.alerts:
            self._join(alert)
        self.show()

    def _pin(self, pinned: Pinned, alerts: Sequence[Alert]) -> None:
        """The first playbook stays, unless a graver scenario's arrives: that is a new decision."""
        if not any(alert.firing and alert.episode not in self.state.episodes for alert in alerts):
            return
        severity = severities.severity_of(pinned, alerts)
        if self.state.pinned is None:
            self.state.pinned, self.state.severity = pinned, severity
            return
        if severity.graver_than(self.state.severity):
            self.note("severity", f"raised from {self.state.severity} to {severity}: {pinned.scenario}")
            self.state.severity = severity
            self.graver = True
            if pinned.options:
                self.state.pinned, self.state.tried = pinned, []
            workflow.upsert_search_attributes([SEVERITY.value_set(severity)])

    def _join(self, alert: Alert) -> None:
        known = self.state.alerts.get(f"{alert.source}/{alert.fingerprint}")
        if known is not None and alert.started_at < known.started_at:
            return
        if alert.firing:
            self._fire(alert, known)
        elif known is not None and known.firing:
            self.state.alerts[f"{alert.source}/{alert.fingerprint}"] = alert
            self.note("resolved", f"{alert.name} resolved", by=alert.source)

    def _fire(self, alert: Alert, known: Alert | None) -> None:
        if alert.episode in self.state.episodes or (known and known.started_at == alert.started_at):
            return
        self.state.alerts[f"{alert.source}/{alert.fingerprint}"] = alert
        self.state.episodes.append(alert.episode)
        first = self.state.first_bad_at
        self.state.first_bad_at = min(first, alert.started_at) if first else alert.started_at
        self.fresh = True
        self.note(
            "alert", f"{alert.name} fires: {alert.summary or alert.service or 'no summary'}", by=alert.source
        )

    def raise_severity(self, severity: Severity, by: str) -> None:
        """A person's word on how grave it is; it may go either way, and is told."""
        self.note("severity", f"set from {self.state.severity} to {severity}", by=by)
        self.state.severity = severity
        workflow.upsert_search_attributes([SEVERITY.value_set(severity)])

    def view(self) -> View:
        """What doors show."""
        info = workflow.info()
        return View(
            workflow_id=info.workflow_id,
            first_run_id=info.first_execution_run_id,
            state=self.state,
            waiting_for=self.waiting_for,
            digest=self.state.plan.digest if self.state.plan else "",
        )
