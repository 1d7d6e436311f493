"""What a scenario may speak of, and of that what it does: only this is read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stanch.model.evidence import NamedBy
from stanch.model.playbook import PinnedReading
from stanch.model.verb import ReadingSpec
from stanch.model.written import WrittenReading
from stanch.playbooks.context import Context
from stanch.playbooks.language import RESERVED, Language, Vocabulary, can_be_named, head_of, words_of
from stanch.playbooks.numbers import METRICS, MeasuredNumber, numbers_of
from stanch.playbooks.pinned_readings import AskedReading, ReadingPinning
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of
from stanch.playbooks.yaml_source import YamlSource
from stanch.policy import facts

_IT = "it"


@dataclass(frozen=True)
class EvidencePinning:
    """The readings and numbers of one scenario for one service."""

    context: Context
    service: str
    written: Mapping[str, WrittenReading]
    position: Position
    own: Position | None = None
    """Where the reading stands that is called `it`, where there is one."""

    @cached_property
    def numbers(self) -> dict[str, MeasuredNumber | None]:
        """The service's numbers by the names that expressions call them by."""
        nowhere = Position(YamlSource(""))  # what is wrong with them is said of the catalogue
        found = numbers_of(self.context, self.service, nowhere)
        return {f"{METRICS}.{name}": number for name, number in found.items()}

    @cached_property
    def specs(self) -> dict[str, ReadingSpec | None]:
        """What is known of each reading; None where something is wrong with it."""
        return {
            name: self._readings.spec(reading.uses, self._at(name).at("uses"))
            if name == _IT or _is_name(name, self._at(name))
            else None
            for name, reading in self.written.items()
        }

    @cached_property
    def words(self) -> Vocabulary:
        """Everything that may be said of them."""
        wrong = (name for name, known in (*self.specs.items(), *self.numbers.items()) if known is None)
        words = Vocabulary(
            unread=frozenset(wrong), numbers=[name.removeprefix("metrics.") for name in self.numbers]
        )
        for name, spec in self.specs.items():
            if spec is not None:
                asked = self._readings.filled(self.written[name].with_, spec)
                _refuse_taken(spec, asked, self._at(name).at("with"))
                words = words.and_(words_of(spec.result, name, asked))
        for number in self.numbers.values():
            if number is not None:
                words = words.and_(Vocabulary(number.variables, number.shares))
        return words

    def reading(self, head: str, language: Language, names: Iterable[str] = ()) -> PinnedReading | None:
        """One of them, pinned; of a number what these names ask of it; None where it is wrong or left out."""
        if head.startswith(f"{METRICS}."):
            number = self.numbers.get(head)
            return number.asked(set(names), self.position) if number else None
        spec, written = self.specs.get(head), self.written.get(head)
        if spec is None or written is None:
            return None
        asked = AskedReading(head, spec, written.target, written.with_, written.within)
        own = language.apart()
        pinned = self._readings.pin(asked, own, self._at(head))
        language.names.update(own.names)
        after = {head_of(name) for name in own.names if self._is_read(head_of(name))}
        return pinned.model_copy(update={"after": tuple(sorted(after))}) if pinned else None

    def _at(self, name: str) -> Position:
        return self.own if self.own and name == _IT else self.position.at(name)

    def pinned(
        self, language: Language, look_at: Iterable[str], position: Position
    ) -> tuple[tuple[PinnedReading, ...], tuple[str, ...]]:
        """All that is spoken of or looked at, in the order in which it is read, and what is looked at."""
        seen = {head_of(name): None for name in self._looked_at(look_at, position)}
        spoken = self.spoken_by(language)
        found: dict[str, PinnedReading] = {}
        waiting = [*spoken, *seen]
        while waiting:
            head = waiting.pop(0)
            if head in found:
                continue
            reading = self.reading(head, language, language.names)
            if reading is not None:
                found[head] = reading
                waiting += reading.after
        self._refuse_lists(found, self.spoken_by(language))
        self._remark_untold(found, language)
        for name in self.written:
            if name not in found and not self._at(name).is_default:
                self._look_over(name, language.apart())
        return self._in_order(found), tuple(name for name in seen if name in found)

    def spoken_by(self, language: Language) -> list[str]:
        """The readings that expressions have spoken of, in the order in which they are written."""
        heads = {head_of(name) for name in language.names}
        return [name for name in (*self.written, *self.numbers) if name in heads]

    def _look_over(self, name: str, language: Language) -> None:
        """What is wrong with a reading is said though nobody speaks of it."""
        before = len(self.position.found)
        self.reading(name, language)
        if len(self.position.found) == before:
            self.position.at(name).remark("nothing speaks of this evidence, so it is not read")

    def _remark_untold(self, found: Mapping[str, PinnedReading], language: Language) -> None:
        """Say what this vendor never tells: what rests on it alone is passed over every time."""
        for name in sorted(language.names):
            head, _, fact = name.partition(".")
            reading = found.get(head)
            spec = self.context.catalogue.readings.get(reading.uses) if reading else None
            if spec and fact in spec.leaves_out:
                why = f"{spec.name} does not tell it, so what rests on it cannot be decided"
                self._at(head).remark(f"{name} is never known here: {why}")

    def _is_read(self, head: str) -> bool:
        return head in self.written or head in self.numbers

    def _looked_at(self, names: Iterable[str], position: Position) -> Iterator[str]:
        for index, name in enumerate(names):
            if self._is_read(head_of(name)):
                yield name
                continue
            known = (*self.written, *self.numbers)
            position.at(index).wrong(f"there is no evidence {name}", instead_of(name, known))

    def _refuse_lists(self, found: Mapping[str, PinnedReading], spoken: Iterable[str]) -> None:
        """Several places can be looked at; a condition speaks of one."""
        for name in spoken:
            spec = self.specs.get(name)
            if name in found and found[name].each and spec and not spec.everywhere:
                what = f"a condition speaks of one place, and {spec.name} is asked of several here"
                self.position.at(name, "target").wrong(what, "Write evidence for each of them")

    def _in_order(self, found: Mapping[str, PinnedReading]) -> tuple[PinnedReading, ...]:
        ordered: dict[str, PinnedReading] = {}
        left = dict(found)
        while left:
            ready = [name for name, one in left.items() if not set(one.after) & left.keys()]
            if not ready:
                circle = " → ".join(left)
                self.position.at(next(iter(left))).wrong(
                    f"these wait for each other: {circle}", "Cut the circle"
                )
                return tuple(found.values())
            ordered |= {name: left.pop(name) for name in ready}
        return tuple(ordered.values())

    @cached_property
    def _readings(self) -> ReadingPinning:
        return ReadingPinning(self.context, self.service)


def _refuse_taken(spec: ReadingSpec, asked: Mapping[str, Any], position: Position) -> None:
    """Tell the position of a name that is chosen for a fact, and is one of the reading's own."""
    for mark in (mark for info in spec.result.model_fields.values() for mark in info.metadata):
        if isinstance(mark, NamedBy) and mark.directly:
            for key in facts.names_in(asked.get(mark.argument)):
                if key in spec.result.model_fields:
                    where = position.at(mark.argument, key)
                    where.wrong(f"{spec.name} has a fact of this name", "Choose another")


def _is_name(name: str, position: Position) -> bool:
    if name not in RESERVED and can_be_named(name):
        return True
    taken = "is taken" if name in RESERVED else "is no name that an expression can say"
    position.wrong(f"{name} {taken}", "Name evidence with letters, digits and _, such as release")
    return False
