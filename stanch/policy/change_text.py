"""A change in words: its values, its times, its way back, and what is asked for approval."""

import json
import re
from collections.abc import Iterator
from itertools import zip_longest

from stanch import masking
from stanch.model.change import Change, SecretRef, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.plan import Plan
from stanch.model.verb import Approval
from stanch.plain import lasting, one_line

_LONGEST_VALUE = 60
_BEFORE_IT = 12
"""Characters that two long values have in common and that are shown before they part."""
_IMAGE = re.compile(r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+[:@][\w.:-]+")


def value(of: object) -> str:
    """A value for people: short, and never a secret."""
    return cut_in_the_middle(_whole(of), _LONGEST_VALUE)


def _whole(of: object) -> str:
    """A value as JSON writes it; a text is itself, and what looks like a secret is not said."""
    if isinstance(of, SecretRef):
        return f"secret {of.secret} ({of.fingerprint})"
    if of is None:
        return "absent"
    text = of if isinstance(of, str) else _size(of) or json.dumps(of, ensure_ascii=False, default=str)
    text = one_line(masking.masked(text))
    if len(text) > _LONGEST_VALUE and _IMAGE.fullmatch(text):
        return text.rpartition("/")[2]  # of an image, the registry says nothing
    return text


def _size(of: object) -> str:
    """`shared-cpu-2x 512 MB`: a machine's size as its vendor's lists name it; empty of anything else."""
    match of:
        case {"cpu_kind": str(kind), "cpus": int(cpus), "memory_mb": int(memory), **rest} if not rest:
            return f"{kind}{'-cpu' if kind == 'shared' else ''}-{cpus}x {memory} MB"
    return ""


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
    return "\n".join(plan_lines(plan))


def plan_lines(plan: Plan) -> Iterator[str]:
    """The same, line by line."""
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
