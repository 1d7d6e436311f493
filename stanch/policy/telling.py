"""What people read: the card in Temporal's UI, the approval text, the headline of a message."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from stanch.model.change import Kind, UndoKind
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState, Phase, ToDo
from stanch.model.plan import Applied, Containment, Fate, Plan
from stanch.model.playbook import Back
from stanch.model.verb import Approval
from stanch.plain import lasting, markdown, one_line
from stanch.policy import change_text

_SHOWN = 14
_ALERTS = 3
"""So many are told of one by one."""
_ON_A_CARD = 5
STILL_THERE = (Fate.KEPT, Fate.PARTIAL, Fate.UNDO_FAILED, Fate.PERHAPS, Fate.UNDER_WAY)
"""What became of a step that is in place when the incident closes."""
_SUMMARY_BYTES = 200
_STANDS = {Kind.STATE: "Still in place", Kind.ACT: "Done"}


def summary(text: str) -> str:
    """At most 200 bytes on one line, as Temporal's summaries allow."""
    encoded = one_line(text).encode()
    cut = encoded[: _SUMMARY_BYTES - 4].decode(errors="ignore") + " …"
    return encoded.decode() if len(encoded) <= _SUMMARY_BYTES else cut


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
    if state.unreached:
        yield f"**Nobody was reached:** {markdown(', '.join(state.unreached))} by any channel"
    if state.broken:
        yield f"**Channels that fail:** {markdown(', '.join(state.broken))}"
    if state.plan is not None:
        yield from _plan_card(state.plan, state)
    yield from _section("Contained, not cured", map(contained_line, state.contained))
    yield from _section("By hand", (to_do_line(item) for item in state.to_do))
    yield from _section("Changed", (applied_line(applied) for applied in state.applied))
    yield from _section("Evidence", (evidence_line(found) for found in state.evidence.values()))
    yield from _section("Timeline (UTC)", _latest(state))


def _plan_card(plan: Plan, state: IncidentState) -> Iterator[str]:
    lines = [line.strip().removeprefix("- ") for line in change_text.plan_lines(plan)]
    approved = [f"Approved by: {', '.join(state.approvals)}"] if state.approvals else []
    yield from _section("Plan", (*lines, *approved))
    if state.phase is Phase.APPROVE:
        yield f"\nApprove it: `stanch approve {state.number} --digest {plan.digest}`"
        yield f"\nRefuse it: `stanch reject {state.number} --digest {plan.digest}`"
        if _counts_here(state):
            yield "\nFrom this page: More Actions, Send a Signal, `approve` or `reject`, with the input"
            yield f'`{{"person": "your name", "digest": "{plan.digest}"}}`'


def _counts_here(state: IncidentState) -> bool:
    """Whether a word from Temporal's own page may approve what waits there."""
    may = state.pinned is not None and not {"approver", "admin"}.isdisjoint(state.pinned.ui_roles)
    return may and state.plan is not None and state.plan.asking.who is not Approval.TWO


def card(state: IncidentState) -> str:
    """How it stands, in a few lines without markup, for channels that keep that at the top."""
    return "\n".join(_card(state))


def _card(state: IncidentState) -> Iterator[str]:
    yield f"phase: {state.phase}" + (f" ({state.outcome})" if state.outcome else "")
    if state.waiting_for:
        yield f"waiting for: {state.waiting_for}"
    if state.acknowledged_by:
        yield f"acknowledged by: {state.acknowledged_by}"
    if state.handed_over_because:
        yield f"handed over{f' to {state.handed_to}' if state.handed_to else ''}: {state.handed_over_because}"
    if state.unreached:
        yield f"nobody was reached: {', '.join(state.unreached)}"
    if state.plan is not None and state.phase is Phase.APPROVE:
        yield f"approve: stanch approve {state.number} --digest {state.plan.digest}"
    yield from (f"contained: {contained_line(one)}" for one in state.contained)
    yield from (f"changed: {applied_line(one)}" for one in state.applied)
    yield from (f"{entry.at:%H:%M} {entry.text}" for entry in state.timeline[-_ON_A_CARD:])
    if state.pinned is not None:
        yield from (f"{name}: {url}" for name, url in state.pinned.service.links.items())
    yield f"more: stanch show {state.number}"


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


def wrong_lines(state: IncidentState) -> Iterator[str]:
    """What fires, and since when."""
    firing = sorted((one for one in state.alerts.values() if one.firing), key=lambda one: one.started_at)
    for alert in firing[:_ALERTS]:
        summary = f": {alert.summary}" if alert.summary != alert.name else ""
        what = "Asked for" if state.pinned and state.pinned.asked_by else "Wrong"
        yield one_line(f"{what}: {alert.name}{summary}, since {alert.started_at:%H:%M} UTC")
    if len(firing) > _ALERTS:
        yield f"Wrong: {len(firing) - _ALERTS} alerts more"


def seen_lines(state: IncidentState, said: str = "", only: Collection[str] = ()) -> Iterator[str]:
    """What is known, in the order of the playbook; but for what is `said` already, or `only` this much."""
    order = {
        reading.name: place for place, reading in enumerate(state.pinned.evidence if state.pinned else ())
    }
    for found in sorted(state.evidence.values(), key=lambda one: order.get(one.name, len(order))):
        if (not only or found.name in only) and not (found.known and found.line and found.line in said):
            yield f"Seen: {evidence_line(found)}"


def applied_line(applied: Applied) -> str:
    """`roll backend back from v42 to v41: kept, approved by ana`."""
    by = f", approved by {', '.join(applied.approved_by)}" if applied.approved_by else ", automatic"
    said = f" ({applied.said})" if applied.said else ""
    return one_line(f"{applied.planned.change.summary}: {_fate(applied)}{said}{by}")


def _fate(applied: Applied) -> str:
    """What became of a step; of one that is half done, which units it has reached."""
    reached = ", ".join(applied.begun)
    return (
        f"{applied.fate} ({reached} only)" if applied.fate is Fate.PARTIAL and reached else str(applied.fate)
    )


def contained_line(contained: Containment) -> str:
    """`purchases true → false: since 03:02, goes back when somebody says so`."""
    since = f"since {contained.since:%H:%M}, {goes_back(contained.option.back)}"
    return one_line(f"{contained.plan.summary}: {since}")


def goes_back(back: Back | timedelta | None) -> str:
    """When what is held back goes back."""
    match back:
        case timedelta():
            return f"goes back after {lasting(back)}"
        case Back.STAYS:
            return "stays"
        case _:
            return "goes back when somebody says so"


def to_do_line(item: ToDo) -> str:
    """`☑ 2 Heap snapshot, by li` or `☐ 2 Heap snapshot: heroku ps:exec …`."""
    mark = {None: "☐", True: "☑", False: "☒"}[item.done]
    by = f", by {item.by}" if item.by else ""
    typed = f": {item.type}" if item.type and item.done is None else ""
    return one_line(f"{mark} {item.number} {item.do}{typed}{by}")


def item_lines(item: ToDo) -> Iterator[str]:
    """The same, with the command on a line of its own, to be copied."""
    yield to_do_line(item.model_copy(update={"type": ""}))
    if item.type and item.done is None:
        yield f"    {one_line(item.type)}"


def stands(applied: Iterable[Applied]) -> str:
    """Where the steps of a plan stand, for whoever takes it over."""
    return "; ".join(f"{one.planned.change.summary}: {_fate(one)}" for one in applied)


def span(begin: datetime, end: datetime) -> str:
    """From one instant to the other: `3 min 12 s`."""
    return lasting(end - begin)


def recovery(state: IncidentState) -> str:
    """How long it took, from when Stanch heard of it and from when it began."""
    if state.recovered_at is None:
        return "not measured"
    took = f"{span(state.opened_at, state.recovered_at)} from the alert"
    began = state.first_bad_at
    return took if began is None else f"{took}, {span(began, state.recovered_at)} from the first bad sample"


def good_checks(state: IncidentState) -> str:
    """`every check is good`; where Stanch itself is not let in to some of them, by whom."""
    if not state.denied:
        return "every check is good"
    refused = "; ".join(state.denied)
    own = f"Stanch's own access is refused, which says nothing of the service: {refused}"
    return f"every check that can be read is good ({own})"


def closing(state: IncidentState) -> str:
    """The last message: how it ended, and what of Stanch's changes is still there, with the way back."""
    lines = [f"{state.number} is closed: {state.outcome}"]
    if state.recovered_at is not None:
        lines.append(f"Recovered {recovery(state)}")
    kept = [applied for applied in state.applied if applied.fate in STILL_THERE]
    for applied in kept:
        change = applied.planned.change
        lines.append(f"{_STANDS[change.kind]}: {applied_line(applied)}")
        if change.undo.kind is not UndoKind.NONE:
            lines += [f"  back: {change_text.unit_line(unit.swapped())}" for unit in change.units]
        if applied.planned.step.revert_after:
            lines.append(f"  taken back by itself in {lasting(applied.planned.step.revert_after)}")
    waiting = [item for item in state.to_do if item.done is None]
    lines += ["Still to do by hand:"] * bool(waiting)
    lines += [line for item in waiting for line in item_lines(item)]
    return "\n".join(lines)
