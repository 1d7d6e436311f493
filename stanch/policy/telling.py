"""What people read: the card in Temporal's UI, the approval text, the headline of a message."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import zip_longest

from stanch import masking
from stanch.model.change import Change, SecretRef, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState, Phase, ToDo
from stanch.model.plan import Applied, Containment, Fate, Plan
from stanch.model.playbook import Back
from stanch.model.verb import Approval
from stanch.plain import markdown, one_line

_SHOWN = 14
STILL_THERE = (Fate.KEPT, Fate.PARTIAL, Fate.UNDO_FAILED, Fate.PERHAPS, Fate.UNDER_WAY)
"""What became of a step that is in place when the incident closes."""
_LONGEST_VALUE = 60
_BEFORE_IT = 12
"""Characters that two long values have in common and that are shown before they part."""
_SUMMARY_BYTES = 200
_IMAGE = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+[:@][\w.:-]+")


def summary(text: str) -> str:
    """At most 200 bytes on one line, as Temporal's summaries allow."""
    encoded = one_line(text).encode()
    cut = encoded[: _SUMMARY_BYTES - 4].decode(errors="ignore") + " …"
    return encoded.decode() if len(encoded) <= _SUMMARY_BYTES else cut


def value(of: object) -> str:
    """A value for people: short, and never a secret."""
    return cut_in_the_middle(_whole(of), _LONGEST_VALUE)


def _whole(of: object) -> str:
    """A value as JSON writes it; a text is itself, and what looks like a secret is not said."""
    if isinstance(of, SecretRef):
        return f"secret {of.secret} ({of.fingerprint})"
    if of is None:
        return "absent"
    text = of if isinstance(of, str) else json.dumps(of, ensure_ascii=False, default=str)
    text = one_line(masking.masked(text))
    if len(text) > _LONGEST_VALUE and _IMAGE.fullmatch(text):
        return text.rpartition("/")[2]  # of an image, the registry says nothing
    return text


def cut_in_the_middle(text: str, longest: int) -> str:
    """Its beginning and its end: what tells one long value from another stands at either."""
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def unit_line(unit: Unit) -> str:
    """`9c487adb: registry…:v42 → registry…:v41`: of two long values, where they differ."""
    was, to = _whole(unit.was), _whole(unit.to)
    if max(len(was), len(to)) > _LONGEST_VALUE:
        was, to = _where_they_differ(was, to)
    return f"{one_line(unit.id)}: {was} → {to}"


def _where_they_differ(was: str, to: str) -> tuple[str, str]:
    """Both from a little before they part on; then, where that is still long, cut in the middle."""
    same = next((at for at, (one, other) in enumerate(zip_longest(was, to)) if one != other), 0)
    begin = same - _BEFORE_IT if same > _BEFORE_IT + 1 else 0
    mark = "…" if begin else ""
    longest = _LONGEST_VALUE - len(mark)
    return (
        mark + cut_in_the_middle(was[begin:], longest),
        mark + cut_in_the_middle(to[begin:], longest),
    )


def undo_line(change: Change) -> str:
    """What taking it back would mean."""
    match change.undo.kind:
        case UndoKind.RESTORES:
            return "Undo: puts back exactly what was"
        case UndoKind.COMPENSATES:
            return f"Undo: compensates, {one_line(change.undo.why)}"
        case UndoKind.NONE:
            return f"Undo: none, {one_line(change.undo.why)}"


def course_line(course: Course) -> str:
    """`usually 40 s until it is done for the vendor's API; visitors have it about 1 min later`."""
    until = f"until it is {course.waits_for}"
    took = f"usually {course.usually} {until}" if course.usually else f"how long {until} is not known"
    if course.waits_for is WaitsFor.SEEN:
        return took
    return f"{took}; {_visitors(course)}"


def _visitors(course: Course) -> str:
    if course.visitors_after is None:
        return f"visitors: {course.visitors}" if course.visitors else "when visitors have it is not known"
    return ", ".join(
        filter(None, (f"visitors have it about {lasting(course.visitors_after)} later", course.visitors))
    )


def plan_text(plan: Plan) -> str:
    """What is asked for approval: everything that would happen, as values."""
    return "\n".join(_plan_lines(plan))


def _plan_lines(plan: Plan) -> Iterator[str]:
    for number, planned in enumerate(plan.steps, 1):
        change = planned.change
        yield f"{number}. `{change.verb}`: {one_line(change.summary)}"
        if change.because:
            yield f"   Why: {one_line(change.because)}"
        for unit in change.units:
            yield f"   - {unit_line(unit)}"
        if change.course:
            yield f"   Time: {course_line(change.course)}"
        for effect in change.effects:
            yield f"   Note: {one_line(effect)}"
        for unit in change.afterwards:
            yield f"   When the incident closes: {unit_line(unit)}"
        yield f"   {undo_line(change)}. If it does not help: {planned.step.if_no_help}"
    who = {Approval.NOBODY: "nobody", Approval.ONE: "one person", Approval.TWO: "two different people"}
    yield f"Needs: {who[plan.asking.who]}. Digest: {plan.digest}"


def headline(state: IncidentState) -> str:
    """`critical: site-down on backend`."""
    if state.pinned is None:
        return state.number
    return f"{state.label or state.severity}: {state.pinned.scenario} on {state.pinned.service.name}"


def details(state: IncidentState) -> str:
    """Markdown for the top of the workflow in Temporal's UI."""
    return "\n".join(_details(state))


def _details(state: IncidentState) -> Iterator[str]:
    waiting_for = state.waiting_for
    yield f"## {state.number} · {headline(state)}"
    waits = f" · **Waiting for:** {markdown(waiting_for)}" if waiting_for else ""
    yield f"**Phase:** {state.phase}{waits}"
    if state.acknowledged_by:
        yield f"**Acknowledged by:** {markdown(state.acknowledged_by)}"
    if state.handed_over_because:
        to = f" to {markdown(state.handed_to)}" if state.handed_to else ""
        yield f"**Handed over{to}:** {markdown(state.handed_over_because)}"
    if state.plan is not None:
        yield from _plan_card(state.plan, state)
    yield from _section("Contained, not cured", map(contained_line, state.contained))
    yield from _section("By hand", (to_do_line(item) for item in state.to_do))
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
    earlier = len(state.timeline) - len(shown) + state.left_out
    if earlier:
        yield f"… {earlier} earlier" + (f", {state.left_out} of them left out" if state.left_out else "")
    yield from (f"{entry.at:%H:%M:%S} {entry.text} — {entry.by}" for entry in shown)


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number:
            yield f"\n### {title}"
        yield f"- {markdown(line)}"


def evidence_line(found: Evidence) -> str:
    """`release: v42 by ana, suspect`, or why it is missing."""
    return one_line(f"{found.name}: {found.line if found.known else f'missing, {found.missing_because}'}")


def applied_line(applied: Applied) -> str:
    """`roll backend back from v42 to v41: kept, approved by ana`."""
    by = f", approved by {', '.join(applied.approved_by)}" if applied.approved_by else ", automatic"
    said = f" ({applied.said})" if applied.said else ""
    return one_line(f"{applied.planned.change.summary}: {applied.fate}{said}{by}")


def contained_line(contained: Containment) -> str:
    """`purchases true → false: since 03:02, goes back when somebody says so`."""
    back = contained.option.back
    match back:
        case timedelta():
            goes = f"goes back after {lasting(back)}"
        case Back.STAYS:
            goes = "stays"
        case _:
            goes = "goes back when somebody says so"
    return one_line(f"{contained.plan.summary}: since {contained.since:%H:%M}, {goes}")


def to_do_line(item: ToDo) -> str:
    """`☑ 2 Heap snapshot, by li` or `☐ 2 Heap snapshot: heroku ps:exec …`."""
    mark = {None: "☐", True: "☑", False: "☒"}[item.done]
    by = f", by {item.by}" if item.by else ""
    typed = f": {item.type}" if item.type and item.done is None else ""
    return one_line(f"{mark} {item.number} {item.do}{typed}{by}")


def stands(applied: Iterable[Applied]) -> str:
    """Where the steps of a plan stand, for whoever takes it over."""
    return "; ".join(f"{one.planned.change.summary}: {one.fate}" for one in applied)


def span(begin: datetime, end: datetime) -> str:
    """From one instant to the other: `3 min 12 s`."""
    return lasting(end - begin)


def lasting(time: timedelta) -> str:
    """A length of time as people say it: `3 min 12 s`."""
    seconds = max(0, round(time.total_seconds()))
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
            lines.append(f"  taken back by itself in {lasting(applied.planned.step.revert_after)}")
    return "\n".join(lines)
