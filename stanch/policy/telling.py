"""What people read: the card in Temporal's UI, the approval text, the headline of a message."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from stanch.model.change import Change, SecretRef, UndoKind, Unit
from stanch.model.evidence import Evidence
from stanch.model.incident import Applied, Fate, IncidentState, Phase, Plan
from stanch.model.verb import Approval

_SHOWN = 14
STILL_THERE = (Fate.KEPT, Fate.PARTIAL, Fate.UNDO_FAILED)
"""What became of a step that is in place when the incident closes."""
_LONGEST_VALUE = 60
_SUMMARY_BYTES = 200


def summary(text: str) -> str:
    """At most 200 bytes on one line, as Temporal's summaries allow."""
    encoded = one_line(text).encode()
    cut = encoded[: _SUMMARY_BYTES - 4].decode(errors="ignore") + " …"
    return encoded.decode() if len(encoded) <= _SUMMARY_BYTES else cut


def one_line(text: str) -> str:
    """A foreign text on one line, without control characters: it must not be able to forge lines of ours."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def value(of: object) -> str:
    """A value for people: short, and never a secret."""
    if isinstance(of, SecretRef):
        return f"secret {of.secret} ({of.fingerprint})"
    if of is None:
        return "absent"
    text = one_line(str(of))
    if len(text) > _LONGEST_VALUE and "/" in text:
        text = text.rpartition("/")[2]  # of an image, the registry says nothing
    return text if len(text) <= _LONGEST_VALUE else f"…{text[-_LONGEST_VALUE + 1 :]}"


def unit_line(unit: Unit) -> str:
    """`9c487adb: …:v42 → …:v41`."""
    return f"{unit.id}: {value(unit.was)} → {value(unit.to)}"


def undo_line(change: Change) -> str:
    """What taking it back would mean."""
    match change.undo.kind:
        case UndoKind.RESTORES:
            return "Undo: puts back exactly what was"
        case UndoKind.COMPENSATES:
            return f"Undo: compensates, {change.undo.why}"
        case UndoKind.NONE:
            return f"Undo: none, {change.undo.why}"


def plan_text(plan: Plan) -> str:
    """What is asked for approval: everything that would happen, as values."""
    return "\n".join(_plan_lines(plan))


def _plan_lines(plan: Plan) -> Iterator[str]:
    for number, planned in enumerate(plan.steps, 1):
        change = planned.change
        yield f"{number}. `{change.verb}`: {change.summary}"
        if change.because:
            yield f"   Why: {change.because}"
        for unit in change.units:
            yield f"   - {unit_line(unit)}"
        for effect in change.effects:
            yield f"   Note: {effect}"
        for unit in change.afterwards:
            yield f"   When the incident closes: {unit_line(unit)}"
        yield f"   {undo_line(change)}. If it does not help: {planned.step.if_no_help}"
    who = {Approval.NOBODY: "nobody", Approval.ONE: "one person", Approval.TWO: "two different people"}
    yield f"Needs: {who[plan.asking.who]}. Digest: {plan.digest}"


def headline(state: IncidentState) -> str:
    """`critical: site-down on backend`."""
    if state.pinned is None:
        return state.number
    return f"{state.severity}: {state.pinned.scenario} on {state.pinned.service.name}"


def details(state: IncidentState, waiting_for: str) -> str:
    """Markdown for the top of the workflow in Temporal's UI."""
    return "\n".join(_details(state, waiting_for))


def _details(state: IncidentState, waiting_for: str) -> Iterator[str]:
    yield f"## {state.number} · {headline(state)}"
    yield f"**Phase:** {state.phase}" + (f" · **Waiting for:** {waiting_for}" if waiting_for else "")
    if state.acknowledged_by:
        yield f"**Acknowledged by:** {state.acknowledged_by}"
    if state.handed_over_because:
        to = f" to {state.handed_to}" if state.handed_to else ""
        yield f"**Handed over{to}:** {state.handed_over_because}"
    if state.plan is not None:
        yield from _plan_card(state.plan, state)
    yield from _section("Changed", (applied_line(applied) for applied in state.applied))
    yield from _section("Evidence", (evidence_line(found) for found in state.evidence.values()))
    yield from _section("Timeline (UTC)", _latest(state))


def _plan_card(plan: Plan, state: IncidentState) -> Iterator[str]:
    lines = [line.strip().removeprefix("- ") for line in _plan_lines(plan)]
    approved = [f"Approved by: {', '.join(state.approvals)}"] if state.approvals else []
    yield from _section("Plan", (*lines, *approved))
    if state.phase is Phase.APPROVE:
        yield "\nFrom this page: More Actions, Send a Signal, `approve` or `reject`, with the input"
        yield f'`{{"person": "your name", "digest": "{plan.digest}"}}`'


def _latest(state: IncidentState) -> Iterator[str]:
    shown = state.timeline[-_SHOWN:]
    if len(shown) < len(state.timeline):
        yield f"… {len(state.timeline) - len(shown)} earlier"
    yield from (f"{entry.at:%H:%M:%S} {one_line(entry.text)} — {entry.by}" for entry in shown)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number:
            yield f"\n### {title}"
        yield f"- {line}"


def evidence_line(found: Evidence) -> str:
    """`release: v42 by ana, suspect`, or why it is missing."""
    return one_line(f"{found.name}: {found.line if found.known else f'missing, {found.missing_because}'}")


def applied_line(applied: Applied) -> str:
    """`roll backend back from v42 to v41: kept, approved by ana`."""
    by = f", approved by {', '.join(applied.approved_by)}" if applied.approved_by else ", automatic"
    said = f" ({applied.said})" if applied.said else ""
    return f"{applied.planned.change.summary}: {applied.fate}{said}{by}"


def span(begin: datetime, end: datetime) -> str:
    """`3 min 12 s`."""
    seconds = max(0, round((end - begin).total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown) or "0 s"


def recovery(state: IncidentState) -> str:
    """How long it took, from when Stanch heard of it and from when it began."""
    if state.recovered_at is None:
        return "not measured"
    took = f"{span(state.opened_at, state.recovered_at)} from the alert"
    began = state.first_bad_at
    return took if began is None else f"{took}, {span(began, state.recovered_at)} from the first bad sample"


def closing(state: IncidentState) -> str:
    """The last message: how it ended, and what of Stanch's changes is still there, with the way back."""
    lines = [f"{state.number} is closed: {state.outcome}"]
    kept = [applied for applied in state.applied if applied.fate in STILL_THERE]
    for applied in kept:
        change = applied.planned.change
        lines.append(f"Still in place: {applied_line(applied)}")
        lines += [f"  back: {unit_line(unit.swapped())}" for unit in change.units]
        if applied.planned.step.revert_after:
            lines.append(f"  taken back by itself in {applied.planned.step.revert_after}")
    return "\n".join(lines)
