"""Every command that is known, and what a block of commands becomes; what is in doubt stays with people."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stanch.importing.commands import clouds, code, edges, log_lines, platforms, requests, stores
from stanch.importing.commands.edges import public_variable
from stanch.importing.invocation import Invocation
from stanch.importing.meaning import CommandMeaning, MeaningKind, ServicePlace, UnderstoodCommand, manual
from stanch.importing.shell import TypedCommand, inside, within_quotes

KNOWN = (
    *platforms.KNOWN,
    *edges.KNOWN,
    *clouds.KNOWN,
    *stores.KNOWN,
    *requests.KNOWN,
    *log_lines.KNOWN,
    *code.KNOWN,
)
"""In this order: of several that begin alike, the first that is sure."""
PROGRAMS = frozenset(
    {row.words.split()[0] for row in KNOWN} | {"flyctl", "docker", "ssh", "gh", "sudo", "systemctl"}
)
_ELSEWHERE = re.compile(
    r"(?:--(?:env|environment|context|target)[ =]|-e )(?:stag\w*|dev\w*|test\w*|preview|sandbox)\b",
    re.IGNORECASE,
)
_NOT_HERE = "it is done in another environment than production"
_OUTAGE = "no copy at all is an outage: copies are restarted, one at a time"
_FINISH_A_REVERT = ("git commit", "git push")


def understood(commands: Iterable[TypedCommand]) -> tuple[UnderstoodCommand, ...]:
    """Every command of one block, in its order."""
    found = [UnderstoodCommand(command, meaning_of(command)) for command in commands]
    for index, one in enumerate(found):
        found[index] = replace(one, meaning=_together(found[:index], one, found[index + 1 :]))
    return tuple(found)


def meaning_of(command: TypedCommand) -> CommandMeaning:
    """What one command becomes by itself."""
    command = _unwrapped(command)
    typed = Invocation(command)
    if not command.words:
        return public_variable(typed) or manual()
    for row in KNOWN:
        meaning = row.means(typed)
        if meaning is not None:
            return manual(_NOT_HERE) if _is_elsewhere(command, meaning) else meaning
    return manual()


def _is_elsewhere(command: TypedCommand, meaning: CommandMeaning) -> bool:
    tried = meaning.place is not None and meaning.place.is_for_trying
    return meaning.kind is MeaningKind.VERB and (tried or _ELSEWHERE.search(command.text) is not None)


def _unwrapped(command: TypedCommand) -> TypedCommand:
    """What is really run: in `$(…)`, or in the quotes of `watch`."""
    inner = inside(command)
    if inner is None and command.words[:1] == ("watch",):
        inner = within_quotes(command, command.words[-1])
    return inner or command


def _together(
    before: Sequence[UnderstoodCommand], one: UnderstoodCommand, after: Sequence[UnderstoodCommand]
) -> CommandMeaning:
    """What a command becomes beside those around it."""
    if _is_to_nothing(one) and any(_scales(other) for other in after):
        return CommandMeaning(MeaningKind.VERB, "restart", because=_OUTAGE, place=_place_of(after))
    if _scales(one) and any(_is_outage(other) for other in before):
        return CommandMeaning(MeaningKind.VERB, "restart", because=_OUTAGE, place=one.meaning.place)
    begun = next((other for other in before if other.meaning.because == code.SLOW), None)
    if begun and " ".join(one.command.words[:2]) in _FINISH_A_REVERT:
        return begun.meaning
    return one.meaning


def _place_of(after: Sequence[UnderstoodCommand]) -> ServicePlace | None:
    return next(other.meaning.place for other in after if _scales(other))


def _scales(one: UnderstoodCommand) -> bool:
    return one.meaning.uses == "scale" and "count" in one.meaning.arguments


def _is_to_nothing(one: UnderstoodCommand) -> bool:
    return one.meaning.kind is MeaningKind.MANUAL and one.meaning.because.startswith("no copy at all")


def _is_outage(other: UnderstoodCommand) -> bool:
    return other.meaning.because == _OUTAGE
