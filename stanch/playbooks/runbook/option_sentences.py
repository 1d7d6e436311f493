"""What is done, as sentences: when X, do Y, ask Z."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stanch.model.change import UndoKind
from stanch.model.playbook import Announcement, Asking, Back, PinnedCheck, PinnedOption, PinnedStep
from stanch.model.severity_levels import ManualItem
from stanch.model.verb import Approval, Catalogue, NoHelp
from stanch.plain import lasting
from stanch.playbooks.runbook.runbook_page import RunbookLine
from stanch.policy import approving, change_text
from stanch.policy.condition_words import in_words

Typed = Callable[[PinnedStep], Sequence[str]]
"""The commands of a step that can be known before it is planned."""

_ASKED = {
    Approval.NOBODY: "ask nobody",
    Approval.ONE: "ask one person",
    Approval.TWO: "ask two different people",
}
_LATE = {"proceed": "do it all the same", "skip": "try the next option", "escalate": "call the next in line"}
_UNDONE = {
    NoHelp.UNDO: "put it back",
    NoHelp.KEEP: "leave it as it is",
}
_WAY_BACK = {
    UndoKind.RESTORES: "the way back puts back exactly what was",
    UndoKind.COMPENSATES: "the way back makes up for it, and puts back not everything",
    UndoKind.NONE: "there is no way back",
}


@dataclass(frozen=True)
class OptionSentences:
    """Words what a scenario does."""

    catalogue: Catalogue
    typed: Typed

    def option(self, option: PinnedOption) -> RunbookLine:
        """An option, or what follows one."""
        when = f"When {in_words(option.when)}, " if option.when else ""
        sentence = f"{when}{self._does(option)}"
        below = (
            *self._steps(option),
            *_called(option),
            *_told(option.say),
            *(RunbookLine(f"It has worked when {check_words(check)}") for check in option.checks),
            *self._afterwards(option),
        )
        manual = manual_lines(option.manual)
        return RunbookLine(f"**{option.name}**: {sentence}", below=(*manual, *below))

    def containment(self, option: PinnedOption) -> RunbookLine:
        """What is held back first, and how that goes back."""
        line = self.option(option)
        return RunbookLine(line.text, line.commands, (*line.below, RunbookLine(_goes_back(option.back))))

    def _does(self, option: PinnedOption) -> str:
        if option.hold:
            return f"change nothing: {option.hold}"
        if option.manual:
            return "do by hand:"
        done = ", then ".join(map(step_words, option.steps))
        asked = "; ".join(dict.fromkeys(asking_words(step) for step in option.steps))
        return f"do {done}; {asked}."

    def _steps(self, option: PinnedOption) -> Iterator[RunbookLine]:
        for step in option.steps:
            spec = self.catalogue.verbs[step.uses]
            below = [
                *spec.effects,
                f"{_WAY_BACK[step.undo]}; if it does not help: {_UNDONE[step.if_no_help]}",
            ]
            if step.revert_after:
                below.append(f"put it back after {lasting(step.revert_after)}")
            if step.chosen:
                below.append(f"only where `{step.chosen.by}` is {' or '.join(step.chosen.of)}")
            lines = tuple(RunbookLine(text) for text in below)
            yield RunbookLine(f"`{step.uses}`: {spec.says}", tuple(self.typed(step)), lines)

    def _afterwards(self, option: PinnedOption) -> Iterator[RunbookLine]:
        if option.then:
            yield RunbookLine("Once it has worked:", below=tuple(map(self.option, option.then)))


def step_words(step: PinnedStep) -> str:
    """`purchases off (cloudflare.set_flag of cloudflare:shop, key checkout, value false)`."""
    real = ", ".join((f"`{step.uses}` of `{step.target.key}`", *arguments_words(step.arguments)))
    return f"{step.called} ({real})" if step.called else real


def arguments_words(arguments: Mapping[str, Any]) -> Iterator[str]:
    """Each argument with its value; a secret is its name."""
    for name, value in arguments.items():
        match value:
            case {"secret": str() as secret}:
                yield f"{name} the secret {secret}"
            case {**texts} if texts and all(isinstance(text, str) for text in texts.values()):
                each = (f"{key} `{change_text.value(text)}`" for key, text in texts.items())
                yield f"{name} {', '.join(each)}"
            case [str(), *_]:
                yield f"{name} {', '.join(f'`{change_text.value(item)}`' for item in value)}"
            case _:
                yield f"{name} `{change_text.value(value)}`"


def asking_words(step: PinnedStep) -> str:
    """Who is asked, and what happens where nobody answers."""
    asking, who = step.asking, approving.needed(step)
    if who is Approval.NOBODY:
        return _ASKED[who]
    unless = _unless(step, asking)
    return f"{_ASKED[who]}{unless}, and after {lasting(asking.within)} without an answer {_LATE[asking.then]}"


def _unless(step: PinnedStep, asking: Asking) -> str:
    """When fewer are asked, as far as mode and floor let that be."""
    least = approving.needed(step, unasked=True)
    if not asking.nobody_if or least is approving.needed(step):
        return ""
    return f" ({_ASKED[least].removeprefix('ask ')} if {in_words(asking.nobody_if)})"


def check_words(check: PinnedCheck) -> str:
    """What is looked at, for how long it has to be good."""
    good = in_words(check.good_when).replace("`it`", "it")
    if check.alert:
        said = f"`{check.alert}` has ended: {good}"
    else:
        of = f" of `{check.target.key}`" if check.target else ""
        asked = "".join(f", {words}" for words in arguments_words(check.arguments))
        said = f"`{check.uses}`{of}{asked} is good: {good}"
    return f"{said} (every {lasting(check.every)}, for {lasting(check.stays_good_for)})"


def manual_lines(items: Iterable[ManualItem]) -> tuple[RunbookLine, ...]:
    """What people do, each with its command."""
    return tuple(RunbookLine(f"☐ {item.do}", (item.type,) if item.type else ()) for item in items)


def said_words(saying: Announcement) -> str:
    """What is told where."""
    where = f"say in {saying.channel}" if saying.channel else "say"
    return f"{where}: " + (f"the message `{saying.message}`" if saying.message else saying.text)


def _told(sayings: Iterable[Announcement]) -> Iterator[RunbookLine]:
    yield from (RunbookLine(said_words(saying)) for saying in sayings)


def _called(option: PinnedOption) -> Iterator[RunbookLine]:
    if option.page:
        yield RunbookLine(f"call {', '.join(option.page)}")


def _goes_back(back: Back | timedelta | None) -> str:
    match back:
        case timedelta():
            return f"It goes back after {lasting(back)}"
        case Back.STAYS:
            return "It stays"
        case Back.ASK | None:
            return "It goes back once the cause is gone; ask one person first"
