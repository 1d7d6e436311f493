"""Playbooks that say something else than was written: each has to fail in some world."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Pinned, PinnedOption, PinnedReading, PinnedStep
from stanch.model.severity_levels import SeverityWhen
from stanch.playbooks.unnoticed import Changed, HowChanged
from stanch.playbooks.worlds import Expectation
from stanch.policy import facts
from stanch.policy.conditions import Truth
from stanch.policy.fact_types import ValueType
from stanch.policy.templates import texts_in

_SAID = {
    Changed.OPTION: "`when` of",
    Changed.NOBODY_IF: "`nobody_if` of",
    Changed.SEVERITY: "`when` of severity",
    Changed.EVIDENCE: "evidence",
}
_TEXTS = {HowChanged.ALWAYS: "true", HowChanged.NEVER: "false"}
_CHANGES_NOTHING = {HowChanged.ALWAYS: Truth.TRUE, HowChanged.NEVER: Truth.FALSE}
_UNREAD = {"unread": ExpressionVariable(type=ValueType.STRING, path=("unread",))}
"""What nobody ever knows: a reading that asks for it is missing, as where a vendor does not answer."""


@dataclass(frozen=True)
class Mutation:
    """One condition or one piece of evidence of one scenario, made another."""

    playbook: str
    scenario: str
    kind: Changed
    name: str
    """Of the option, the containment, the severity or the evidence."""
    how: HowChanged
    texts: frozenset[str] = field(default=frozenset(), compare=False)
    """The conditions that come to something else by it; empty where it does not go by conditions alone."""
    does: frozenset[str] = field(default=frozenset(), compare=False)
    """What the options do that it is about, as worlds expect it."""
    silences: frozenset[str] = field(default=frozenset(), compare=False)
    """The evidence that nobody has because of it."""

    @property
    def says(self) -> str:
        """In a line for people."""
        return f"{self.playbook}, {self.scenario}: {_SAID[self.kind]} {self.name} is {self.how}"

    @property
    def document(self) -> dict[str, str]:
        """For machines, in the words of an explanation."""
        return {
            "playbook": self.playbook,
            "scenario": self.scenario,
            self.kind: self.name,
            "is": self.how,
        }

    def may_matter(self, heard: Mapping[str, frozenset[Truth]]) -> bool:
        """False where every condition came to the same in a world without it."""
        found = {truth for text in self.texts for truth in heard.get(text, ())}
        return not self.texts or bool(found - {_CHANGES_NOTHING.get(self.how)})

    def is_likely_noticed(self, expected: Expectation) -> bool:
        """Where a world expects what the option does, or that something else is done."""
        if self.kind is Changed.SEVERITY:
            return bool(expected.severity)
        is_done = not self.does.isdisjoint(_done(expected))
        return is_done is not (self.kind is Changed.OPTION and self.how is HowChanged.ALWAYS)

    def applied(self, pinned: Pinned) -> Pinned:
        """The scenario with this in it; others stay as they are."""
        if (pinned.playbook, pinned.scenario) != (self.playbook, self.scenario):
            return pinned
        match self.kind:
            case Changed.EVIDENCE:
                evidence = tuple(map(self._unread, pinned.evidence))
                variables = {**pinned.variables, **_UNREAD}
                return pinned.model_copy(update={"evidence": evidence, "variables": variables})
            case Changed.SEVERITY:
                levels = tuple(map(self._graded, pinned.severity_when))
                return pinned.model_copy(update={"severity_when": levels})
            case Changed.OPTION | Changed.NOBODY_IF:
                contain, options = (
                    tuple(map(self._changed, one)) for one in (pinned.contain, pinned.options)
                )
                return pinned.model_copy(update={"contain": contain, "options": options})

    def _unread(self, reading: PinnedReading) -> PinnedReading:
        if reading.name != self.name:
            return reading
        return reading.model_copy(update={"arguments": {"unread": "${unread}"}, "each": ()})

    def _graded(self, level: SeverityWhen) -> SeverityWhen:
        return level.model_copy(update={"when": _TEXTS[self.how]}) if level.label == self.name else level

    def _changed(self, option: PinnedOption) -> PinnedOption:
        if option.name != self.name:
            return option
        if self.kind is Changed.OPTION:
            return option.model_copy(update={"when": _TEXTS[self.how]})
        return option.model_copy(update={"steps": tuple(map(self._asked, option.steps))})

    def _asked(self, step: PinnedStep) -> PinnedStep:
        if not step.asking.nobody_if:
            return step
        asking = step.asking.model_copy(update={"nobody_if": _TEXTS[self.how]})
        return step.model_copy(update={"asking": asking})


def mutations_of(pinned: Pinned) -> Iterator[Mutation]:
    """Each that makes a difference to what is written."""
    of = partial(Mutation, pinned.playbook, pinned.scenario)
    both = (HowChanged.ALWAYS, HowChanged.NEVER)
    for level in pinned.severity_when:
        if level.when:
            yield from (of(Changed.SEVERITY, level.label, how, frozenset((level.when,))) for how in both)
    for option in (*pinned.contain, *pinned.options):
        does = frozenset(_does(option))
        texts = frozenset((option.when,)) - {""}
        yield from (
            of(Changed.OPTION, option.name, how, texts, does) for how in (both if texts else both[1:])
        )
        if asking := frozenset(step.asking.nobody_if for step in option.steps) - {""}:
            yield from (of(Changed.NOBODY_IF, option.name, how, asking, does) for how in both)
    for reading in pinned.evidence:
        yield from _unread(pinned, reading.name, of)


def _unread(pinned: Pinned, name: str, of: "partial[Mutation]") -> Iterator[Mutation]:
    """Nothing where no condition rests on it: then it is read for people."""
    options, silent = (*pinned.contain, *pinned.options), _silenced(pinned, name)
    resting = [option for option in options if _rest_on(pinned, silent, *_conditions(option))]
    levels = [level.when for level in pinned.severity_when if _rest_on(pinned, silent, level.when)]
    if not (resting or levels):
        return
    by_name = any(_rest_on(pinned, silent, *_choosing(option)) for option in resting)
    texts = {*levels, *(text for option in resting for text in _conditions(option))}
    does = frozenset(word for option in resting for word in _does(option))
    used = frozenset(text for text in texts if not by_name and _rest_on(pinned, silent, text))
    yield of(Changed.EVIDENCE, name, HowChanged.BLANK, used, does, silent)


def _silenced(pinned: Pinned, name: str) -> frozenset[str]:
    """It, and whatever is read by what it says."""
    found = frozenset({name})
    while more := {one.name for one in pinned.evidence if _rest_on(pinned, found, *_read_by(one))} - found:
        found |= more
    return found


def _read_by(reading: PinnedReading) -> Iterator[str]:
    return (text for text in texts_in(reading.arguments) if "${" in text)


def _rest_on(pinned: Pinned, names: frozenset[str], *texts: str) -> bool:
    return not names.isdisjoint(facts.evidence_in(pinned.variables, *texts))


def _conditions(option: PinnedOption) -> Iterator[str]:
    """Everything by which it is done or left, asked about or not."""
    yield option.when
    yield from (step.asking.nobody_if for step in option.steps)
    yield from _choosing(option)


def _choosing(option: PinnedOption) -> Iterator[str]:
    """What chooses among its steps."""
    yield from (step.chosen.by for step in option.steps if step.chosen)


def _does(option: PinnedOption) -> Iterator[str]:
    if option.hold:
        yield "hold"
    if option.manual:
        yield "by hand"
    yield from (step.called or step.uses.rpartition(".")[2] for step in option.steps)


def _done(expected: Expectation) -> Iterable[str]:
    """What is expected to be done, in the same words."""
    if expected.held:
        yield "hold"
    if expected.by_hand or expected.handed_over:
        yield "by hand"
    yield expected.cured_by
    yield from (one if isinstance(one, str) else next(iter(one)) for one in expected.changes)
