"""Who is on call, week after week, as a team writes it down; and for how long somebody is."""

from datetime import date, timedelta

from pydantic import AwareDatetime, ConfigDict, Field, ValidationInfo, field_validator, model_validator

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
    """When a week ends and the next one begins, such as `Mon 09:00`.

    Where clocks are turned, a time that comes twice counts when it comes first, and one that does not come
    is as much later as the clock is turned.
    """
    time_zone: TimeZone
    """By its place, such as `Europe/Berlin`: summer time is kept."""
    begins: date
    """A day of hand-over on which a week of the first of `order` began, or begins."""
    overrides: tuple[StandIn, ...] = ()
    """Times in which somebody else is on call; none overlaps another."""

    @field_validator("begins")
    @classmethod
    def _is_a_hand_over(cls, begins: date, written: ValidationInfo) -> date:
        day = written.data.get("hands_over", DAYS[begins.weekday()]).split()[0]
        early = (begins.weekday() - DAYS.index(day)) % len(DAYS)
        if early:
            before = begins - timedelta(days=early)
            either = f"write {before} or {before + timedelta(weeks=1)}"
            message = f"is a {DAYS[begins.weekday()]}, and the hand-over is on {day}: {either}"
            raise ValueError(message)
        return begins

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who is ever on call by it."""
        return tuple(dict.fromkeys((*self.order, *(one.name for one in self.overrides))))


class Duty(Frozen):
    """A time in which somebody is on call."""

    person: str
    since: AwareDatetime
    """When it begins, or the instant that was asked for."""
    until: AwareDatetime | None = None
    """When somebody else is; none where that is not within a year."""
    stands_in: bool = False
    """By an override, at its beginning."""


class OnCall(Frozen):
    """Who has the role `on-call` at an instant, and who is next."""

    at: AwareDatetime
    known_from: str = Field(examples=["the rota of stanch.yaml"])
    people: tuple[str, ...] = Field(default=(), description="All who have the role at once; empty for nobody")
    now: Duty | None = Field(default=None, description="By the rota; none where there is no rota")
    then: Duty | None = Field(default=None, description="Who is next")
    week: tuple[Duty, ...] = Field(default=(), description="The seven days from then on, where asked for")
    time_zone: str = Field(default="UTC", description="By whose clocks it is handed over")
    read_at: AwareDatetime | None = Field(default=None, description="When stanch.yaml was read")
