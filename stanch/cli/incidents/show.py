"""`stanch show`: everything an incident remembers, on one card."""

from collections.abc import Iterator
from datetime import UTC, datetime

import typer
from rich.text import Text

from stanch.cli.arguments import Number
from stanch.cli.incidents.answers import Card
from stanch.cli.incidents.session import GatewaySession, number_of
from stanch.cli.screen import Row, Screen
from stanch.cli.texts import clock, moment
from stanch.model.alert import Alert
from stanch.model.edition import EditionInForce
from stanch.model.evidence import Evidence
from stanch.model.incident import IncidentState, Phase
from stanch.model.message import TimelineEntry
from stanch.model.plan import Applied, Fate
from stanch.policy import change_text, telling

STYLES = {"critical": "bold red", "high": "bold yellow", "medium": "cyan", "low": "green"}
"""Of severities; all of them can be read on a dark terminal."""

KIND_WIDTH = len("passed-over")
"""Of the longest word of a timeline, so that lines that come one by one stand in columns."""

_FATES = {Fate.KEPT: "green", Fate.UNDO_FAILED: "bold red", Fate.CANNOT_UNDO: "red", Fate.PARTIAL: "bold red"}


def show(context: typer.Context, number: Number = None) -> None:
    """Shows one incident: where it stands, what it waits for, its plan, alerts, evidence, changes, timeline.

    Times are UTC. A closed incident needs its whole number.
    """
    session = GatewaySession.of(context)
    reply = session.gateway.get("incidents", number_of(session.gateway, number))
    card = reply.read(Card)
    if session.json:
        return session.screen.document(reply.document)
    return paint(session.screen, card, datetime.now(UTC))


def paint(screen: Screen, card: Card, now: datetime) -> None:
    """The whole card."""
    state = card.state
    head(screen, card)
    not_in_force(screen, card.in_force)
    screen.rows(_standing(card, now), indent=0)
    if state.plan is not None:
        plan(screen, card)
    _section(screen, "Alerts", [_alert(alert, now) for alert in state.alerts.values()])
    _section(screen, "Evidence", [_evidence(found) for found in state.evidence.values()])
    _section(screen, "Contained, not cured", [(telling.contained_line(one),) for one in state.contained])
    _section(screen, "By hand", [(telling.to_do_line(item),) for item in state.to_do])
    if state.applied:
        screen.heading("Changed")
        for applied in state.applied:
            _applied(screen, applied, state)
    if state.timeline:
        screen.heading("Timeline (UTC)")
    screen.rows((entry_row(entry, state) for entry in state.timeline), least=KIND_WIDTH)


def head(screen: Screen, card: Card) -> None:
    """`INC-20261121-7K3QXM  critical: site-down on backend`."""
    headline = card.headline or telling.headline(card.state)
    screen.line(Text(f"{card.state.number} · {headline}", STYLES.get(card.state.severity, "bold")))


def not_in_force(screen: Screen, edition: EditionInForce | None) -> None:
    """What was changed in the team's files and is refused, line by line."""
    for line in (edition.refused if edition else "").splitlines():
        screen.line(Text(line, "bold yellow"))


def plan(screen: Screen, card: Card) -> None:
    """What is asked for approval, word for word as the gateway says it, and who has said yes so far."""
    screen.heading(f"Plan {card.digest}")
    screen.block(card.plan_text)
    state = card.state
    if state.approvals:
        screen.line(f"Approved by: {', '.join(state.approvals)}")
    if state.phase is Phase.APPROVE:
        screen.line(Text(f"Approve it: stanch approve {state.number} --digest {card.digest}", "bold"))
        screen.line(f"Refuse it: stanch reject {state.number} --digest {card.digest}")


def entry_row(entry: TimelineEntry, state: IncidentState) -> Row:
    """One line of the timeline."""
    by = "" if entry.by == "stanch" else f" — {entry.by}"
    return Text(clock(entry.at, state.opened_at), "dim"), Text(entry.kind, "cyan"), f"{entry.text}{by}"


def _standing(card: Card, now: datetime) -> Iterator[Row]:
    state = card.state
    yield "Phase", f"{state.phase}" + (f": {state.outcome}" if state.outcome else "")
    if card.waiting_for:
        yield "Waiting for", Text(card.waiting_for, "bold yellow")
    yield "Opened", moment(state.opened_at, now)
    if state.recovered_at:
        yield "Recovered", moment(state.recovered_at, now)
    if state.acknowledged_by:
        yield "Acknowledged by", state.acknowledged_by
    if state.handed_over_because:
        yield (
            "Handed over",
            f"{f'to {state.handed_to}: ' if state.handed_to else ''}{state.handed_over_because}",
        )
    yield from _lost(card, now)
    for what, said in (
        ("Resolved by", state.resolve.by if state.resolve else ""),
        ("Aborted by", state.aborted_by),
        ("Runs by", card.edition.says if card.edition else ""),
        ("Temporal", card.page),
    ):
        if said:
            yield what, said


def _lost(card: Card, now: datetime) -> Iterator[Row]:
    """Who has not heard of it."""
    state = card.state
    if state.unreached:
        yield "Nobody reached", Text(f"{', '.join(state.unreached)}, by no channel", "bold red")
    if state.broken:
        yield "Channels", f"{', '.join(state.broken)} did not take the last message"
    late = [one.at for one in state.unsaid if one.at is not None]
    if late:
        yield "Not told yet", f"{len(state.unsaid)} messages, the first of {moment(min(late), now)}"


def _section(screen: Screen, title: str, rows: list[Row]) -> None:
    if rows:
        screen.heading(title)
        screen.rows(rows)


def _alert(alert: Alert, now: datetime) -> Row:
    labels = " ".join(
        f"{name}={value}" for name, value in sorted(alert.labels.items()) if name != "alertname"
    )
    since = f"since {moment(alert.started_at, now)}" if alert.firing else ""
    text = ", ".join(filter(None, (alert.name, alert.summary, since, f"from {alert.source}")))
    mark = Text("firing", "bold red") if alert.firing else Text("resolved", "green")
    return mark, f"{text} [{labels}]" if labels else text


def _evidence(found: Evidence) -> Row:
    if found.known:
        return found.name, found.line or found.uses
    return found.name, Text(f"missing: {found.missing_because}", "yellow")


def _applied(screen: Screen, applied: Applied, state: IncidentState) -> None:
    """What was done, and every unit from what it was to what it is now."""
    mark = Text(clock(applied.at, state.opened_at), "dim")
    screen.rows([(mark, Text(telling.applied_line(applied), _FATES.get(applied.fate, "")))])
    screen.rows([("→", change_text.unit_line(unit)) for unit in applied.planned.change.units], indent=4)
