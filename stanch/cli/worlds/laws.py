"""What holds in every world, whatever its playbook makes of it."""

from collections import defaultdict
from collections.abc import Iterator

from stanch.cli.worlds.story import Story
from stanch.model.incident import Outcome, Phase
from stanch.model.plan import Applied, Fate
from stanch.model.verb import Approval
from stanch.policy.conditions import Truth
from stanch.policy.limits import HOUR

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
        yield from _groundless(story, applied)
    yield from _beyond(story)
    yield from _too_often(story)


def _unasked(applied: Applied) -> Iterator[str]:
    """Nobody was asked, and nothing says that nobody has to be."""
    step, summary = applied.planned.step, applied.planned.change.summary
    may = step.asking.who is Approval.NOBODY or bool(applied.planned.unasked)
    if not applied.approved_by and not may:
        yield f"nobody was asked: {summary}"
    if not applied.approved_by and step.floor is not Approval.NOBODY:
        yield f"it is always asked about, and was not: {summary}"


def _groundless(story: Story, applied: Applied) -> Iterator[str]:
    """An option does it whose condition was never true: what is missing is no reason to act."""
    pinned = story.state.pinned if story.state else None
    step = applied.planned.step
    options = [
        option
        for option in ((*pinned.contain, *pinned.options) if pinned else ())
        if step.signature and any(one.signature == step.signature for one in option.steps)
    ]
    said = [story.heard.get(option.when, frozenset()) for option in options if option.when]
    if said and len(said) == len(options) and not any(Truth.TRUE in truths for truths in said):
        came_to = ", ".join(sorted({str(truth) for truths in said for truth in truths})) or "not asked"
        summary, whens = applied.planned.change.summary, " and ".join(f"`{one.when}`" for one in options)
        yield f"nothing says that this was to be done: {summary}; {whens} was {came_to}"


def _beyond(story: Story) -> Iterator[str]:
    """More copies run than the service's limits allow."""
    pinned = story.state.pinned if story.state else None
    for name, limits in (pinned.limits if pinned else {}).items():
        count, most = story.copies.get(name, 0), limits.max_count
        if most is not None and count > most:
            yield f"{count} copies of {name} run, and its limit is {most}"


def _too_often(story: Story) -> Iterator[str]:
    """One thing was changed more often within an hour than the limits of its services allow."""
    state = story.state
    limits = state.pinned.limits if state and state.pinned else {}
    made: dict[str, list[Applied]] = defaultdict(list)
    for applied in state.applied if state else ():
        made[applied.planned.change.target.key].append(applied)
    for key, those in made.items():
        owners = {name for one in those for name in one.planned.step.services} & limits.keys()
        most = min((limits[name].changes_per_hour for name in owners), default=None)
        within = max(sum(one.at <= other.at < one.at + HOUR for other in those) for one in those)
        if most is not None and within > most:
            yield f"{within} changes of {key} within an hour, and the limit is {most}"
