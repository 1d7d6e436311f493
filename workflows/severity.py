"""What a team does at a severity, beside the phases: whom it calls and tells, how often, and whom next."""

from datetime import datetime

from stanch.model.severity_levels import PinnedLevel
from stanch.plain import lasting
from stanch.policy import audience
from workflows import escalation, patience, sending
from workflows.memory import IncidentMemory

_STATUS_PAGE = "status_page"


async def carry_out(memory: IncidentMemory) -> None:
    """Once for each severity that is graver than those before; a lower one calls nobody again."""
    while True:
        level = audience.level_of(memory.state, memory.pinned)
        if level is not None and memory.state.outcome is None:
            _do(memory, level)
        seen, at = _seen(memory), _next(memory)
        left = at - memory.outside.now() if at else None
        await patience.within(lambda seen=seen: _seen(memory) != seen, left, "the next word")  # type: ignore[misc]


def _seen(memory: IncidentMemory) -> object:
    state = memory.state
    quiet = state.recovered_at is not None or state.outcome is not None
    return (_is_due(memory), _label(memory), quiet, bool(state.answered_by), state.updated_at)


def _is_due(memory: IncidentMemory) -> bool:
    """It has a severity, and nothing as grave has been announced."""
    state, pinned = memory.state, memory.pinned
    level = audience.level_of(state, pinned)
    if level is None:
        return False
    ranks, label = pinned.severities, _label(memory)
    before = [ranks[one] for one in state.announced if one in ranks]
    return label not in state.announced and all(ranks[label].graver_than(rank) for rank in before)


def _label(memory: IncidentMemory) -> str:
    return audience.label_of(memory.state, memory.pinned)


def _next(memory: IncidentMemory) -> datetime | None:
    """When there is something to say next, whatever happens until then."""
    state = memory.state
    level = audience.level_of(state, memory.pinned)
    if level is None or _is_due(memory):
        return None
    return min(filter(None, (_update_at(memory, level), _answer_by(memory, level))), default=None)


def _update_at(memory: IncidentMemory, level: PinnedLevel) -> datetime | None:
    state = memory.state
    mitigated = state.recovered_at is not None or state.outcome is not None
    if level.update_every is None or state.updated_at is None or mitigated:
        return None
    return state.updated_at + level.update_every


def _answer_by(memory: IncidentMemory, level: PinnedLevel) -> datetime | None:
    """Until when somebody should have answered, while nobody has and nobody else was called for that."""
    state = memory.state
    done = state.answered_by or state.recovered_at or state.outcome or _unanswered(memory) in state.called
    if level.respond_within is None or state.announced_at is None or done:
        return None
    return state.announced_at + level.respond_within


def _unanswered(memory: IncidentMemory) -> str:
    return f"unanswered-{_label(memory)}"


def _do(memory: IncidentMemory, level: PinnedLevel) -> None:
    now = memory.outside.now()
    if _is_due(memory):
        _announce(memory, level)
        return
    update_at, answer_by = _update_at(memory, level), _answer_by(memory, level)
    if answer_by is not None and now >= answer_by:
        _call_the_next(memory, level)
    if update_at is not None and now >= update_at and level.update_every is not None:
        since = memory.state.updated_at or now
        memory.state.updated_at = now
        memory.tell("update", audience.update(memory.state, since, level.update_every))


def _announce(memory: IncidentMemory, level: PinnedLevel) -> None:
    """Told in the team's own words, and called in the same moment."""
    state, pinned, now = memory.state, memory.pinned, memory.outside.now()
    label = _label(memory)
    state.announced = (*state.announced, label)
    state.announced_at = state.updated_at = now
    text, known = audience.opening(state), audience.known_channels(pinned)
    own = dict(level.tell)
    if level.status_page and _STATUS_PAGE in known:
        own[_STATUS_PAGE] = level.status_page
    for channel in [name for name in own if name in known]:
        fields = audience.fields(state, pinned, now) if own[channel] else {}
        sending.put(memory, channel, "opened", text, template=own[channel], fields=fields)
    if level.page:
        memory.note("page", f"{label}: {', '.join(level.page)} is called")
        memory.call(level.page, "page", text)


def _call_the_next(memory: IncidentMemory, level: PinnedLevel) -> None:
    """Nobody has answered in time: the next rung, or those who were called already."""
    state, within = memory.state, lasting(level.respond_within) if level.respond_within else ""
    state.called = (*state.called, _unanswered(memory))
    memory.note("escalation", f"{_label(memory)}: nobody has answered within {within}")
    if not escalation.climb_one(memory) and level.page:
        memory.call(level.page, "page", f"nobody has answered within {within}\n{audience.opening(state)}")
