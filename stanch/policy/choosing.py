"""Which option is next: in order, the first whose condition is true; a doubtful one never acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stanch.model.playbook import Pinned, PinnedOption
from stanch.policy import conditions, facts


@dataclass(frozen=True)
class Choice:
    """The option to take, if any, and why the ones before it were not taken."""

    option: PinnedOption | None
    passed_over: tuple[str, ...]


def choose(pinned: Pinned, tried: Sequence[str], known: Mapping[str, Any]) -> Choice:
    """The first untried option that is true of what is known."""
    vocabulary = facts.declared(pinned.variables)
    passed: list[str] = []
    for option in pinned.options:
        if option.name in tried:
            continue
        if not option.when:
            return Choice(option, tuple(passed))
        said = conditions.evaluate(option.when, vocabulary, known)
        if said:
            return Choice(option, tuple(passed))
        why = f"cannot be decided ({said.because})" if said.because else "does not hold"
        passed.append(f"{option.name}: `{option.when}` {why}")
    return Choice(None, tuple(passed))
