"""What an incident knows, and the only ways to change what is shown of it and said of it."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from stanch.model.alert import Severity
from stanch.model.incident import IncidentState, Phase, Word
from stanch.model.message import TimelineEntry
from stanch.model.plan import Plan, Round
from stanch.model.playbook import Announcement, Pinned
from stanch.model.record import View
from stanch.plain import one_line
from stanch.policy import audience, hand_over_text, planning, telling, thinning
from workflows import sending
from workflows.outside import Outside

INCIDENT = SearchAttributeKey.for_keyword("StanchIncident")
SERVICE = SearchAttributeKey.for_keyword("StanchService")
SEVERITY = SearchAttributeKey.for_keyword("StanchSeverity")
PHASE = SearchAttributeKey.for_keyword("StanchPhase")
SCENARIO = SearchAttributeKey.for_keyword("StanchScenario")
PROVIDER = SearchAttributeKey.for_keyword("StanchProvider")

PASSING = {Phase.TRIAGE, Phase.DECIDE, Phase.CLOSE}
"""Phases that are over in a moment, and not worth an event of their own."""


class IncidentMemory:
    """The state, which holds every fact; beside it only what is under way in this very run."""

    def __init__(self, state: IncidentState, outside: Outside) -> None:
        self.state = state
        self.outside = outside
        self.tasks: set[asyncio.Task[None]] = set()
        """Messages, locks and evidence on their way; the state says what they are about."""
        self.readings: set[asyncio.Task[None]] = set()
        """Evidence that nothing has waited for yet."""
        self._drawing = False
        self._unforeseen: BaseException | None = None

    @property
    def pinned(self) -> Pinned:
        """The playbook this incident runs by; there is one from the first notice on."""
        if self.state.pinned is None:
            message = "the first notice carries the playbook"
            raise RuntimeError(message)
        return self.state.pinned

    @property
    def round(self) -> Round:
        """The plan on its way, while there is one."""
        if self.state.round is None:
            message = "there is a round from the plan to its verdict"
            raise RuntimeError(message)
        return self.state.round

    def update_round(self, **changed: object) -> None:
        """The round, one step further."""
        self.state.round = self.round.model_copy(update=changed)

    def stopped(self) -> bool:
        """A person took it out of our hands just now."""
        return self.state.stop is not None or self.state.resolve is not None

    def stopped_by(self) -> str:
        """Who did, and why."""
        word = self.state.stop or self.state.resolve or Word(by="nobody", at=self.outside.now())
        return f"{word.by} {'aborted' if self.state.stop else 'resolved'} it" + (
            f": {word.note}" if word.note else ""
        )

    def interrupted(self) -> bool:
        """What was decided on is no longer so."""
        return self.stopped() or self.state.graver or not self.is_on()

    def is_on(self) -> bool:
        """There is something to act on: an alert fires, or is quiet only because it is held back."""
        return bool(self.state.firing or self.state.contained)

    def interrupted_by(self) -> str:
        """Why what was decided on is no longer so."""
        if self.stopped():
            return self.stopped_by()
        return "a graver alert fires" if self.state.graver else "its alerts have resolved"

    def is_long(self) -> bool:
        """The history of this run has grown so long that a new one should begin."""
        return workflow.info().is_continue_as_new_suggested()

    def note(self, kind: str, text: str, by: str = "stanch") -> None:
        """One line on the timeline, at once visible in Temporal's UI."""
        entry = TimelineEntry(at=self.outside.now(), kind=kind, text=one_line(text), by=by)
        self.state.timeline, dropped = thinning.noted(self.state.timeline, entry)
        self.state.left_out += dropped
        self.redraw()

    def note_once(self, kind: str, text: str) -> bool:
        """True where the timeline does not say so yet, which it does then."""
        text = one_line(text)
        if any((entry.kind, entry.text) == (kind, text) for entry in self.state.timeline):
            return False
        self.note(kind, text)
        return True

    def redraw(self) -> None:
        """What a person sees who opens the workflow in Temporal's UI; drawn once a turn."""
        if not self._drawing:
            self._drawing = True
            self.outside.show(self._card)

    def _card(self) -> str:
        self._drawing = False
        return telling.details(self.state)

    def show_waiting_for(self, what: str) -> None:
        """What the incident is waiting for now; empty when it is at work."""
        self.state.waiting_for = what
        self.redraw()

    def enter(self, phase: Phase) -> None:
        """Go to a phase; written to the search attributes where it is worth an event."""
        changed = phase is not self.state.phase
        self.state.phase, self.state.waiting_for = phase, ""
        if changed:
            self.state.entered_at = self.outside.now()
        if changed and phase not in PASSING:
            workflow.upsert_search_attributes([PHASE.value_set(phase)])
        self.redraw()

    def index(self) -> None:
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

    def set_severity(self, severity: Severity) -> None:
        """How grave it is, findable; by the team's own word for that, where it has one."""
        ranks, label = self.pinned.severities, self.state.label
        if label and ranks.get(label) is not severity:
            self.state.label = next((word for word, rank in ranks.items() if rank is severity), "")
        self.state.severity = severity
        workflow.upsert_search_attributes([SEVERITY.value_set(severity)])

    def hand_over(self, because: str, plan: Plan | None = None) -> Phase:
        """Stanch stops acting; a person has it, with everything gathered so far.

        `plan` is what Stanch would have done: the person may have to type it.
        """
        state, otherwise = self.state, self.pinned.otherwise
        state.handed_over_because, state.in_hand, state.stop = because, True, None
        state.refused_plan, state.round = plan, None
        state.handed_to = otherwise.escalate or ", ".join(self.pinned.service.owners)
        to = f" to {state.handed_to}" if state.handed_to else ""
        self.note("hand-over", f"handed over{to}: {because}")
        whom = (otherwise.escalate,) if otherwise.escalate else self.pinned.service.owners
        whom = whom or audience.helpers(state, self.pinned)
        self.call(whom, "hand-over", hand_over_text.handed_over(state))
        return Phase.HANDED_OVER

    def say(self, sayings: Iterable[Announcement]) -> None:
        """What the playbook wants people to be told, with what is known worked out."""
        state, now = self.state, self.outside.now()
        known = planning.facts_known(state, self.pinned, now)
        for saying in sayings:
            text = planning.told(saying.text, self.pinned, known)
            self.note("say", text or f"{saying.channel}: {saying.message}")
            own = {"template": saying.message, "fields": audience.fields(state, self.pinned, now)}
            more = own if saying.message else {}
            self.tell("say", text or f"(message {saying.message})", saying.channel, **more)

    def tell(self, kind: str, text: str, only: str = "", **more: Any) -> None:
        """Tell whoever is told, or one channel; returns at once, and what is not told yet is written down."""
        named = (only,) if only in audience.known_channels(self.pinned) else ()
        for channel in named if only else audience.told(self.state, self.pinned):
            sending.put(self, channel, kind, text, **more)

    def call(self, names: Iterable[str], kind: str, text: str) -> None:
        """Tell whoever is told, and see to it that somebody of these is reached."""
        sending.call(self, tuple(names), kind, text)

    def tell_again(self) -> None:
        """What was not told before this run began."""
        for message in self.state.unsaid:
            self.beside(sending.send(self, message))

    def beside(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let something go on beside the phases."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            self._unforeseen = self._unforeseen or task.exception()

    def raise_unforeseen(self) -> bool:
        """True; raises where something beside the phases failed that nobody foresaw, or nobody would see it.

        Never with a failure of Temporal's own, which would end the incident instead of its workflow task.
        """
        if self._unforeseen is not None:
            message = f"failed beside the phases: {type(self._unforeseen).__name__}: {self._unforeseen}"
            raise RuntimeError(message) from self._unforeseen
        return True

    def view(self) -> View:
        """What doors show."""
        return View(
            workflow_id=self.state.workflow_id,
            first_run_id=self.state.first_run,
            state=self.state,
            digest=self.state.plan.digest if self.state.plan else "",
        )
