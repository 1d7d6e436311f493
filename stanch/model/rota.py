"""Who is on call, week after week, as a team writes it down; and for how long somebody is."""

from datetime import date, timedelta

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from stanch.model.base import Frozen, Written
from stanch.model.week import DAYS, TimeZone, WeekMoment

ON_CALL = "on-call"
"""The role that a rota gives to one person after the other."""


class StandIn(Written):
    """Somebody who is on call for a time, whoever's week it is."""

    model_config = ConfigDict(populate_by_name=True)
    from_: AwareDatetime = Field(alias="from")
    """With its offset, such as `2026-12-24T09:00:00+01:00`."""
    until: AwareDatetime
    name: str
    """A person of `people`."""

    @model_validator(mode="after")
    def _in_order(self) -> "StandIn":
        if self.until <= self.from_:
            message = "until comes after from"
            raise ValueError(message)
        return self


class Rota(Written):
    """Who has the role `on-call`: one person a week, in turn, by the clocks of one place."""

    order: tuple[str, ...] = Field(min_length=1)
    """People of `people`, one for each week; after the last one the first is on call again."""
    hands_over: WeekMoment
    """When a week ends and the next one begins, such as `Mon 09:00`. Where clocks are turned, a time that comes
    twice counts when it comes first, and one that does not come is as much later as the clock is turned."""
    time_zone: TimeZone
    """By its place, such as `Europe/Berlin`: summer time is kept."""
    begins: date
    """A day of hand-over, on which a week of the first of `order` began or begins; the others are counted from it."""
    overrides: tuple[StandIn, ...] = ()
    """Times in which somebody else is on call; none overlaps another."""

    @model_validator(mode="after")
    def _begins_with_a_hand_over(self) -> "Rota":
        day = self.hands_over.split()[0]
        early = (self.begins.weekday() - DAYS.index(day)) % len(DAYS)
        if early:
            before = self.begins - timedelta(days=early)
            after = before + timedelta(weeks=1)
            message = (
                f"begins on a {DAYS[self.begins.weekday()]}, and the hand-over is on {day}:"
                f" write begins: {before} or {after}"
            )
            raise ValueError(message)
        return self

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who is ever on call by it."""
        return tuple(dict.fromkeys((*self.order, *(one.name for one in self.overrides))))


class Duty(Frozen):
    """A time in which somebody is on call."""

    person: str
    since: AwareDatetime
    """When it began; that of a list begins with the list."""
    until: AwareDatetime | None = None
    """When somebody else is; none where that is not within a year."""
    stands_in: bool = False
    """By an override, at its beginning."""
