"""Who is on call at an instant, until when, and who is next: by the rota alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stanch.model.rota import Duty, Rota
from stanch.model.week import WEEK

_FAR = timedelta(days=366)
"""How far ahead is looked for somebody else."""


def duty(rota: Rota, at: datetime) -> Duty:
    """Who is on call at an instant; weeks of one person that follow each other are one time."""
    person, stands_in = _holder(rota, at)
    until = next((change for change in _changes(rota, at) if _holder(rota, change)[0] != person), None)
    return Duty(person=person, since=at, until=until, stands_in=stands_in)


def duties(rota: Rota, since: datetime, until: datetime) -> Iterator[Duty]:
    """Who is on call from one instant to the other, one after the other."""
    found = duty(rota, since)
    yield found
    while found.until is not None and found.until < until:
        found = duty(rota, found.until)
        yield found


def _holder(rota: Rota, at: datetime) -> tuple[str, bool]:
    """Who it is, and whether by an override."""
    for override in rota.overrides:
        if override.from_ <= at < override.until:
            return override.name, True
    return rota.order[_week(rota, at) % len(rota.order)], False


def _changes(rota: Rota, after: datetime) -> list[datetime]:
    """The instants within a year at which somebody else may be on call, in order."""
    first, last = _week(rota, after), _week(rota, after + _FAR)
    times = {_hand_over(rota, week) for week in range(first + 1, last + 1)}
    times |= {at.astimezone(UTC) for one in rota.overrides for at in (one.from_, one.until)}
    return sorted(at for at in times if after < at <= after + _FAR)


def _week(rota: Rota, at: datetime) -> int:
    """How many weeks after the first hand-over the last one was."""
    shown = at.astimezone(ZoneInfo(rota.time_zone)).replace(tzinfo=None, fold=0)
    about = (shown - _on_the_wall(rota, 0)) // WEEK
    # Where clocks are turned, the wall is before or behind a hand-over that was or was not yet.
    return max(week for week in (about - 1, about, about + 1) if _hand_over(rota, week) <= at)


def _hand_over(rota: Rota, week: int) -> datetime:
    return _on_the_wall(rota, week).replace(tzinfo=ZoneInfo(rota.time_zone), fold=0).astimezone(UTC)


def _on_the_wall(rota: Rota, week: int) -> datetime:
    hour, minute = rota.hands_over.split()[1].split(":")
    return datetime.combine(rota.begins, time(int(hour), int(minute))) + week * WEEK
