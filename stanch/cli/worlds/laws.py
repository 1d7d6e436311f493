"""What holds in every world, whatever its playbook makes of it."""

from collections.abc import Iterator

from stanch.cli.worlds.story import Story
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Applied, Fate
from stanch.model.verb import Approval

_ENDS = (Phase.HOLD, Phase.WATCH)
_OPEN = (Fate.UNDER_WAY, Fate.PERHAPS, Fate.PARTIAL, Fate.UNDO_FAILED)
_MENDED = (Outcome.FIXED, Outcome.BY_ITSELF, Outcome.NOT_CONFIRMED)


def broken(story: Story) -> Iterator[str]:
    """Each law that was broken, in a line."""
    state = story.state
    if state is None:
        yield story.end
        return
    if state.outcome is None and not story.is_in_hand and state.phase not in _ENDS:
        yield f"it has no end: {story.end}"
    service = state.pinned.service.name if state.pinned else ""
    wrong = [text for text in story.complaints if service and service in text]
    if state.outcome in _MENDED and wrong:
        yield f"it closed as if all were well: {', '.join(wrong)}"
    for applied in state.applied:
        if applied.fate in _OPEN and not story.is_in_hand:
            yield f"nobody has it, and {applied.planned.change.summary} is {applied.fate}"
        yield from _unasked(applied)
    yield from _beyond(story)


def _unasked(applied: Applied) -> Iterator[str]:
    """Nobody was asked, and nothing says that nobody has to be."""
    step, summary = applied.planned.step, applied.planned.change.summary
    may = step.asking.who is Approval.NOBODY or bool(applied.planned.unasked)
    if not applied.approved_by and not may:
        yield f"nobody was asked: {summary}"
    if not applied.approved_by and step.floor is not Approval.NOBODY:
        yield f"it is always asked about, and was not: {summary}"


def _beyond(story: Story) -> Iterator[str]:
    """More copies run than the service's limits allow."""
    pinned = story.state.pinned if story.state else None
    for name, limits in (pinned.limits if pinned else {}).items():
        count, most = story.copies.get(name, 0), limits.max_count
        if most is not None and count > most:
            yield f"{count} copies of {name} run, and its limit is {most}"
