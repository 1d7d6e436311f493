"""Who is told of an incident, by which channels, and in which words."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from stanch.model.channel import ALWAYS_TOLD, ChannelKind
from stanch.model.incident import IncidentState
from stanch.model.playbook import Pinned
from stanch.model.severity_levels import PinnedLevel
from stanch.plain import lasting
from stanch.policy import planning, telling

_BEST = (ChannelKind.PAGERDUTY, ChannelKind.SLACK, ChannelKind.EMAIL, ChannelKind.WEBHOOK)
"""In which order channels are taken to reach somebody."""
_CHATTER = ("evidence", "check", "passed-over", "channel", "update", "on-call")
"""Lines of the timeline that are no news to whoever only wants to know how it stands."""
_NEWS = 6
_SOMEBODY = ("somebody",)
"""Who is called where a team names nobody: whoever reads it."""


def level_of(state: IncidentState, pinned: Pinned) -> PinnedLevel | None:
    """What the team says of the severity that the incident has; nothing in incidents of before."""
    return pinned.levels.get(label_of(state, pinned)) if state.by_policy else None


def label_of(state: IncidentState, pinned: Pinned) -> str:
    """What the team calls the severity; before evidence is in only where no condition decides on it."""
    if state.label or pinned.severity_when:
        return state.label
    ranks = pinned.severities
    if ranks.get(pinned.label) is state.severity:
        return pinned.label
    return next((label for label, rank in ranks.items() if rank is state.severity), "")


def helpers(state: IncidentState, pinned: Pinned) -> tuple[str, ...]:
    """Who is called for help: those of the severity, else whoever gets the incident, or owns it."""
    level = level_of(state, pinned)
    end = (pinned.otherwise.escalate,) if pinned.otherwise.escalate else ()
    return (level.page if level else ()) or end or pinned.service.owners or _SOMEBODY


def by_themselves(pinned: Pinned) -> tuple[str, ...]:
    """The channels that are told although nothing names them."""
    return (*pinned.tell, *(name for name, kind in pinned.speaks.items() if kind in ALWAYS_TOLD))


def known_channels(pinned: Pinned) -> tuple[str, ...]:
    """Every channel that anything can be sent to."""
    return tuple(dict.fromkeys((*pinned.tell, *pinned.speaks)))


def kind_of(channel: str, pinned: Pinned) -> ChannelKind:
    """What a channel speaks."""
    return pinned.speaks.get(channel, ChannelKind.WEBHOOK)


def told(state: IncidentState, pinned: Pinned) -> tuple[str, ...]:
    """The channels that hear of everything: those of the severity, or all that are told by themselves."""
    level, known = level_of(state, pinned), known_channels(pinned)
    named = tuple(channel for channel in (level.tell if level else ()) if channel in known)
    return named or by_themselves(pinned)


def called_by(names: Iterable[str], state: IncidentState, pinned: Pinned) -> tuple[str, ...]:
    """The channels that somebody is called by at once; one that is called itself is among them."""
    known = known_channels(pinned)
    return tuple(dict.fromkeys((*told(state, pinned), *(name for name in names if name in known))))


def other_ways(tried: Iterable[str], pinned: Pinned) -> tuple[str, ...]:
    """The channels by which somebody may be reached beside those, the best first."""
    others = set(known_channels(pinned)) - set(tried)
    return tuple(sorted(others, key=lambda name: (_BEST.index(kind_of(name, pinned)), name)))


def place(channel: str, state: IncidentState, pinned: Pinned, known: Mapping[str, Any]) -> str:
    """The incident's own place in a channel, where its severity has such."""
    level = level_of(state, pinned)
    if level is None or not level.channel or kind_of(channel, pinned) is not ChannelKind.SLACK:
        return ""
    return planning.told(level.channel, pinned, known)


def fields(state: IncidentState, pinned: Pinned, now: datetime) -> dict[str, str]:
    """What the team's own words may speak of."""
    level = level_of(state, pinned)
    every = level.update_every if level else None
    alert = next(iter(state.alerts.values()), None)
    summary = (alert.summary or alert.name) if alert else ""
    began = state.first_bad_at or state.opened_at
    return {
        "incident": state.number,
        "impact": summary or telling.headline(state),
        "cause": state.round.plan.summary if state.round else "being looked into",
        "started": f"{began:%H:%M} UTC",
        "next_update": f"{now + every:%H:%M} UTC" if every else "when there is news",
        "workaround": "; ".join(map(telling.contained_line, state.contained)) or "none yet",
        "actions": "; ".join(map(telling.applied_line, state.applied)) or "being looked into",
        "links": "; ".join(f"{name}: {url}" for name, url in pinned.service.links.items()) or "none",
    }


def opening(state: IncidentState) -> str:
    """The first words: what fires, and where more is to be seen."""
    alerts = [f"{one.name}: {one.summary or 'no summary'}" for one in state.alerts.values() if one.firing]
    return "\n".join((*alerts[:_NEWS], f"See it: stanch show {state.number}"))


def update(state: IncidentState, since: datetime, every: timedelta) -> str:
    """How it stands: what has happened since the last word, or that nothing has."""
    lines = [line for line in state.timeline if line.at > since and line.kind not in _CHATTER]
    news = [f"{line.at:%H:%M} {line.text}" for line in lines[-_NEWS:]] or [
        f"no change in {lasting(every)}" + (f"; waiting for {state.waiting_for}" if state.waiting_for else "")
    ]
    return "\n".join((f"phase: {state.phase}", *news, f"next update in {lasting(every)}"))
