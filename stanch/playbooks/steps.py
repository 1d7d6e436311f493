"""One thing that is done: a verb, by its vendor's name or by one that every vendor has, or a switch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from stanch.model.change import Target, UndoKind
from stanch.model.playbook import Asking, Chosen, PinnedStep
from stanch.model.verb import Approval, AutomationMode, Catalogue, NoHelp, VerbSpec
from stanch.model.written import WrittenStep
from stanch.playbooks.addresses import with_base
from stanch.playbooks.arguments import Checking
from stanch.playbooks.context import Context
from stanch.playbooks.language import CHANGE, Language, Vocabulary
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy.fact_types import ValueType

_ASKED = "${asked."


class LeftOut(Exception):
    """The vendor offers nothing of that kind, and never will: no mistake, but nothing that could be done."""


@dataclass(frozen=True)
class Doing:
    """One verb at one place, and what the playbook calls it."""

    uses: str
    target: str = ""
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)
    chosen: Chosen | None = None
    called: str = ""
    is_instant: bool = True
    """Nothing has to follow before it is so."""
    follows: bool = False
    """It is only there for what was done just before."""


@dataclass(frozen=True)
class StepPinning:
    """Pins what may be done to one service, in the language of its scenario's evidence."""

    context: Context
    service: str
    language: Language
    mode: AutomationMode
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The fixed choices of whoever opens the scenario."""

    def verbs(self, written: WrittenStep, position: Position) -> Iterator[PinnedStep]:
        """The verb that is written, once for every target; a LeftOut where one is offered by nobody there."""
        for doing in self._everywhere(written, position):
            step = self.pinned(doing, written, position)
            if step is not None:
                yield step

    def _everywhere(self, written: WrittenStep, position: Position) -> Iterator[Doing]:
        for index, name in enumerate(written.target or ("",)):
            if "${" not in name:
                called = self._called(written.uses, name)
                yield Doing(written.uses, name, written.with_, called=called)
                continue
            here = position.at("target", index)
            asked = name.strip().removeprefix(_ASKED).removesuffix("}")
            if not name.strip().startswith(_ASKED) or not self.inputs.get(asked):
                what = "a target is a service, a part, or ${asked.NAME} with a fixed choice"
                here.wrong(what, "Write asked: {NAME: {one_of: […]}} with the services")
                continue
            self.language.template(name, ValueType.STRING, here)
            for choice in self.inputs[asked]:
                chosen = Chosen(by=name, of=(choice,))
                yield Doing(written.uses, choice, written.with_, chosen, self._called(written.uses, choice))

    def _called(self, uses: str, target: str) -> str:
        """By a name without a vendor it is called so, with what it is done to."""
        return f"{uses} {target}".strip() if uses in self.context.catalogue.portable_verbs else ""

    def pinned(self, doing: Doing, written: WrittenStep, position: Position) -> PinnedStep | None:
        """One step, with everything the catalogue knows of its verb."""
        found = self._found(doing, position)
        if found is None:
            return None
        spec, target = found
        arguments = self._arguments(doing, spec, position)
        refuse_undoing(written, spec, position)
        asking = self._asking(written, spec, position)
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
            mode=(written.mode or self.mode).at_most(self.mode),
            if_no_help=written.if_no_help or spec.if_no_help,
            revert_after=written.revert_after,
            instant=spec.instant and doing.is_instant,
            chosen=doing.chosen,
            follows=doing.follows,
            called=doing.called,
        )

    def _found(self, doing: Doing, position: Position) -> tuple[VerbSpec, Target | None] | None:
        if doing.uses in self.context.catalogue.portable_verbs:
            return self._without_a_vendor(doing, position)
        spec = self._spec(doing.uses, position)
        if spec is None:
            return None
        return spec, self.context.target(spec.of, doing.target, self.service, position.at("target"))

    def _without_a_vendor(self, doing: Doing, position: Position) -> tuple[VerbSpec, Target] | None:
        """The verb of the provider that the service, or what is written as its target, runs on."""
        target = self.context.target("", doing.target, self.service, position.at("target"))
        if target is None:
            return None
        catalogue = self.context.catalogue
        spec = catalogue.verbs.get(f"{target.provider}.{doing.uses}")
        if spec is not None:
            return spec, target
        if why := catalogue.offers_none.get((target.provider, doing.uses)):
            raise LeftOut(f"{doing.uses} of {target.key}: {why}")
        names = (name for name in catalogue.verbs if name.startswith(f"{target.provider}."))
        known = instead_of("", names, kind="its verbs are")
        position.at("uses").wrong(f"{doing.uses} is not built for {target.provider}", known)
        return None

    def _arguments(self, doing: Doing, spec: VerbSpec, position: Position) -> dict[str, JsonValue]:
        about = doing.target or self.service
        about = self.context.written(self.service).parts.get(about, about)
        base = self.context.written(about).base if about in self.context.services else None
        here = position.at("with")
        arguments = with_base(doing.arguments, spec.arguments, base, about, here)
        secrets = frozenset(self.context.team.secrets)
        return Checking(spec.arguments, self.language, secrets, spec.was).of(arguments, here)

    def _asking(self, written: WrittenStep, spec: VerbSpec, position: Position) -> Asking:
        """As written, or as the verb wants it, and never automatic unless somebody wrote so."""
        asking = written.approval
        if asking is None:
            return Asking(who=spec.floor.at_least(Approval.ONE))
        here = position.at("approval")
        if asking.who.people < spec.floor.people:
            floor = f"{spec.name} always needs the approval of at least {spec.floor}"
            here.wrong(f"{asking.who} is too few: {floor}", f"Write approval: {spec.floor}")
        if asking.then == "proceed" and spec.floor is not Approval.NOBODY:
            here.at("then").wrong(
                f"{spec.name} never proceeds unasked: it needs the approval of {spec.floor}",
                "Write skip or escalate",
            )
        asked = self.language.wider(Vocabulary(CHANGE))
        nobody_if = asked.condition(asking.nobody_if, here.at("nobody_if"))
        return Asking(who=asking.who, nobody_if=nobody_if, within=asking.within, then=asking.then)

    def _owners(self, target: Target, position: Position) -> tuple[str, ...]:
        """Whose limits hold there; where nobody's do, nothing is changed."""
        owners = self.context.owners(target)
        if not owners:
            instead = "Write it under runs_on: or also_on: of a service, whose limits then hold"
            position.wrong(f"{target.key} belongs to no service of stanch.yaml", instead)
        return owners

    def _spec(self, uses: str, position: Position) -> VerbSpec | None:
        catalogue = self.context.catalogue
        spec = catalogue.verbs.get(uses)
        if spec is not None:
            return spec
        here, common = position.at("uses"), uses.rpartition(".")[2]
        if uses in catalogue.readings:
            here.wrong(f"{uses} only looks; an option changes something", "Move it to evidence:")
        elif common in catalogue.portable_verbs and uses.partition(".")[0] not in catalogue.targets:
            instead = f"Write {common}: it is the vendor's own where the service runs"
            here.wrong(f"there is no verb {uses}", instead)
        else:
            here.wrong(f"there is no verb {uses}", instead_of_verb(uses, catalogue))
        return None


def instead_of_verb(uses: str, catalogue: Catalogue) -> str:
    """What a verb is called today, or which is meant."""
    today = next((spec.name for spec in catalogue.verbs.values() if uses in spec.formerly), "")
    known = [*catalogue.verbs, *catalogue.portable_verbs]
    return f"It is called {today} now" if today else instead_of(uses, known, kind="verbs are")


def refuse_undoing(written: WrittenStep, spec: VerbSpec, position: Position) -> None:
    """Tell the position of a way back that the verb does not have."""
    if spec.undo is not UndoKind.NONE:
        return
    if written.revert_after is not None:
        position.at("revert_after").wrong(f"{spec.name} cannot be taken back", "Leave the line out")
    if written.if_no_help is NoHelp.UNDO:
        position.at("if_no_help").wrong(f"{spec.name} cannot be undone", "Write keep, or leave the line out")


def refuse_waiting(steps: tuple[PinnedStep, ...], verbs: Mapping[str, Any], position: Position) -> None:
    """Tell the position of a step that would wait for the health that only a later one brings."""
    for index, step in enumerate(steps):
        for later in steps[index + 1 :]:
            same = later.target.key == step.target.key
            if same and verbs[step.uses].awaits_health and verbs[later.uses].brings_health:
                what = f"{step.uses} waits until what it started is well, which only {later.uses} brings"
                position.at("steps", index).wrong(what, f"Write {later.uses} before it")
