"""Who is on call at an instant, until when, and who is next: by the rota alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stanch.model.rota import ON_CALL, Duty, OnCall, Rota
from stanch.model.team import Team
from stanch.model.week import DAYS, WEEK

_FAR = timedelta(days=366)
"""How far ahead is looked for somebody else."""

_NOBODY = "nobody is on call: write on_call: in stanch.yaml, or give somebody the role on-call there"
_FOR_LONG = "nobody else is within a year"


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


def standing(team: Team, at: datetime, *, week: bool = False) -> OnCall:
    """Who has the role at an instant; where there is no rota, everybody who has it under `roles`."""
    rota = team.on_call
    if rota is None:
        return OnCall(at=at, known_from="the roles of people in stanch.yaml", people=team.called(ON_CALL))
    now = duty(rota, at)
    return OnCall(
        at=at,
        known_from="the rota of stanch.yaml",
        people=(now.person,),
        now=now,
        then=duty(rota, now.until) if now.until else None,
        week=tuple(duties(rota, at, at + WEEK)) if week else (),
        time_zone=rota.time_zone,
    )


def told(rota: Rota, found: Duty) -> str:
    """`ana, by the rota until Mon 2026-12-07 09:00 CET`."""
    by = "an override" if found.stands_in else "the rota"
    until = f" until {shown(found.until, rota.time_zone)}" if found.until else ""
    return f"{found.person}, by {by}{until}"


def lines(found: OnCall) -> Iterator[str]:
    """Who is on call, and who is next."""
    if found.now is None:
        people = ", ".join(found.people)
        yield f"on-call: {people}; all at once, since stanch.yaml has no rota" if people else _NOBODY
        return
    yield f"{found.now.person} is on call{_until(found.now, found)}"
    yield f"then {found.then.person}{_until(found.then, found)}" if found.then else _FOR_LONG


def _until(of: Duty, found: OnCall) -> str:
    until = f" until {shown(of.until, found.time_zone)}" if of.until else ""
    return f"{until}, by an override" if of.stands_in else until


def shown(at: datetime, time_zone: str) -> str:
    """An instant by the clocks of a place: `Mon 2026-12-07 09:00 CET`."""
    there = at.astimezone(ZoneInfo(time_zone))
    return f"{DAYS[there.weekday()]} {there:%Y-%m-%d %H:%M %Z}"


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
