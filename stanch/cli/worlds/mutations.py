"""Playbooks that say something else than was written: each has to fail in some world."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from stanch.model.playbook import Pinned, PinnedOption


class HowChanged(StrEnum):
    """How a playbook is made another one."""

    ALWAYS = "always true"
    NEVER = "never true"
    BLANK = "not read"


@dataclass(frozen=True)
class Mutation:
    """One condition of an option, or one piece of evidence, of one scenario."""

    playbook: str
    scenario: str
    name: str
    """Of the option, the containment or the evidence."""
    how: HowChanged

    @property
    def says(self) -> str:
        """In a line for people."""
        what = "evidence" if self.how is HowChanged.BLANK else "when of"
        return f"{self.playbook}, {self.scenario}: {what} {self.name} is {self.how}"

    def applied(self, pinned: Pinned) -> Pinned:
        """The scenario with this in it; others stay as they are."""
        if (pinned.playbook, pinned.scenario) != (self.playbook, self.scenario):
            return pinned
        if self.how is HowChanged.BLANK:
            rest = tuple(one for one in pinned.evidence if one.name != self.name)
            return pinned.model_copy(update={"evidence": rest})
        return pinned.model_copy(
            update={
                "options": tuple(map(self._changed, pinned.options)),
                "contain": tuple(map(self._changed, pinned.contain)),
            }
        )

    def _changed(self, option: PinnedOption) -> PinnedOption:
        if option.name != self.name:
            return option
        return option.model_copy(update={"when": "" if self.how is HowChanged.ALWAYS else "false"})


def mutations_of(pinned: Pinned) -> Iterator[Mutation]:
    """Each that makes a difference to what is written."""
    for option in (*pinned.contain, *pinned.options):
        if option.when:
            yield Mutation(pinned.playbook, pinned.scenario, option.name, HowChanged.ALWAYS)
        yield Mutation(pinned.playbook, pinned.scenario, option.name, HowChanged.NEVER)
    for reading in pinned.evidence:
        if reading.name in pinned.variables:
            yield Mutation(pinned.playbook, pinned.scenario, reading.name, HowChanged.BLANK)
