"""What `stanch plan` shows: the scenario, the evidence, every option with its condition, and the plan."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from stanch.cli.check.report import summaries
from stanch.cli.plan.measuring import AlertMeasurement
from stanch.cli.plan.rehearsal import Rehearsal, Weighed
from stanch.cli.screen import Row, Screen
from stanch.model.evidence import Evidence
from stanch.model.plan import Plan
from stanch.model.verb import Approval, AutomationMode
from stanch.plain import lasting
from stanch.playbooks.book import UNMATCHED, Book
from stanch.policy import change_text, telling
from stanch.policy.conditions import Truth
from stanch.rules import in_words
from stanch.secrets import Redactor

_STYLES = {Truth.TRUE: "green", Truth.FALSE: "dim", Truth.UNDECIDABLE: "yellow"}
_FIRES = {
    Truth.TRUE: "it would fire",
    Truth.FALSE: "it would not fire",
    Truth.UNDECIDABLE: "whether it would fire is not known",
}
_LATE = {
    "proceed": "it would be done all the same",
    "skip": "the next option would be tried",
    "escalate": "it would escalate and go on waiting",
}
_NOT_ASKED = "Nothing was changed. Temporal was not asked for locks, earlier changes and the kill switch."


def document(end: Rehearsal, measured: Sequence[AlertMeasurement] = ()) -> dict[str, Any]:
    """Everything, for machines."""
    plan, hold, by_hand = end.plan, end.hold, end.by_hand
    outcome = "plan" if plan else "hold" if hold else "by-hand" if by_hand else "nothing"
    return {
        "alert": end.alert.model_dump(mode="json"),
        "measured": [_measured(one) for one in measured],
        "playbook": end.pinned.playbook,
        "scenario": end.pinned.scenario,
        "service": end.pinned.service.name,
        "severity": str(end.state.severity),
        "mode": str(plan.mode if plan else end.pinned.mode),
        "evidence": [
            {**found.model_dump(mode="json"), "known": found.known} for found in end.state.evidence.values()
        ],
        "options": [_option(one, end) for one in end.options],
        "contained": [one.model_dump(mode="json") for one in end.contained],
        "outcome": outcome,
        "by_hand": [item.model_dump(mode="json") for item in by_hand.manual] if by_hand else [],
        "because": hold.hold if hold else end.because,
        "plan": plan.model_dump(mode="json") if plan else None,
        "plan_text": change_text.plan_text(plan) if plan else "",
        "approval": str(plan.asking.who) if plan else "",
        "digest": plan.digest if plan else "",
    }


def _measured(one: AlertMeasurement) -> dict[str, Any]:
    return {
        "alert": one.alert.name,
        "service": one.alert.service,
        "fires": str(one.truth),
        "severity": one.label,
        "holds_for_seconds": one.alert.lasts.total_seconds(),
        "conditions": [
            {
                "severity": judged.label,
                "condition": judged.condition,
                "outcome": str(judged.truth),
                "because": judged.because,
            }
            for judged in one.judged
        ],
        "evidence": [{**found.model_dump(mode="json"), "known": found.known} for found in one.evidence],
    }


def _option(one: Weighed, end: Rehearsal) -> dict[str, Any]:
    refused = next((no for no in end.state.refused if no.option == one.option.name), None)
    return {
        "name": one.option.name,
        "when": one.option.when,
        "outcome": str(one.truth),
        "because": one.because,
        "refused": {"rule": refused.rule, "because": refused.because} if refused else None,
    }


def paint_measured(screen: Screen, measured: Sequence[AlertMeasurement], redactor: Redactor) -> None:
    """What Stanch measures under the alert's name, and what follows from it."""
    for one in measured:
        screen.line(Text(f"{one.alert.name} of {one.alert.service} now: {_fires(one)}", "bold"))
        screen.rows([*map(_evidence, one.evidence), *_conditions(one, redactor)])
    if measured and not any(one.truth is Truth.TRUE for one in measured):
        screen.line("What follows is what it would lead to if it fired.")
    if measured:
        screen.line()


def _conditions(one: AlertMeasurement, redactor: Redactor) -> Iterator[Row]:
    for judged in one.judged:
        label = f"{judged.label}: " if judged.label else ""
        yield str(judged.truth), Text(f"{label}{judged.condition}", _STYLES[judged.truth])
        if judged.truth is Truth.UNDECIDABLE:
            yield "", Text(redactor.clean(judged.because), "yellow")


def _fires(one: AlertMeasurement) -> str:
    if one.truth is not Truth.TRUE:
        return _FIRES[one.truth]
    label = f" as {one.label}" if one.label else ""
    lasts = f" once it has held for {lasting(one.alert.lasts)}" if one.alert.lasts else ""
    return f"{_FIRES[one.truth]}{label}{lasts}"


def paint(screen: Screen, book: Book, end: Rehearsal, redactor: Redactor) -> None:
    """The same for people."""
    pinned = end.pinned
    if pinned.scenario == UNMATCHED:
        return _unmatched(screen, book, end)
    where = f"{pinned.playbook}/{pinned.scenario} on {pinned.service.name}"
    screen.line(Text(f"{end.alert.name} opens {where}: {end.state.severity}, mode {pinned.mode}", "bold"))
    if end.state.evidence:
        screen.heading("Evidence")
        screen.rows([_evidence(found) for found in end.state.evidence.values()])
    if end.options:
        screen.heading("Options, in order")
        screen.rows([row for one in end.options for row in _options(one, end, redactor)])
    _outcome(screen, end, redactor)
    return screen.line(Text(_NOT_ASKED, "dim"))


def _unmatched(screen: Screen, book: Book, end: Rehearsal) -> None:
    screen.line(Text(f"Nothing would be done: {end.because}", "bold yellow"))
    opening = [one for one in summaries(book) if one["service"] == end.pinned.service.name]
    if opening:
        names = sorted({name for one in opening for name in one["opens_on"]})
        screen.line(f"Scenarios of {end.pinned.service.name} open on: {', '.join(names)}")
        return
    services = ", ".join(sorted({one["service"] for one in summaries(book)}))
    screen.line(f"Services with scenarios: {services or 'none'}; say which with --service")


def _evidence(found: Evidence) -> Row:
    if found.known:
        return found.name, found.line or found.uses
    return found.name, Text(f"missing: {found.missing_because}", "yellow")


def _options(one: Weighed, end: Rehearsal, redactor: Redactor) -> Iterator[Row]:
    """Its condition, and why it is not the one that is taken."""
    taken = {plan.option for plan in (*end.contained, *([end.plan] if end.plan else []))}
    taken |= {end.taken.name} if end.taken else set()
    mark = "→" if one.option.name in taken else ""
    verdict = str(one.truth) if one.option.when else "always"
    style = _STYLES[one.truth]
    said = Text(one.option.when or "no condition", style)
    yield mark, one.option.name, Text(verdict, style), said
    if one.truth is Truth.UNDECIDABLE:
        yield "", "", "", Text(f"passed over: {redactor.clean(one.because)}", "yellow")
    refused = next((no for no in end.state.refused if no.option == one.option.name), None)
    if refused:
        yield "", "", "", Text(f"refused: {in_words(refused.rule, refused.because)}", "bold yellow")


def _outcome(screen: Screen, end: Rehearsal, redactor: Redactor) -> None:
    for plan in end.contained:
        _plan(screen, "Held back first", plan, end, redactor)
    if end.plan:
        return _plan(screen, "Plan", end.plan, end, redactor)
    screen.line()
    if end.by_hand:
        screen.line(Text("Left to people:", "bold"))
        return screen.rows([(f"☐ {item.do}", item.type) for item in end.by_hand.manual])
    if end.hold:
        return screen.line(Text(f"Holds, nothing would be changed: {end.hold.hold}", "bold"))
    to = end.pinned.otherwise.escalate or ", ".join(end.pinned.service.owners)
    handed = f". It would be handed over to {to}" if to else ""
    return screen.line(Text(f"Nothing would be done: {end.because}{handed}", "bold yellow"))


def _plan(screen: Screen, what: str, plan: Plan, end: Rehearsal, redactor: Redactor) -> None:
    screen.heading(f"{what} {plan.digest}")
    screen.block(redactor.clean(change_text.plan_text(plan)))
    for why in dict.fromkeys(step.unasked for step in plan.steps if step.unasked):
        screen.line(f"Asks {plan.asking.who}: {why}")
    screen.line()
    screen.line(Text(_how_far(plan, end.alert.started_at), "bold"))


def _how_far(plan: Plan, at: datetime) -> str:
    """What the plan's mode and asking mean for it."""
    asking = plan.asking
    if plan.mode is AutomationMode.SHADOW:
        return (
            "Mode shadow: it would not be done, only handed over to a person as what Stanch would have done."
        )
    if asking.who is Approval.NOBODY:
        return f"Mode {plan.mode}: it would be done at once, without asking anybody."
    people = "two different people" if asking.who is Approval.TWO else "one person"
    late = _LATE[asking.then]
    return (
        f"Mode {plan.mode}: it would wait for {people}; after {telling.span(at, at + asking.within)} {late}."
    )
