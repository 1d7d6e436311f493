"""What a scenario may do: containments, options, and what follows them, in the order in which they stand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from stanch.model.change import UndoKind
from stanch.model.playbook import Back, PinnedOption, PinnedStep
from stanch.model.written import WrittenContainment, WrittenOption, WrittenStep
from stanch.playbooks.language import Language
from stanch.playbooks.pinned_checks import CheckPinning
from stanch.playbooks.position import Position
from stanch.playbooks.sayings import Sayings
from stanch.playbooks.steps import LeftOut, StepPinning, refuse_waiting
from stanch.playbooks.switches import SwitchPinning

_OF_A_CHANGE = ("target", "with", "approval", "mode", "if_no_help", "revert_after")
_OF_ONE_VERB = ("target", "with")
_SHARED = ("approval", "mode", "if_no_help", "revert_after")
_MEANINGLESS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "hold": (_OF_A_CHANGE, "a hold changes nothing", "Leave the line out"),
    "manual": (_OF_A_CHANGE, "what people do is theirs", "Leave the line out"),
    "steps": (_OF_ONE_VERB, "each step has its own", "Move it into the steps"),
    "turn_off": (_OF_ONE_VERB, "a switch has its own", "Write it at the switch in stanch.yaml"),
    "turn_on": (_OF_ONE_VERB, "a switch has its own", "Write it at the switch in stanch.yaml"),
    "set": (_OF_ONE_VERB, "a switch has its own", "Write it at the switch in stanch.yaml"),
}

W = TypeVar("W", WrittenOption, WrittenContainment)


@dataclass(frozen=True)
class OptionPinning:
    """Pins what a scenario may do to its service."""

    steps: StepPinning
    checks: CheckPinning
    sayings: Sayings

    @property
    def _language(self) -> Language:
        return self.steps.language

    def options(self, written: Iterable[WrittenOption], position: Position) -> tuple[PinnedOption, ...]:
        """Every option in order, each under a name of its own."""
        listed = list(written)
        for index, option in enumerate(listed[:-1]):
            if option.hold and not option.when:
                position.at(index).wrong("this always holds, so what follows is never reached", "Write when:")
        return self._each(listed, self.option, position)

    def contained(
        self, written: Iterable[WrittenContainment], position: Position
    ) -> tuple[PinnedOption, ...]:
        """Every containment in order."""
        return self._each(list(written), self._containment, position)

    def _each(
        self, listed: list[W], pin: Callable[[str, W, Position], PinnedOption], position: Position
    ) -> tuple[PinnedOption, ...]:
        found = []
        for index, (name, written) in enumerate(zip(_names(listed, position), listed, strict=True)):
            here = position.at(index)
            try:
                found.append(pin(name, written, here))
            except LeftOut as none:
                here.remark(f"left out: {none}")
        return tuple(found)

    def option(self, name: str, written: WrittenOption, position: Position) -> PinnedOption:
        """One option; a LeftOut where the vendor has nothing of that kind."""
        when = self._language.condition(written.when, position.at("when"))
        refuse_fields(written, position)
        if written.page and not written.hold:
            position.at("page").wrong("calls somebody while a hold lasts, and this is none", "Leave it out")
        return PinnedOption(
            name=name,
            when=when,
            hold=self._language.told(written.hold, position.at("hold")),
            page=self.sayings.called(written.page, position.at("page")),
            steps=self.plan(written, written.steps, position),
            manual=self.sayings.items(written.manual, position.at("manual")),
            say=self.sayings.said(written.say, position.at("say")),
            checks=self.checks.checks(written.verify, position.at("verify")),
            then=tuple(self._afterwards(written.then, position.at("then"))),
        )

    def _containment(self, name: str, written: WrittenContainment, position: Position) -> PinnedOption:
        when = self._language.condition(written.when, position.at("when"))
        refuse_fields(written, position)
        if written.manual:
            position.at("manual").wrong("a containment is done at once, and people take their time")
        steps = self.plan(written, (), position)
        back = Back(written.back) if isinstance(written.back, str) else written.back
        for step in steps:
            if step.undo is UndoKind.NONE and back is not Back.STAYS:
                instead = "Contain with what can be taken back, or write back: stays"
                position.wrong(f"{step.uses} cannot be taken back", instead)
        say = self.sayings.said(written.say, position.at("say"))
        return PinnedOption(name=name, when=when, steps=steps, say=say, back=back)

    def _afterwards(self, written: Iterable[WrittenStep], position: Position) -> Iterator[PinnedOption]:
        for index, step in enumerate(written):
            here = position.at(index)
            refuse_fields(step, here)
            manual = self.sayings.items(step.manual, here.at("manual"))
            try:
                steps = self.plan(step, (), here)
            except LeftOut as none:
                here.remark(f"left out: {none}")
                continue
            yield PinnedOption(name=does(step), steps=steps, manual=manual)

    def plan(
        self, written: WrittenStep, several: tuple[WrittenStep, ...], position: Position
    ) -> tuple[PinnedStep, ...]:
        """The steps of one plan."""
        found = list(self._steps(written, position))
        for index, step in enumerate(several):
            here = position.at("steps", index)
            refuse_fields(step, here)
            if step.manual:
                here.at("manual").wrong(
                    "a plan is carried out at once, and people take their time", "Use then:"
                )
            found += self._steps(_inherited(step, written), here)
        steps = tuple(found)
        refuse_waiting(steps, self.steps.context.catalogue.verbs, position)
        return steps

    def _steps(self, written: WrittenStep, position: Position) -> Iterator[PinnedStep]:
        if written.uses:
            yield from self.steps.verbs(written, position)
        elif written.turn_off or written.turn_on or written.set:
            yield from SwitchPinning(self.steps).turned(written, position)


def refuse_fields(written: WrittenStep, position: Position) -> None:
    """Tell the position of keys that mean nothing beside what is done."""
    kind = written.kinds[0]
    fields, what, instead = _MEANINGLESS.get(kind, ((), "", ""))
    for name in fields:
        if ("with_" if name == "with" else name) in written.model_fields_set:
            position.at(name).wrong(f"{what}, so {name} means nothing here", instead)


def _inherited(step: WrittenStep, option: WrittenStep) -> WrittenStep:
    """What is written once for a plan of several steps holds for each that says nothing else."""
    shared = {name: getattr(option, name) for name in _SHARED if getattr(step, name) is None}
    return step.model_copy(update=shared)


def does(written: WrittenStep) -> str:
    """What is done, where it has no name."""
    if written.turn_off or written.turn_on:
        return f"{written.turn_off or written.turn_on} {'off' if written.turn_off else 'on'}"
    if written.set:
        return f"set {', '.join(written.set)}"
    if written.uses:
        return f"{written.uses} {', '.join(written.target)}".strip()
    if isinstance(written, WrittenOption) and written.steps:
        return " then ".join(map(does, written.steps))
    return "manual" if written.manual else "hold"


def _names(options: Sequence[WrittenOption | WrittenContainment], position: Position) -> list[str]:
    """The names as given, and for the others what they do, numbered where that is not unique."""
    given = [option.name for option in options if option.name]
    taken: set[str] = set(given)
    names = []
    for index, option in enumerate(options):
        if option.name and option.name in names:
            position.at(index, "name").wrong(
                f"another option is called {option.name}", "Give each its own name"
            )
        does_it = f"contain {does(option)}" if isinstance(option, WrittenContainment) else does(option)
        names.append(option.name or _unique(does_it, taken))
        taken.add(names[-1])
    return names


def _unique(name: str, taken: set[str]) -> str:
    numbered = name
    for number in range(2, len(taken) + 3):
        if numbered not in taken:
            return numbered
        numbered = f"{name}-{number}"
    return numbered
