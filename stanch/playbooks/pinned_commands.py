"""Jobs that people ask for by name: verbs under the same limits as in an incident, or readings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stanch.model.alert import Severity
from stanch.model.pinned_alert import PinnedCommand
from stanch.model.playbook import OF_COMMANDS, Pinned, PinnedCheck, PinnedOption, PinnedReading
from stanch.model.verb import AutomationMode
from stanch.model.written_playbook import WrittenCommand, WrittenPlaybook
from stanch.playbooks.asked_inputs import asked_words, choices
from stanch.playbooks.context import Context
from stanch.playbooks.language import ALWAYS, INCIDENT, Language, Vocabulary
from stanch.playbooks.options import OptionPinning, refuse_fields
from stanch.playbooks.pinned_evidence import EvidencePinning
from stanch.playbooks.pinned_readings import AskedReading, ReadingPinning
from stanch.playbooks.position import Position
from stanch.playbooks.resolve import doing, meaning_of, touched
from stanch.playbooks.steps import LeftOut


@dataclass(frozen=True)
class CommandPinning:
    """Pins the commands of one playbook."""

    playbook: WrittenPlaybook
    context: Context

    def commands(self, position: Position) -> Iterator[PinnedCommand]:
        """Every command that is right; what the vendor has nothing for is left out and said."""
        for name, written in self.playbook.commands.items():
            here = position.at("commands", name)
            try:
                command = self._command(name, written, here)
            except LeftOut as none:
                here.remark(f"left out: {none}")
                continue
            if command is not None:
                yield command

    def _command(self, name: str, written: WrittenCommand, position: Position) -> PinnedCommand | None:
        service = self._service(written, position)
        if not service:
            return None
        if not written.steps:
            refuse_fields(written, position)
        inputs = choices(written.asked, ())
        evidence = EvidencePinning(self.context, service, {}, position)
        language = (
            Language(Vocabulary({**ALWAYS, **INCIDENT})).wider(asked_words(inputs)).wider(evidence.words)
        )
        option: PinnedOption | None = None
        readings: tuple[PinnedReading, ...] = ()
        if written.uses and written.uses in self.context.catalogue.readings:
            readings = tuple(self._readings(name, written, service, language, position))
        else:
            option = self._option(name, written, doing(evidence, language, self._mode, inputs), position)
        return PinnedCommand(
            name=name,
            service=self.context.services[service],
            option=option,
            readings=readings,
            variables=language.used,
            inputs=inputs,
            limits=self.context.limits(touched(service, (option,) if option else (), self.context)),
            freezes=self.context.team.freezes,
        )

    @property
    def _mode(self) -> AutomationMode:
        """A person asks for it: it is done in a team that only watches too, once somebody has said yes."""
        mode = self.context.team.mode
        return AutomationMode.APPROVE if mode is AutomationMode.SHADOW else mode

    def _service(self, written: WrittenCommand, position: Position) -> str:
        """Whose job it is: that of the scenarios, or the first that is written as its target."""
        named = [*self.playbook.defaults.service, *(name for name in written.target if "${" not in name)]
        known = [name for name in named if name in self.context.services]
        if not known:
            position.wrong("is no service's job", "Write target: SERVICE, or service: under defaults:")
        return known[0] if known else ""

    def _option(
        self, name: str, written: WrittenCommand, does: OptionPinning, position: Position
    ) -> PinnedOption:
        several = written.steps
        if several and written.target:
            several = tuple(
                step.model_copy(update={"target": step.target or written.target}) for step in several
            )
        steps = does.plan(written, several, position)
        manual = does.sayings.items(written.manual, position.at("manual"))
        return PinnedOption(name=name, steps=steps, manual=manual)

    def _readings(
        self,
        name: str,
        written: WrittenCommand,
        service: str,
        language: Language,
        position: Position,
    ) -> Iterator[PinnedReading]:
        """What is read, once for every choice of where."""
        readings = ReadingPinning(self.context, service)
        spec = readings.spec(written.uses, position.at("uses"))
        fixed = {f"${{asked.{one.name}}}": one.one_of for one in choices(written.asked, ())}
        targets = [choice for named in written.target for choice in fixed.get(named.strip(), (named,))]
        if spec is None:
            return
        for target in targets or [""]:
            called = f"{name} of {target}" if target else name
            asked = AskedReading(called, spec, (target,) if target else (), written.with_)
            pinned = readings.pin(asked, language, position)
            if pinned is not None:
                yield pinned


def carried_out(command: PinnedCommand, checks: tuple[PinnedCheck, ...], common: Mapping[str, Any]) -> Pinned:
    """A command as the incident runs by it that it is carried out in."""
    pinned = Pinned(
        playbook=OF_COMMANDS,
        scenario=command.name,
        hash="",
        severity=Severity.LOW,
        mode=AutomationMode.APPROVE,
        service=command.service,
        limits=command.limits,
        evidence=command.readings,
        look_at=tuple(reading.name for reading in command.readings),
        options=(command.option,) if command.option else (),
        checks=checks,
        variables={**ALWAYS, **command.variables},
        watch_for=timedelta(0),
        freezes=command.freezes,
        asked=command.asked,
        **common,
    )
    return pinned.model_copy(update={"hash": meaning_of(pinned)})
