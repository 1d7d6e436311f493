"""Which conditions of a playbook are decided by its worlds, and which stand there unproved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from stanch.cli.worlds.performance import Performance
from stanch.model.playbook import Pinned, PinnedOption
from stanch.policy.conditions import Truth


def undecided(scenarios: Iterable[Pinned], performances: Iterable[Performance]) -> Iterator[str]:
    """Each condition that was not both true and false in the worlds of its scenario, in a line."""
    heard: dict[str, dict[str, set[Truth]]] = defaultdict(lambda: defaultdict(set))
    for one in performances:
        for text, truths in one.heard.items():
            heard[one.scenario][text] |= truths
    seen = set[str]()
    for pinned in scenarios:
        if pinned.scenario in heard:
            for line in _undecided(pinned, heard[pinned.scenario]):
                if line not in seen:
                    seen.add(line)
                    yield line


def _undecided(pinned: Pinned, heard: Mapping[str, set[Truth]]) -> Iterator[str]:
    for where, text in _conditions(pinned):
        never = [str(truth) for truth in (Truth.TRUE, Truth.FALSE) if truth not in heard.get(text, ())]
        if never:
            yield f"{pinned.scenario}, {where}: `{text}` is never {' and never '.join(never)}"


def _conditions(pinned: Pinned) -> Iterator[tuple[str, str]]:
    for level in pinned.severity_when:
        if level.when:
            yield f"severity {level.label}", level.when
    for option in (*pinned.contain, *pinned.options):
        if option.when:
            yield option.name, option.when
        yield from _asking(option)


def _asking(option: PinnedOption) -> Iterator[tuple[str, str]]:
    texts = dict.fromkeys(step.asking.nobody_if for step in option.steps if step.asking.nobody_if)
    for text in texts:
        yield f"{option.name}, nobody asked", text
