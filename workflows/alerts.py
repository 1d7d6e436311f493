"""Alerts joining an incident: what is fresh, what is graver, what has its scenario still to come."""

from collections.abc import Sequence
from datetime import timedelta

from temporalio import workflow

from stanch.model.alert import Alert
from stanch.model.incident import Phase
from stanch.model.incident_parts import Waiting
from stanch.model.notice import Notice
from stanch.model.playbook import Pinned
from stanch.policy import outbreaks
from stanch.policy.outbreaks import Meaning, Read
from workflows.memory import IncidentMemory

_LATEST = timedelta(minutes=10)
"""How long before the incident opens its first notice may have been issued."""
_LINES = 5
"""Alerts of one notice that have a line of their own."""
_MOST_WAITING = 3
_MOST_ASIDE = 3
_MOST_HASHES = 20
_MOST_RUNS = 5

_SAID = {
    Meaning.FIRES: "{name} fires: {summary}",
    Meaning.AGAIN: "{name} fires again: {summary}",
    Meaning.CONTINUES: "{name} fires too: {summary}",
    Meaning.RESOLVED: "{name} resolved",
    Meaning.PAST: "{name} is reported again of an outbreak that is over: nothing is done about it",
}
_KIND = {Meaning.RESOLVED: "resolved", Meaning.PAST: "past"}


def join(memory: IncidentMemory, notice: Notice) -> None:
    """Join a notice's alerts; a repeated delivery changes nothing."""
    state, was_saturated = memory.state, memory.state.outbreak.saturated
    notice = _believed(memory, notice)
    if notice.seen_run and notice.seen_run not in state.seen_runs:
        state.seen_runs = (*state.seen_runs, notice.seen_run)[-_MOST_RUNS:]
    state.left = outbreaks.ended(state.left.together(notice.left), notice.alerts)
    state.outbreak, read = outbreaks.read(
        state.outbreak, notice.alerts, state.left, memory.outside.now(), notice.issued_at
    )
    joined = [one.alert for one in read if one.meaning.joins]
    _note(memory, read)
    if notice.pinned is not None:
        _pin(memory, notice.pinned, joined)
    if any(one.meaning.is_fresh for one in read):
        state.fresh_at = state.fresh_at or memory.outside.now()
    _tell_who_has_it(memory, read)
    if state.outbreak.saturated and not was_saturated:
        text = f"more than {outbreaks.MOST_FIRING} alerts fire: they are no longer told apart"
        memory.note("saturated", text)
        memory.tell("saturated", f"{text}, and only a person can say that it is over")
    memory.redraw()


def _believed(memory: IncidentMemory, notice: Notice) -> Notice:
    """What is believed of a notice: unsigned its alerts at most, and only where Temporal is a trusted door.

    One that was issued long before this incident opened is another one's, sent again.
    """
    state = memory.state
    if notice.proved and notice.issued_at is not None and state.opened_at - notice.issued_at <= _LATEST:
        return notice
    said = "a notice without the gateway's signature" if not notice.proved else "an old notice, sent again"
    opens = state.pinned is not None and bool(state.pinned.ui_roles) and not notice.proved
    memory.note("refused", f"{said}: {'its alerts join' if opens else 'it joins nothing'}")
    return Notice(alerts=notice.alerts if opens else ())


def _note(memory: IncidentMemory, read: Sequence[Read]) -> None:
    said = [one for one in read if one.meaning in _SAID]
    for one in said[:_LINES]:
        alert = one.alert
        summary = alert.summary or alert.service or "no summary"
        memory.note(
            _KIND.get(one.meaning, "alert"),
            _SAID[one.meaning].format(name=alert.name, summary=summary),
            by=alert.source,
        )
    if len(said) > _LINES:
        fired = sum(one.meaning.joins for one in said[_LINES:])
        memory.note("alert", f"{fired} more fire and {len(said) - _LINES - fired} more have ended")
    starts = [one.alert.started_at for one in read if one.meaning.joins]
    first = memory.state.first_bad_at
    memory.state.first_bad_at = min([*starts, *([first] if first else [])], default=None)


def _pin(memory: IncidentMemory, offered: Pinned, joined: Sequence[Alert]) -> None:
    """The first playbook stays, unless a graver scenario's arrives; another one's turn comes after it."""
    state = memory.state
    if state.pinned is None:
        state.pinned, state.ran = offered, (offered.scenario,)
        state.severity = outbreaks.severity_of(offered, joined)
        return
    if offered.asked_by and (joined or state.phase is Phase.CHOOSE):
        _by_hand(memory, offered)
        return
    if not joined:
        return
    pinned = _as_it_was(memory, offered)
    severity = outbreaks.severity_of(pinned, joined)
    if severity.graver_than(state.severity):
        memory.note("severity", f"raised from {state.severity} to {severity}: {pinned.scenario}")
        memory.set_severity(severity)
        state.graver = True
        if pinned.options:
            turn_to(memory, pinned)
        return
    known = {*state.ran, *(one.pinned.scenario for one in state.waiting)}
    if pinned.options and pinned.scenario not in known and len(state.waiting) < _MOST_WAITING:
        alerts = tuple(alert.hash for alert in joined[:_MOST_HASHES])
        state.waiting = (*state.waiting, Waiting(pinned=pinned, alerts=alerts))


def _as_it_was(memory: IncidentMemory, offered: Pinned) -> Pinned:
    """A scenario that this incident has pinned already, as it was then: what is edited is for later ones.

    It is as grave as the alert says where neither edition says so itself. An incident of before turns to what
    is offered, as it began.
    """
    state = memory.state
    known = (state.pinned, *(one.pinned for one in state.waiting), *state.laid_aside)
    own = next((one for one in known if one and _is_same(one, offered)), offered)
    if own.hash == offered.hash or (workflow.in_workflow() and not workflow.patched("an-edition-stays")):
        return offered
    hinted = {} if own.label or offered.label else {"severity": offered.severity}
    return own.model_copy(update={"asked": offered.asked, "asked_by": offered.asked_by, **hinted})


def _is_same(one: Pinned, other: Pinned) -> bool:
    """The same scenario of the same service, in whatever edition."""
    return (one.playbook, one.scenario, one.service.name) == (
        other.playbook,
        other.scenario,
        other.service.name,
    )


def _by_hand(memory: IncidentMemory, pinned: Pinned) -> None:
    """Somebody has opened this scenario on purpose: it is the one from here on, whoever had it in hand."""
    state = memory.state
    memory.note("scenario", f"{pinned.asked_by} has opened {pinned.scenario}")
    state.graver, state.in_hand, state.hands_off = True, False, None
    turn_to(memory, pinned)


def turn_to(memory: IncidentMemory, pinned: Pinned) -> None:
    """Run by another scenario from here on; what was tried by digest stays tried."""
    state = memory.state
    others = [one for one in (*state.laid_aside, state.pinned) if one and not _is_same(one, pinned)]
    state.laid_aside = tuple(others[-_MOST_ASIDE:])
    state.pinned, state.tried, state.settled = pinned, (), {}
    state.refused, state.refused_plan = (), None
    state.ran = tuple(dict.fromkeys((*state.ran, pinned.scenario)))


def next_scenario(memory: IncidentMemory) -> bool:
    """Turn to a scenario that has not run and whose alerts still fire; False when there is none."""
    state = memory.state
    state.waiting = tuple(one for one in state.waiting if set(one.alerts) & state.outbreak.firing.keys())
    if not state.waiting:
        return False
    following, state.waiting = state.waiting[0].pinned, state.waiting[1:]
    memory.note("scenario", f"{following.scenario} has not run yet: it is next")
    turn_to(memory, following)
    return True


def _tell_who_has_it(memory: IncidentMemory, read: Sequence[Read]) -> None:
    """Who has the incident hears of every alert that is not a repetition of what they know."""
    if memory.state.phase is not Phase.HANDED_OVER:
        return
    for one in [one for one in read if one.meaning.is_fresh][:_LINES]:
        memory.tell("alert", f"{one.alert.name} fires too: {one.alert.summary or 'no summary'}")
