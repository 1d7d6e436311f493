"""Switches of the catalogue: verbs that wait for a value, and what each turns off."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from stanch.model.playbook import Chosen, PinnedStep
from stanch.model.service import Switch
from stanch.model.written import WrittenStep
from stanch.playbooks.arguments import Checking
from stanch.playbooks.context import Context
from stanch.playbooks.language import Language
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.steps import Doing, StepPinning, instead_of_verb
from stanch.policy.fact_types import ValueType

_VALUE = "value"
_RESTART = "restart"


@dataclass(frozen=True)
class SwitchPinning:
    """Pins what is turned off, turned on or set at one service."""

    steps: StepPinning

    def turned(self, written: WrittenStep, position: Position) -> Iterator[PinnedStep]:
        """The verb of the switch that is named, with its value, and what has to follow it."""
        way, name, here = _named(written, position)
        if "${" in name:
            yield from self._one_of(name, way, written, here)
            return
        switch = self._switches.get(name)
        if switch is None:
            service = self.steps.service
            instead = instead_of(name, self._switches) or f"Write it under switches: of services.{service}"
            here.wrong(f"{service} has no switch {name}", instead)
            return
        value = written.set.get(name) if way == "set" else getattr(switch, way)
        if value is None:
            here.wrong(f"{name} has no value for {way}", f"Write {way}: for it in stanch.yaml, or set: it")
            return
        called = f"{name} to {_said(value)}" if way == "set" else f"{name} {way}"
        yield from self._of(switch, _turning(switch, value, called), written, position)

    def _one_of(self, name: str, way: str, written: WrittenStep, position: Position) -> Iterator[PinnedStep]:
        """Every switch that can be turned so: which of them it is, the expression says when it is planned."""
        if way == "set":
            position.wrong("set: takes the name of a switch", "Name the switch")
            return
        template = self.steps.language.template(name, ValueType.STRING, position)
        by = template.text if template else name
        for called, switch in self._switches.items():
            value = getattr(switch, way)
            if value is not None:
                chosen = Chosen(by=by, of=(called, *switch.covers))
                doing = _turning(switch, value, f"{called} {way}", chosen)
                yield from self._of(switch, doing, written, position)

    def _of(
        self, switch: Switch, turning: Doing, written: WrittenStep, position: Position
    ) -> Iterator[PinnedStep]:
        after = f"{_RESTART} for {turning.called}"
        restart = Doing(_RESTART, switch.target, chosen=turning.chosen, follows=True, called=after)
        for doing in (turning, restart) if switch.then else (turning,):
            step = self.steps.pinned(doing, written, position)
            if step is not None:
                yield step

    @property
    def _switches(self) -> dict[str, Switch]:
        return self.steps.context.written(self.steps.service).switches


def _named(written: WrittenStep, position: Position) -> tuple[str, str, Position]:
    """Which way, which switch, and where that is written."""
    if written.turn_off:
        return "off", written.turn_off, position.at("turn_off")
    if written.turn_on:
        return "on", written.turn_on, position.at("turn_on")
    if len(written.set) != 1:
        position.at("set").wrong("sets several switches", "Write a step for each under steps:")
    name = next(iter(written.set))
    return "set", name, position.at("set", name)


def _turning(switch: Switch, value: JsonValue, called: str, chosen: Chosen | None = None) -> Doing:
    arguments = {**switch.with_, _VALUE: value}
    return Doing(switch.uses, switch.target, arguments, chosen, called, is_instant=not switch.then)


def _said(value: Any) -> str:
    match value:
        case {"at_least": least, **rest} if not rest:
            return f"at least {least}"
        case _:
            return str(value)


def check_switches(context: Context, service: str, position: Position) -> None:
    """Tell the position what is wrong with a service's switches."""
    covered: dict[str, str] = {}
    for name, switch in context.written(service).switches.items():
        here = position.at("switches", name)
        _check(context, switch, here)
        for index, what in enumerate(switch.covers):
            other = covered.setdefault(what, name)
            if other != name:
                here.at("covers", index).wrong(f"{other} covers {what} already", "Remove one of them")


def _check(context: Context, switch: Switch, position: Position) -> None:
    spec = context.catalogue.verbs.get(switch.uses)
    if spec is None:
        instead = instead_of_verb(switch.uses, context.catalogue)
        position.at("uses").wrong(f"there is no verb {switch.uses}", instead)
        return
    if _VALUE not in spec.arguments.model_fields:
        position.at("uses").wrong(f"{spec.name} takes no value", "Name a verb that sets one")
        return
    checking = Checking(spec.arguments, Language.of_service(), frozenset(context.team.secrets), spec.was)
    for way in ("on", "off"):
        value = getattr(switch, way)
        if value is not None:
            _check_value(checking, {**switch.with_, _VALUE: value}, way, position)


def _check_value(checking: Checking, arguments: dict[str, JsonValue], way: str, position: Position) -> None:
    """What is wrong with the value is said where the switch says it."""
    inner = Position(position.source, (*position.keys, "with"))
    checking.of(arguments, inner)
    for problem in inner.found:
        text = problem.text.replace(".with.value", f".{way}", 1)
        keys = (*position.keys, way) if text != problem.text else inner.keys
        line = position.source.location_of(keys).line
        position.found.append(type(problem)(problem.file, line, text))
