"""Alerts that Stanch raises by itself: their conditions, and the checks by which they end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from stanch.model.pinned_alert import PinnedAlert
from stanch.model.playbook import PinnedCheck
from stanch.model.written import WrittenCheck, WrittenReading
from stanch.model.written_playbook import WrittenAlert, WrittenPlaybook
from stanch.playbooks.context import Context
from stanch.playbooks.language import SERVICE, Language, Vocabulary
from stanch.playbooks.levels import Levels
from stanch.playbooks.pinned_checks import CheckPinning
from stanch.playbooks.pinned_evidence import EvidencePinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.policy.expression_tree import split

_IT = "it"
_PACE = {"every", "stays_good_for", "samples", "settles_within", "bad_in_a_row"}


@dataclass(frozen=True)
class MeasuredAlerts:
    """The alerts of one playbook."""

    playbook: WrittenPlaybook
    context: Context
    position: Position

    def pinned(self, levels: Levels) -> Iterator[PinnedAlert]:
        """Every alert for every service that it is measured at."""
        for name, written in self.playbook.alerts.items():
            here = self.position.at("alerts", name)
            for label in written.fires:
                levels.refuse_unknown(label, here.at("fires", label))
            for service in self._services(written, here):
                yield self._alert(name, service, written, here)

    def _services(self, written: WrittenAlert, position: Position) -> Iterator[str]:
        named = written.service or self.playbook.defaults.service
        if not named:
            position.wrong("says of no service", "Write service: here, or under defaults:")
        for name in named:
            if name in self.context.services:
                yield name
            elif written.service:
                instead = instead_of(name, self.context.services, kind="services are")
                position.at("service").wrong(f"there is no service {name}", instead)

    def _alert(self, name: str, service: str, written: WrittenAlert, position: Position) -> PinnedAlert:
        evidence, language = self._spoken(service, written, position)
        fires = tuple(
            (label, language.condition(condition, where))
            for label, condition, where in _conditions(written, position)
        )
        readings, _ = evidence.pinned(language, (), position)
        return PinnedAlert(
            name=name,
            service=service,
            fires=fires,
            readings=readings,
            variables=language.used,
            every=written.every,
            lasts=written.for_,
        )

    def _spoken(
        self, service: str, written: WrittenAlert, position: Position
    ) -> tuple[EvidencePinning, Language]:
        """What an alert may speak of: numbers, the evidence of all scenarios, and what it reads itself."""
        readings: Mapping[str, WrittenReading] = self.playbook.defaults.evidence
        evidence = EvidencePinning(self.context, service, readings, position.root.at("defaults", "evidence"))
        if written.uses:
            own = WrittenReading.model_validate({"uses": written.uses, "with": written.with_})
            evidence = replace(evidence, written={**readings, _IT: own}, own=position)
        return evidence, Language(Vocabulary(SERVICE)).wider(evidence.words)

    def checks(self, names: tuple[str, ...], service: str) -> Iterator[PinnedCheck]:
        """By what each of these alerts ends; what cannot be watched so is said."""
        for name in names:
            written = self.playbook.alerts.get(name)
            if written is not None:
                yield from self._checks(name, service, written, self.position.at("alerts", name))

    def _checks(
        self, name: str, service: str, written: WrittenAlert, position: Position
    ) -> Iterator[PinnedCheck]:
        quiet = replace(position, found=[], remarks=[])
        evidence, language = self._spoken(service, written, quiet)
        conditions = [condition for _, condition, _ in _conditions(written, position)]
        parts = [part for condition in conditions for part in split(condition, "||")]
        good_when = " && ".join(f"!({part})" for part in dict.fromkeys(parts))
        pace = WrittenCheck(uses=_IT).model_dump(include=_PACE) | {"every": written.every}
        if written.for_ > timedelta(0):
            pace["stays_good_for"] = written.for_
        found = CheckPinning(evidence, language).over_evidence(good_when, pace, quiet, name)
        if quiet.found or not found:
            said = quiet.found[0].text.partition(". ")[0] if quiet.found else "nothing of it can be read"
            why = said.removeprefix(f"{position.field}: ")
            position.remark(
                f"no check of {service} can see that this is over: {why}. "
                "Measure what one vendor tells, and leave the rest to the when: of an option"
            )
        yield from found

    @cached_property
    def opened(self) -> set[str]:
        """The alerts that some scenario opens on."""
        return {name for entry in self.playbook.scenarios.values() for name in entry.opens_on.alert}

    def remark_unopened(self) -> None:
        """Say which alerts open nothing."""
        for name in self.playbook.alerts:
            if name not in self.opened:
                self.position.at("alerts", name).remark("opens no scenario: it is told, and nothing is done")


def _conditions(written: WrittenAlert, position: Position) -> Iterator[tuple[str, str, Position]]:
    if written.when:
        yield "", written.when, position.at("when")
    for label, condition in written.fires.items():
        yield label, condition, position.at("fires", label)
