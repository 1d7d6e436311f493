"""What a service is told in secret, by name: the one shape in which every provider answers `NAME.secrets`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Self

from stanch.model.base import Frozen
from stanch.model.evidence import AgeAs, Reading

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class SecretName(Frozen):
    """One secret: its name, and when it was last set as far as the vendor tells."""

    name: str
    set_at: datetime | None = None


class Secrets(Reading):
    """The names of a service's secrets, last set first; values are never kept."""

    count: int
    newest_at: Annotated[datetime | None, AgeAs("newest_age")]
    list: tuple[SecretName, ...]
    outdated: tuple[str, ...] | None = None
    """Those that the team keeps under the same name with another value; missing where no vendor can tell."""

    @classmethod
    def of(cls, found: Iterable[SecretName], outdated: Iterable[str] | None = None) -> Self:
        """These secrets, last set first."""
        by_name = sorted(found, key=lambda one: one.name)
        newest_first = tuple(sorted(by_name, key=lambda one: one.set_at or _LONG_AGO, reverse=True))
        return cls(
            count=len(newest_first),
            newest_at=newest_first[0].set_at if newest_first else None,
            list=newest_first,
            outdated=None if outdated is None else tuple(sorted(outdated)),
        )

    def line(self) -> str:
        """`3 secrets, last CLERK_SECRET_KEY 2026-11-21 02:50; not the team's: STRIPE_KEY`."""
        last = f", last {self.list[0].name} {self.newest_at:%Y-%m-%d %H:%M}" if self.newest_at else ""
        others = f"; not the team's: {', '.join(self.outdated)}" if self.outdated else ""
        return f"{self.count} secrets{last}{others}"
