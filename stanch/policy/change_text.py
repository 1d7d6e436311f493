"""A change in words: its values, its times, its way back, and what is asked for approval."""

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from stanch import masking
from stanch.model.change import Change, Kind, SecretRef, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.plan import Plan, PlannedStep, Purpose
from stanch.model.verb import Approval, NoHelp
from stanch.plain import lasting, one_line

_PEOPLE = {Approval.NOBODY: "nobody", Approval.ONE: "one person", Approval.TWO: "two different people"}
_LEFT = {NoHelp.KEEP: "it stays", NoHelp.UNDO: "it is taken back"}
_LONGEST_VALUE = 60
_BEFORE_IT = 12
"""Characters that two long values have in common and that are shown before they part."""
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")
_ONLY_PART = "value"
"""What a vendor wraps a value in that stands for itself."""
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
    text = of if isinstance(of, str) else _size(of) or _parts(of)
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


def _parts(of: Any) -> str:
    """`mode block, notes by ana`: each part of a flat object by its name; anything else as JSON writes it."""
    written = json.dumps(of, ensure_ascii=False, default=str)
    flat = isinstance(of, dict) and of and not any(isinstance(part, dict | list) for part in of.values())
    if not flat or masking.masked(written) != written:  # a name beside it is how a secret is known
        return written
    if of.keys() == {_ONLY_PART}:
        return _whole(of[_ONLY_PART])
    told = ", ".join(f"{name} {_whole(part)}" for name, part in of.items())
    return _INSTANT.sub(r"\1 \2 UTC", told)


def cut_in_the_middle(text: str, longest: int) -> str:
    """Its beginning and its end: what tells one long value from another stands at either."""
    if len(text) <= longest:
        return text
    head = (longest - 1) // 2
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def unit_line(unit: Unit) -> str:
    """`9c487adb: registry…:v42 → registry…:v41`: of two long values, where they differ."""
    was, to = was_and_to(unit)
    return f"{one_line(unit.id)}: {was} → {to}"


def was_and_to(unit: Unit) -> tuple[str, str]:
    """What it is and what it becomes: of two long values, where they differ."""
    was, to = map(_whole, _what_differs(unit))
    return _where_they_differ(was, to) if max(len(was), len(to)) > _LONGEST_VALUE else (was, to)


def _what_differs(unit: Unit) -> tuple[object, object]:
    """Of two objects with the same parts only those that are not alike; a size is told whole."""
    was, to = unit.was, unit.to
    if not (isinstance(was, dict) and isinstance(to, dict) and was.keys() == to.keys()) or _size(was):
        return was, to
    names = [name for name in was if was[name] != to[name]]
    if names == [unit.id]:
        return was[unit.id], to[unit.id]
    return {name: was[name] for name in names} or was, {name: to[name] for name in names} or to


def act_line(unit: Unit) -> str:
    """`pull request: a revert of #4`: an act leaves something where nothing was, and restores nothing."""
    return unit_line(unit) if unit.was is not None else f"{one_line(unit.id)}: {value(unit.to)}"


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
    """`until it is done for the vendor's API: usually 40 s; visitors have it about 1 min later`."""
    took = f"until it is {course.waits_for}: {f'usually {course.usually}' if course.usually else 'not known'}"
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
    yield from step_lines(plan)
    if plan.because:
        yield f"Chosen because: {one_line(plan.because)}"
    yield f"Needs: {asked_of(plan)}. Digest: {plan.digest}"
    if plan.asking.who.people:
        yield f"If nobody answers within {lasting(plan.asking.within)}: {in_silence(plan)}"


def step_lines(plan: Plan) -> Iterator[str]:
    """Every step with its values, its time, what comes with it, and the way back."""
    for number, planned in enumerate(plan.steps, 1):
        change = planned.change
        yield f"{number}. `{change.verb}`: {one_line(change.summary)}"
        if change.because:
            yield f"   Why: {one_line(change.because)}"
        for unit in change.units:
            yield f"   - {act_line(unit) if change.kind is Kind.ACT else unit_line(unit)}"
        if change.course:
            yield f"   Time {course_line(change.course)}"
        for effect in change.effects:
            yield f"   Note: {one_line(effect)}"
        for unit in change.afterwards:
            yield f"   When the incident closes: {unit_line(unit)}"
        yield f"   {undo_line(change)}.{no_help(plan, planned)}"


def no_help(plan: Plan, planned: PlannedStep) -> str:
    """What becomes of a step that does not help; nothing where it is not there to help."""
    if plan.purpose not in (Purpose.MEND, Purpose.CONTAIN):
        return ""
    return f" If it does not help: {_LEFT[planned.step.if_no_help]}"


def asked_of(plan: Plan) -> str:
    """How many people have to say yes."""
    return _PEOPLE[plan.asking.who]


def in_silence(plan: Plan) -> str:
    """What happens where nobody says yes or no in time."""
    match plan.asking.then:
        case "proceed":
            return "it is done"
        case "skip":
            return "it is not done, and what comes next is looked at"
        case "escalate":
            return "you are asked again, and nothing is done until then"
