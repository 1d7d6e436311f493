"""`stanch manual`: what a person would type instead of Stanch, or to take back what it did."""

from collections.abc import Sequence
from enum import StrEnum

import typer
from pydantic import JsonValue

from stanch.cli.arguments import Number
from stanch.cli.failures import CommandError
from stanch.cli.incidents.answers import Card
from stanch.cli.incidents.session import GatewaySession, number_of
from stanch.cli.screen import Screen
from stanch.model.base import Frozen
from stanch.model.change import Change, UndoKind
from stanch.model.incident import Phase
from stanch.policy import telling


class Manual(Frozen):
    """The commands for one change."""

    what: str
    target: str
    commands: tuple[str, ...]
    effects: tuple[str, ...]


def manual(context: typer.Context, number: Number = None) -> None:
    """Prints the commands for the plan that waits or was refused; else those that take back what was changed.

    Secrets stand there by name, as $NAME. Whoever types them should abort the incident first.
    """
    session = GatewaySession.of(context)
    reply = session.gateway.get("incidents", number_of(session.gateway, number))
    card = reply.read(Card)
    asked, changes = _asked(card)
    found = [_manual(change) for change in changes]
    if session.json:
        document: JsonValue = [one.model_dump(mode="json") for one in found]
        return session.screen.document(
            {
                "number": card.state.number,
                "pending": asked is ManualKind.WAITS,
                "what": asked,
                "changes": document,
            }
        )
    if not found:
        raise CommandError(
            "nothing", f"{card.state.number}: no change is pending, and none can be taken back"
        )
    return _paint(session.screen, card, found, asked)


class ManualKind(StrEnum):
    """Which commands these are."""

    WAITS = "the plan that waits"
    REFUSED = "the plan that a limit refused"
    BACK = "taking back what was done"


def _asked(card: Card) -> tuple[ManualKind, list[Change]]:
    """The changes of the plan that waits, or was refused; or the ways back of what stands, last first."""
    state = card.state
    refused = state.refused_plan if state.phase is Phase.HANDED_OVER else None
    for asked, plan in ((ManualKind.WAITS, state.plan), (ManualKind.REFUSED, refused)):
        if plan is not None:
            return asked, [step.change for step in plan.steps]
    there = [applied for applied in state.applied if applied.fate in telling.STILL_THERE]
    back = [
        one.planned.change.undone(one.begun)
        for one in reversed(there)
        if one.planned.change.undo.kind is UndoKind.RESTORES
    ]
    return ManualKind.BACK, back


def _manual(change: Change) -> Manual:
    return Manual(
        what=change.summary,
        target=change.target.key,
        commands=tuple(_commands(change)),
        effects=change.effects,
    )


def _commands(change: Change) -> Sequence[str]:
    """The verb's own words; its provider is imported only now."""
    from activities.registry import MODULES, integrations

    provider = change.verb.partition(".")[0]
    found = integrations([provider]) if provider in MODULES else []
    verbs = {verb.spec.name: verb for integration in found for verb in integration.verbs}
    if change.verb not in verbs:
        raise CommandError(
            "unknown", f"this Stanch knows no {change.verb}: update it, or see {change.target.key}"
        )
    return verbs[change.verb].commands(change)


def _paint(screen: Screen, card: Card, found: list[Manual], asked: ManualKind) -> None:
    screen.line(f"# {card.state.number}: {asked}")
    for one in found:
        screen.line(f"# {one.what}", "bold")
        for effect in one.effects:
            screen.line(f"# - {effect}", "dim")
        for command in one.commands:
            screen.exact(command)
    if card.state.phase is not Phase.CLOSED:
        screen.line(f"# Before you type: stanch abort {card.state.number}")
