"""What is watched after a change: one reading's own word, or a condition over any evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import PinnedCheck, PinnedReading
from stanch.model.written import WrittenCheck
from stanch.playbooks.language import SERVICE, Language, head_of, words_of
from stanch.playbooks.pinned_evidence import EvidencePinning
from stanch.playbooks.pinned_readings import PROBE, AskedReading, ReadingPinning
from stanch.playbooks.position import Position
from stanch.policy import facts
from stanch.policy.conditions import ConditionError, MissingFact, names_used
from stanch.policy.expression_tree import split
from stanch.policy.templates import render_all, texts_in

_IT = "it"
_OFTENEST = timedelta(seconds=1)
_PACE = {"every", "stays_good_for", "samples", "settles_within", "bad_in_a_row"}


@dataclass(frozen=True)
class CheckPinning:
    """Pins the checks of one scenario."""

    evidence: EvidencePinning
    language: Language

    def checks(self, written: tuple[WrittenCheck, ...], position: Position) -> tuple[PinnedCheck, ...]:
        """Every check; a condition over several readings becomes one for each."""
        return tuple(
            pinned
            for index, check in enumerate(written)
            for pinned in self._checks(check, position.at(index))
        )

    def usual(self, position: Position) -> tuple[PinnedCheck, ...]:
        """A probe of the service's addresses, where there are some: watched where nothing is written."""
        context = self.evidence.context
        if not context.services[self.evidence.service].health or PROBE not in context.catalogue.readings:
            return ()
        return self.checks((WrittenCheck(uses=PROBE),), position)

    def _checks(self, written: WrittenCheck, position: Position) -> tuple[PinnedCheck, ...]:
        if written.every < _OFTENEST:
            position.at("every").wrong("a check looks at most once a second", "Write 1s or longer")
        pace = written.model_dump(include=_PACE)
        if not written.uses:
            for name in ("target", "with"):
                if ("with_" if name == "with" else name) in written.model_fields_set:
                    what = f"what is read stands under evidence:, so {name} means nothing here"
                    position.at(name).wrong(what, "Leave the line out, or write uses:")
            return self.over_evidence(written.good_when, pace, position.at("good_when"))
        one = self._of_reading(written, pace, position)
        return (one,) if one else ()

    def _of_reading(
        self, written: WrittenCheck, pace: Mapping[str, Any], position: Position
    ) -> PinnedCheck | None:
        context, service = self.evidence.context, self.evidence.service
        readings = ReadingPinning(context, service)
        spec = readings.spec(written.uses, position.at("uses"))
        if spec is None:
            return None
        if spec.everywhere:
            position.at("uses").wrong(f"{spec.name} is evidence; a check watches one thing")
            return None
        asked = AskedReading(_IT, spec, written.target, written.with_)
        own = self.language.apart()
        pinned = readings.pin(asked, own, position)
        self.language.names.update(own.names)
        # The vendor's own reading may say by itself what is good where the common one does not.
        used = context.catalogue.readings.get(pinned.uses, spec) if pinned else spec
        words = Language(words_of(spec.result, _IT, readings.filled(written.with_, spec)))
        good_when = written.good_when or spec.good_when or used.good_when
        if good_when:
            good_when = words.condition(good_when, position.at("good_when"))
        else:
            instead = f"Write good_when: with it.…, such as it.{next(iter(spec.result.model_fields), 'x')}"
            position.wrong(f"{spec.name} does not say by itself what is good", instead)
        if pinned is None:
            return None
        if pinned.each:
            position.at("target").wrong("a check watches one place", "Write a check for each of them")
            return None
        return PinnedCheck(
            uses=pinned.uses,
            target=pinned.target,
            arguments=self._settled(pinned.arguments, position.at("with")),
            good_when=good_when,
            variables=words.used,
            vantages=pinned.vantages,
            **pace,
        )

    def over_evidence(
        self, text: str, pace: Mapping[str, Any], position: Position, alert: str = ""
    ) -> tuple[PinnedCheck, ...]:
        """The checks that a condition over evidence amounts to: one for every reading it rests on."""
        before = len(position.found)
        own = self.language.apart()
        own.condition(text, position)
        if len(position.found) > before:
            return ()
        self.language.names.update(own.names)
        grouped: dict[tuple[str, ...], list[str]] = {}
        for conjunct in split(text, "&&"):
            heads = tuple(self._heads(conjunct))
            grouped.setdefault(heads, []).append(conjunct)
        pinned = (
            self._of_evidence(heads, _joined(parts), pace, position, alert)
            for heads, parts in grouped.items()
        )
        return tuple(check for check in pinned if check)

    def _heads(self, text: str) -> list[str]:
        heads = {head_of(name): None for name in sorted(names_used(text), key=text.find)}
        return [head for head in heads if head in self.evidence.specs or head in self.evidence.numbers]

    def _of_evidence(
        self, heads: tuple[str, ...], text: str, pace: Mapping[str, Any], position: Position, alert: str
    ) -> PinnedCheck | None:
        if not heads:
            position.wrong(f"`{text}` looks at nothing that is read", "Speak of evidence or of metrics")
            return None
        own = self.language.apart()
        good_when = own.condition(text, position)
        found = [self.evidence.reading(head, self.language, own.names) for head in heads]
        readings = [reading for reading in found if reading]
        if len(readings) < len(heads):
            return None
        if not _one_vendor(readings, position) or any(reading.each for reading in readings):
            return None
        first, *beside = readings
        return PinnedCheck(
            uses=first.uses,
            target=first.target,
            arguments=self._settled(first.arguments, position),
            good_when=good_when,
            variables={name: _as_it(variable, first.name) for name, variable in own.used.items()},
            beside=tuple(beside),
            vantages=first.vantages,
            alert=alert,
            **pace,
        )

    def _settled(self, arguments: dict[str, Any], position: Position) -> dict[str, Any]:
        """What only the service has to say is worked out while loading; the rest when the watch begins."""
        service = self.evidence.context.services[self.evidence.service]
        known = {
            "service.name": service.name,
            "service.target": service.target.name if service.target else None,
            "service.facts": service.facts,
        }
        try:
            settled = render_all(arguments, facts.declared(SERVICE), known)
        except ConditionError:
            return arguments
        except MissingFact as missing:
            position.wrong(str(missing), "Write it under facts: of the service in stanch.yaml")
            return arguments
        # What would be taken for an expression once more stays as it is written.
        return arguments if any("${" in text for text in texts_in(settled)) else settled


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else " && ".join(f"({part})" for part in parts)


def _one_vendor(readings: list[PinnedReading], position: Position) -> bool:
    vendors = dict.fromkeys(reading.uses.partition(".")[0] for reading in readings)
    if len(vendors) == 1:
        return True
    what = f"a check looks at one vendor at a time, and this looks at {' and '.join(vendors)}"
    position.wrong(what, "Write two checks, or join them with &&")
    return False


def _as_it(variable: ExpressionVariable, reading: str) -> ExpressionVariable:
    if variable.path[0] != reading:
        return variable
    return variable.model_copy(update={"path": (_IT, *variable.path[1:])})
