"""Whether what came of a playbook in a world is what was expected of it there."""

from collections.abc import Iterable, Iterator

from stanch.cli.worlds import laws
from stanch.cli.worlds.story import Story
from stanch.model.incident import Outcome
from stanch.model.plan import Fate
from stanch.playbooks.worlds import Expectation
from stanch.policy.conditions import Truth

_WELL = (Outcome.FIXED, Outcome.AS_ASKED)


def failures(expected: Expectation, story: Story) -> list[str]:
    """Each thing that is otherwise, in a line for people; nothing where all is as expected."""
    return list(_failures(expected, story))


def is_lost(expected: Expectation, story: Story) -> bool:
    """Whatever still comes, it cannot end as expected any more."""
    begun = [name for name, _ in story.changes]
    wanted = [name for name, _ in _wanted(expected)]
    unasked = expected.asks is not None and story.asked != list(expected.asks[: len(story.asked)])
    return begun != wanted[: len(begun)] or unasked or (story.held and not expected.held)


def _failures(expected: Expectation, story: Story) -> Iterator[str]:
    yield from (f"a vendor was asked what it does not know: {one}" for one in story.surprises)
    if story.stuck:
        yield f"nothing moved on any more: {story.end}"
    if expected.whatever:
        yield from laws.broken(story)
        return
    yield from (f"a word was refused: {one}" for one in story.refusals)
    if expected.no_alert:
        if story.fires in (None, Truth.TRUE):
            yield "the alert would fire" if story.fires else "no alert of this name is measured"
        return
    if story.state is None:
        yield story.end
        return
    yield from _changed(expected, story)
    yield from _ended(expected, story)
    yield from _asked(expected, story)
    label = story.state.label or str(story.state.severity)
    if expected.severity and expected.severity != label:
        yield f"its severity was {label}, not {expected.severity}"
    for kind, wanted, found in (
        ("nobody was told", expected.says, story.told),
        ("nobody was left with", expected.by_hand, story.by_hand),
    ):
        yield from (f"{kind} {text!r}" for text in wanted if not any(text in one for one in found))


def _changed(expected: Expectation, story: Story) -> Iterator[str]:
    wanted, found = _wanted(expected), story.changes
    alike = len(wanted) == len(found) and all(map(_is, wanted, found))
    if not alike:
        yield f"the changes were {_listed(found)}; expected {_listed(wanted)}"
    if expected.nothing_changed and story.effects:
        yield f"something was changed: {'; '.join(story.effects)}"


def _ended(expected: Expectation, story: Story) -> Iterator[str]:
    assert story.state is not None  # noqa: S101 - looked at before
    outcome = story.state.outcome
    if expected.cured_by and (outcome not in _WELL or story.complaints):
        wrong = f"; still wrong: {', '.join(story.complaints)}" if story.complaints else ""
        yield f"it is not cured: {story.end}{wrong}"
    if expected.cured_by and not any(name == expected.cured_by for name, _ in story.changes):
        yield f"{expected.cured_by} was not done"
    yield from _left_alone(expected, story)
    yield from _in_hand(expected, story, story.state.handed_over_because)


def _left_alone(expected: Expectation, story: Story) -> Iterator[str]:
    outcome = story.state.outcome if story.state else None
    passed = outcome is Outcome.BY_ITSELF or bool(expected.handed_over) or expected.lasts
    if expected.held and not (story.held and passed):
        yield f"it did not hold until it passed by itself: {story.end}"
    if not expected.held and story.held:
        yield "it held, and was not expected to"
    if expected.not_confirmed and not story.not_confirmed:
        yield f"it was expected not to be confirmed: {story.end}"


def _in_hand(expected: Expectation, story: Story, because: str) -> Iterator[str]:
    if expected.handed_over and not story.is_in_hand:
        yield f"it was expected to be handed over: {story.end}"
    if isinstance(expected.handed_over, str) and expected.handed_over not in because:
        yield f"it was handed over because {because!r}, which does not say {expected.handed_over!r}"
    in_hand = bool(expected.handed_over or expected.by_hand)
    if not in_hand and story.is_in_hand:
        yield f"people have it, and were not expected to: {story.end}"


def _asked(expected: Expectation, story: Story) -> Iterator[str]:
    if expected.asks is not None and list(expected.asks) != story.asked:
        yield f"people were asked about {_and(story.asked)}; expected {_and(expected.asks)}"


def _wanted(expected: Expectation) -> list[tuple[str, Fate]]:
    written = expected.changes or ((expected.cured_by,) if expected.cured_by else ())
    return [_fated(one) for one in written]


def _fated(written: str | dict[str, str]) -> tuple[str, Fate]:
    if isinstance(written, str):
        return written, Fate.KEPT
    ((name, fate),) = written.items()
    return name, Fate(fate)


def _is(wanted: tuple[str, Fate], found: tuple[str, Fate]) -> bool:
    return wanted == found


def _listed(changes: Iterable[tuple[str, Fate]]) -> str:
    return _and(name if fate is Fate.KEPT else f"{name} ({fate})" for name, fate in changes)


def _and(texts: Iterable[str]) -> str:
    return ", ".join(texts) or "nothing"
