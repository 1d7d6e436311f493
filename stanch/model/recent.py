"""What was changed of late: the one shape in which every provider answers `NAME.recent`, and all together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stanch.model.base import Duration, Frozen, Written
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.plain import amount

_SHOWN = 50


class Sort(StrEnum):
    """What sort of thing was changed."""

    DEPLOY = "deploy"
    FLAG = "flag"
    CONFIG = "config"
    SCALE = "scale"


class Happening(Frozen):
    """One change of production that somebody made."""

    at: datetime
    sort: Sort
    what: str
    by: str = ""
    where: str = ""
    """The target's key."""


class RecentArguments(Written):
    """How far back."""

    within: Duration = Field(default=timedelta(hours=1), gt=timedelta(0), le=timedelta(days=7))


class Recent(Reading):
    """The changes of the last minutes, newest first."""

    happenings: Annotated[tuple[Happening, ...], AtLeast("!is_complete")]
    deploys: Annotated[int, AtLeast("!is_complete")]
    flags: Annotated[int, AtLeast("!is_complete")]
    configs: Annotated[int, AtLeast("!is_complete")]
    newest_at: Annotated[datetime | None, AgeAs("newest_age")]
    is_complete: bool
    """False where the vendor's list ended before the time did, or was cut."""

    def line(self) -> str:
        """`2 changes: v42 by ana 02:54, FLAG=off by li 02:31`."""
        if not self.happenings:
            return "nothing was changed" + ("" if self.is_complete else " as far as the list goes back")
        first = ", ".join(
            f"{one.what} by {one.by or 'somebody'} {one.at:%H:%M}" for one in self.happenings[:3]
        )
        more = "" if self.is_complete else "at least "
        sorts = {"deploy": self.deploys, "flag": self.flags, "config": self.configs}
        numbers = ", ".join(amount(number, sort) for sort, number in sorts.items() if number)
        told = f" ({numbers})" if numbers else ""
        return f"{more}{amount(len(self.happenings), 'change')}{told}: {first}"


def asked_since(look: Look) -> datetime:
    """When the asked-for time began."""
    return look.begins(RecentArguments.model_validate(look.arguments).within)


def recent(found: list[Happening], look: Look, *, complete: bool = True) -> Recent:
    """What of this falls into the asked-for time, newest first."""
    return _of([one for one in found if asked_since(look) <= one.at <= look.as_of], complete=complete)


def together(answers: Sequence[Recent], *, complete: bool) -> Recent:
    """What several providers answered, as one; `complete` says that none of them is missing."""
    found = [one for answer in answers for one in answer.happenings]
    return _of(found, complete=complete and all(answer.is_complete for answer in answers))


def _of(found: list[Happening], *, complete: bool) -> Recent:
    kept = tuple(sorted(found, key=lambda one: one.at, reverse=True)[:_SHOWN])
    return Recent(
        happenings=kept,
        deploys=sum(one.sort is Sort.DEPLOY for one in kept),
        flags=sum(one.sort is Sort.FLAG for one in kept),
        configs=sum(one.sort is Sort.CONFIG for one in kept),
        newest_at=kept[0].at if kept else None,
        is_complete=complete and len(found) <= _SHOWN,
    )
