"""What a scenario may do: its options, and the steps that each consists of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from stanch.model.change import Target, UndoKind
from stanch.model.playbook import Asking, PinnedOption, PinnedStep
from stanch.model.verb import Approval, AutomationMode, NoHelp, VerbSpec
from stanch.model.written import WrittenOption, WrittenStep
from stanch.playbooks.arguments import Checking
from stanch.playbooks.context import Context
from stanch.playbooks.language import Language
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of

_OF_A_STEP = ("target", "with", "approval", "mode", "if_no_help", "revert_after")
_OF_ONE_STEP = ("target", "with")


@dataclass(frozen=True)
class StepPinning:
    """Pins what may be done to one service, in the language of its scenario's evidence."""

    context: Context
    service: str
    language: Language
    mode: AutomationMode

    def options(self, written: Iterable[WrittenOption], position: Position) -> tuple[PinnedOption, ...]:
        """Every option in order, each under a name of its own."""
        listed = list(written)
        names = _names(listed, position)
        for index, option in enumerate(listed[:-1]):
            if option.hold and not option.when:
                position.at(index).wrong("this always holds, so what follows is never reached", "Write when:")
        return tuple(
            self._option(name, option, position.at(index))
            for index, (name, option) in enumerate(zip(names, listed, strict=True))
        )

    def _option(self, name: str, written: WrittenOption, position: Position) -> PinnedOption:
        if written.when:
            self.language.condition(written.when, position.at("when"))
        self.language.told(written.hold, position.at("hold"))
        if written.uses:
            steps: tuple[PinnedStep | None, ...] = (self.step(written, position),)
        else:
            _refuse_fields(written, _OF_A_STEP if written.hold else _OF_ONE_STEP, position)
            steps = tuple(
                self.step(_inherited(step, written), position.at("steps", index))
                for index, step in enumerate(written.steps)
            )
        whole = tuple(step for step in steps if step)
        self._refuse_waiting(whole, position)
        return PinnedOption(name=name, when=written.when, hold=written.hold, steps=whole)

    def step(self, written: WrittenStep, position: Position) -> PinnedStep | None:
        """One verb, with everything the catalogue knows of it."""
        spec = self._spec(written.uses, position)
        if spec is None:
            return None
        arguments: dict[str, JsonValue] = dict(written.with_)
        secrets = frozenset(self.context.team.secrets)
        Checking(spec.arguments, self.language, secrets, spec.was).of(arguments, position.at("with"))
        _refuse_undoing(written, spec, position)
        asking = _asking(written, spec, position)
        target = self.context.target(spec.of, written.target, self.service, position.at("target"))
        if target is None:
            return None
        return PinnedStep(
            uses=spec.name,
            target=target,
            services=self._owners(target, position.at("target")),
            page=self.context.page(spec.of or target.provider),
            kind=spec.kind,
            undo=spec.undo,
            arguments=arguments,
            was=dict(spec.was),
            asking=asking,
            floor=spec.floor,
            mode=written.mode or self.mode,
            if_no_help=written.if_no_help or spec.if_no_help,
            revert_after=written.revert_after,
        )

    def _refuse_waiting(self, steps: tuple[PinnedStep, ...], position: Position) -> None:
        """Tell the position of a step that would wait for the health that only a later one brings."""
        verbs = self.context.catalogue.verbs
        for index, step in enumerate(steps):
            for later in steps[index + 1 :]:
                same = later.target.key == step.target.key
                if same and verbs[step.uses].awaits_health and verbs[later.uses].brings_health:
                    what = f"{step.uses} waits until what it started is well, which only {later.uses} brings"
                    position.at("steps", index).wrong(what, f"Write {later.uses} before it")

    def _owners(self, target: Target, position: Position) -> tuple[str, ...]:
        """Whose limits hold there; where nobody's do, nothing is changed."""
        owners = self.context.owners(target)
        if not owners:
            instead = "Write it under runs_on: or also_on: of a service, whose limits then hold"
            position.wrong(f"{target.key} belongs to no service of stanch.yaml", instead)
        return owners

    def _spec(self, uses: str, position: Position) -> VerbSpec | None:
        spec = self.context.catalogue.verbs.get(uses)
        if spec is not None:
            return spec
        if uses in self.context.catalogue.readings:
            position.at("uses").wrong(
                f"{uses} only looks; an option changes something", "Move it to evidence:"
            )
        else:
            position.at("uses").wrong(f"there is no verb {uses}", self._instead_of(uses))
        return None

    def _instead_of(self, uses: str) -> str:
        verbs = self.context.catalogue.verbs
        today = next((spec.name for spec in verbs.values() if uses in spec.formerly), "")
        return f"It is called {today} now" if today else instead_of(uses, verbs, kind="verbs are")


def _asking(written: WrittenStep, spec: VerbSpec, position: Position) -> Asking:
    """As written, or as the verb wants it, and never automatic unless somebody wrote so."""
    asking = written.approval
    if asking is None:
        return Asking(who=spec.floor.at_least(Approval.ONE))
    if asking.who.people < spec.floor.people:
        floor = f"{spec.name} always needs the approval of at least {spec.floor}"
        position.at("approval").wrong(f"{asking.who} is too few: {floor}", f"Write approval: {spec.floor}")
    if asking.then == "proceed" and spec.floor is not Approval.NOBODY:
        position.at("approval", "then").wrong(
            f"{spec.name} never proceeds unasked: it needs the approval of {spec.floor}",
            "Write skip or escalate",
        )
    return asking


def _refuse_undoing(written: WrittenStep, spec: VerbSpec, position: Position) -> None:
    if spec.undo is not UndoKind.NONE:
        return
    if written.revert_after is not None:
        position.at("revert_after").wrong(f"{spec.name} cannot be taken back", "Leave the line out")
    if written.if_no_help is NoHelp.UNDO:
        position.at("if_no_help").wrong(f"{spec.name} cannot be undone", "Write keep, or leave the line out")


def _refuse_fields(option: WrittenOption, fields: Iterable[str], position: Position) -> None:
    what = "a hold changes nothing" if option.hold else "each step has its own"
    for name in fields:
        if ("with_" if name == "with" else name) in option.model_fields_set:
            instead = "Leave the line out" if option.hold else "Move it into the steps"
            position.at(name).wrong(f"{what}, so {name} means nothing here", instead)


def _inherited(step: WrittenStep, option: WrittenOption) -> WrittenStep:
    """What is written once for a plan of several steps holds for each that says nothing else."""
    shared: Mapping[str, object] = {
        name: getattr(option, name)
        for name in ("approval", "mode", "if_no_help", "revert_after")
        if getattr(step, name) is None
    }
    return step.model_copy(update=dict(shared))


def _names(options: list[WrittenOption], position: Position) -> list[str]:
    """The names as given, and for the others what they do, numbered where that is not unique."""
    given = [option.name for option in options if option.name]
    taken: set[str] = set(given)
    names = []
    for index, option in enumerate(options):
        if option.name and option.name in names:
            position.at(index, "name").wrong(
                f"another option is called {option.name}", "Give each its own name"
            )
        does = option.uses or " then ".join(step.uses for step in option.steps) or "hold"
        names.append(option.name or _unique(does, taken))
        taken.add(names[-1])
    return names


def _unique(name: str, taken: set[str]) -> str:
    numbered = name
    for number in range(2, len(taken) + 3):
        if numbered not in taken:
            return numbered
        numbered = f"{name}-{number}"
    return numbered
