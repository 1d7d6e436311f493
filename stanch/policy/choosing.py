"""Which option is next: in order, the first whose condition is true; a doubtful one never acts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stanch.model.playbook import Pinned, PinnedOption
from stanch.model.verb import Approval
from stanch.policy import conditions, facts, templates


@dataclass(frozen=True)
class Choice:
    """The option to take, if any, and why the ones before it were not taken."""

    option: PinnedOption | None
    passed_over: tuple[str, ...]
    waits_for: tuple[str, ...] = ()
    """The evidence without which nothing can be said yet; nothing is chosen then."""
    least: Approval = Approval.NOBODY
    """How many people are asked at least, whatever the option says."""
    asked_because: str = ""


def choose(
    pinned: Pinned,
    tried: Sequence[str],
    known: Mapping[str, Any],
    *,
    refused: Collection[str] = (),
    pending: Collection[str] = (),
) -> Choice:
    """The first untried option that is true of what is known.

    After one that cannot be decided, or was `refused`, somebody is asked: what should have been done first
    was not. An earlier option is waited for while any of its evidence is `pending`.
    """
    vocabulary = facts.declared(pinned.variables)
    passed: list[str] = []
    doubts: list[str] = []
    for option in pinned.options:
        if option.name in tried:
            doubts += [f"{option.name} was refused"] if option.name in refused else []
            continue
        said = conditions.evaluate(option.when, vocabulary, known) if option.when else _ALWAYS
        undecidable = said.truth is conditions.Truth.UNDECIDABLE
        needed = _read_by(option.when) if undecidable else _read_by(*_texts(option)) if said else ()
        if waits_for := tuple(name for name in pending if name in needed):
            return Choice(None, tuple(passed), waits_for)
        if said:
            least = Approval.ONE if doubts else Approval.NOBODY
            return Choice(option, tuple(passed), (), least, "; ".join(doubts))
        why = f"cannot be decided ({said.because})" if undecidable else "does not hold"
        passed.append(f"{option.name}: `{option.when}` {why}")
        doubts += [f"{option.name} cannot be decided"] if undecidable else []
    return Choice(None, tuple(passed))


_ALWAYS = conditions.Evaluation(conditions.Truth.TRUE)


def names_used(option: PinnedOption) -> frozenset[str]:
    """The evidence that an option rests on, in its condition and in what it would do."""
    return _read_by(option.when, *_texts(option))


def _texts(option: PinnedOption) -> Iterator[str]:
    """What is worked out once the option is taken."""
    texts = (option.hold, *(text for step in option.steps for text in templates.texts_in(step.arguments)))
    yield from (text for text in texts if "${" in text)


def _read_by(*texts: str) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for text in texts for name in conditions.names_used(text))
