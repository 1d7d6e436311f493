"""What a vendor's account shows to whoever has written nothing yet: apps, names of secrets and of alerts."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from stanch.errors import ProviderError, StanchError, Unauthorized

WITHIN = timedelta(seconds=40)
"""So long an account is looked around in; what was not looked at by then is said."""
MOST = 100
"""So many apps are taken from one account."""
_AT_ONCE = 4
_UNKNOWN = 401

T = TypeVar("T")


@dataclass(frozen=True)
class FoundAddOn:
    """Something behind an app that the vendor runs too."""

    role: str
    """What playbooks call it by: database, cache."""
    name: str
    """As a person would say it: `the add-on postgresql-round-12345`."""
    variables: tuple[str, ...] = ()
    """The app's variables that lead to it."""
    runs_on: Mapping[str, str] = field(default_factory=dict)
    """How it stands as a service of its own; none where the vendor's API tells nothing of it."""


@dataclass(frozen=True)
class FoundApp:
    """One app, as far as its vendor tells."""

    name: str
    runs_on: Mapping[str, str]
    """The provider's own fields of `runs_on`; none of what is no service."""
    copies: int | None = None
    """How many run; None where the vendor counts none, or did not say."""
    instances: tuple[int, int] | None = None
    """How few and how many there may be, where the vendor starts as many as visitors need."""
    base: str = ""
    """Where visitors reach it, as the vendor has it."""
    health: tuple[str, ...] = ()
    """The paths that the vendor's own checks ask for."""
    secrets: tuple[str, ...] = ()
    """Names, never values."""
    add_ons: tuple[FoundAddOn, ...] = ()
    kind: "AppKind | None" = None
    """What of it is not read and done as of most."""
    unread: tuple[str, ...] = ()
    """What was asked for and not answered, and why."""


@dataclass(frozen=True)
class AppKind:
    """Things whose vendor reads and rolls them back in a way of their own, and restarts none."""

    name: str
    releases: str
    """The reading that tells what is live."""
    roll_back: str


@dataclass(frozen=True)
class FoundWatch:
    """Something at a vendor that watches a service: a monitor, a project of an error tracker."""

    name: str
    also_on: Mapping[str, str]
    """How a service says that this watches it, without the provider."""
    looks_at: str = ""
    """The address that it watches, where it watches one."""


@dataclass(frozen=True)
class FoundAccount:
    """All that was found at one vendor."""

    apps: tuple[FoundApp, ...] = ()
    watches: tuple[FoundWatch, ...] = ()
    alerts: tuple[str, ...] = ()
    """The names of rules that raise alerts."""
    unread: tuple[str, ...] = ()
    """What was asked for and not answered, and why; and what was left out."""


@dataclass(frozen=True)
class AccountFinder:
    """How an account is looked around in."""

    look: Callable[[Any], Awaitable[FoundAccount]]
    """Takes what `connect` made; it only reads, and raises where nothing at all is answered."""
    variable: str = ""
    """By which the vendor's own tool learns who it is; empty where no token is needed, but an address is."""
    tokenless: Mapping[str, str] | None = None
    """What is written under `providers:` where the machine's own credentials are used instead of a token."""
    asks: Mapping[str, str] = field(default_factory=dict)
    """Further settings that have to be known, and the variables in which the vendor's own tool finds them."""
    files: tuple[str, ...] = ()
    """What the vendor's own tool leaves in a project's folder."""

    @property
    def takes_token(self) -> bool:
        """Whether there is anything to prove oneself with."""
        return bool(self.variable)

    @property
    def needs_token(self) -> bool:
        """Whether nothing but a token will do."""
        return self.takes_token and self.tokenless is None


def apart(named: Iterable[tuple[str, str]]) -> list[str]:
    """Names, each of those that several have behind what tells it apart."""
    pairs = list(named)
    counted = Counter(name for name, _ in pairs)
    return [name if counted[name] == 1 else f"{place}-{name}" for name, place in pairs]


async def told(asked: Awaitable[T], otherwise: T) -> tuple[T, tuple[str, ...]]:
    """What was asked for; where that is not answered, something else and why.

    A credential that is not accepted at all is raised: nothing else would be answered either.
    """
    try:
        return await asked, ()
    except ProviderError as error:
        if isinstance(error, Unauthorized) and error.status == _UNKNOWN:
            raise
        return otherwise, (str(error),)


async def all_told(asked: Iterable[Awaitable[Iterable[T]]]) -> tuple[list[T], tuple[str, ...]]:
    """Several lists as one, and why some of them were not answered."""
    answers = await asyncio.gather(*(told(one, ()) for one in asked))
    return [one for found, _ in answers for one in found], tuple(why for _, whys in answers for why in whys)


async def looked_at(
    bare: Sequence[FoundApp], look: Callable[[FoundApp], Awaitable[FoundApp]]
) -> tuple[FoundApp, ...]:
    """Each app with what more is known of it, a few at a time; where nothing is, as it was listed."""
    gate = asyncio.Semaphore(_AT_ONCE)
    until = asyncio.get_running_loop().time() + WITHIN.total_seconds()

    async def one(app: FoundApp) -> FoundApp:
        try:
            async with asyncio.timeout_at(until), gate:
                return await look(app)
        except TimeoutError:
            why = f"not looked at within {WITHIN.total_seconds():g} s"
        except StanchError as error:
            why = str(error)
        return replace(app, unread=(*app.unread, why))

    return tuple(await asyncio.gather(*(one(app) for app in bare[:MOST])))


def more_than(listed: Sequence[Any]) -> tuple[str, ...]:
    """What is said where a list is longer than is taken of it."""
    return (f"{len(listed) - MOST} more apps were left out",) if len(listed) > MOST else ()
