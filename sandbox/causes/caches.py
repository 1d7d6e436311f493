"""What is the matter with what services keep for a while: in a cache, or under keys that should expire."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import Field

from sandbox.causes.ailing import Illness
from sandbox.causes.cause import Cause, service_of
from sandbox.causes.databases import IsSo
from sandbox.furnishing import Furnished
from sandbox.instances import ServiceInstance
from sandbox.redis.real import RealRedis
from sandbox.redis.world import RedisWorld
from sandbox.service import FakeService
from sandbox.stripe.world import StripeWorld
from sandbox.symptoms import Symptom
from stanch.model.base import Duration

_HIT_RATE = "hit_rate"
_BEST = 0.95
_ENTRIES = 200
_LOOKED_UP = 40
"""How often clients look something up between one look at the server and the next."""
_GOOD, _BROKEN, _LOCKED = "good", "broken", "locked"
_DAY = timedelta(days=1)


@dataclass
class CachedEntries:
    """What a service looks up: keys of a real cache, each with what is good, broken or not there."""

    server: RealRedis
    prefix: str
    fills: bool = True
    """Whether what is warmed is also found: not where it is looked up under other keys."""

    @property
    def names(self) -> list[str]:
        """All that is ever looked up."""
        return [f"{self.prefix}:{number}" for number in range(_ENTRIES)]

    @property
    def good(self) -> float:
        """The share of look-ups that find something good."""
        return self.server.held(self.names).count(_GOOD) / _ENTRIES * _BEST if self.fills else 0.0

    @property
    def broken(self) -> bool:
        """Whether anything that is found is of no use."""
        return _BROKEN in self.server.held(self.names)

    def warm(self) -> None:
        """Everything that nobody else is said to be filling is there."""
        held = zip(self.names, self.server.held(self.names), strict=True)
        self.server.hold([name for name, value in held if not value], _GOOD)

    def clear(self) -> None:
        """Nothing is there any more."""
        self.server.keys.delete(*self.names)

    def look_up(self, rate: float) -> None:
        """As clients do all the time: found is what the hit rate says."""
        found, key = round(rate * _LOOKED_UP), f"{self.prefix}:looked-up"
        with self.server.keys.pipeline(transaction=False) as all_at_once:
            all_at_once.set(key, _GOOD)
            for number in range(_LOOKED_UP):
                all_at_once.get(key if number < found else f"{self.prefix}:none")
            all_at_once.delete(key)
            all_at_once.execute()

    def miss(self, often: int) -> None:
        """Something is looked up that nobody ever kept."""
        with self.server.keys.pipeline(transaction=False) as all_at_once:
            for _ in range(often):
                all_at_once.get(f"{self.prefix}:none")
            all_at_once.execute()


@dataclass(frozen=True)
class LiveNumbers(Mapping[str, float]):
    """Numbers that are measured when somebody looks."""

    measured: Mapping[str, Callable[[], float]]

    def __getitem__(self, name: str) -> float:
        """As it is now."""
        return self.measured[name]()

    def __iter__(self) -> Iterator[str]:
        """By name."""
        return iter(self.measured)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.measured)


class CacheTrouble(Illness, kind="cache"):
    """A cache helps less than it should: what it holds is broken, missing or never found."""

    is_: Literal["well", "cold", "broken-entries", "stampede", "keys-without-tenant", "short-lived"] = Field(
        alias="is"
    )
    says: str = ""
    prefix: str = "cache"
    share: float = Field(default=0.02, gt=0, le=1)
    below: float = 0.8
    """The service is slow while fewer look-ups than this find something."""
    warm_at: str = ""
    clear_at: str = ""
    fills_itself: bool = False
    """What clients do not find is there from then on, unless somebody else is said to be filling it."""
    ttl: str = ""
    """The switch that says for how long an entry is kept, and what is long enough."""
    long_enough: float = 0
    missed: int = Field(default=0, ge=0)
    """So many look-ups found nothing, before anybody looked."""

    def bring_about(self, world: Furnished) -> None:
        """Keys of the real cache are so; the hit rate follows from them."""
        service, redis = service_of(world, self.of), world.sandbox.of(RedisWorld)
        entries = CachedEntries(redis.real(), self.prefix, fills=self.is_ != "keys-without-tenant")
        self._lay_in(entries)
        entries.miss(self.missed)
        rate = self._hit_rate(world, service, entries)
        redis.is_looked_up = lambda: entries.look_up(rate())
        service.symptoms.append(Symptom(_always, numbers=LiveNumbers({_HIT_RATE: rate})))
        service.acts |= self._acts(entries)
        if self.fills_itself:
            service.witnesses.append(_whatever_is_said(entries.warm))
        if self.is_ == "broken-entries":
            # Whoever misses something keeps it anew; what is there and broken is in everybody's way.
            service.witnesses.append(lambda _: entries.warm())
            self.falls_ill(world, IsSo(lambda: entries.broken))
        elif self.seconds:
            self.falls_ill(world, IsSo(lambda: rate() < self.below))

    def _lay_in(self, entries: CachedEntries) -> None:
        entries.clear()
        match self.is_:
            case "broken-entries":
                half = len(entries.names) // 2
                entries.server.hold(entries.names[:half], _GOOD)
                entries.server.hold(entries.names[half:], _BROKEN)
            case "stampede":
                entries.server.hold(entries.names, _LOCKED)
            case "short-lived" | "keys-without-tenant" | "well":
                entries.warm()

    def _hit_rate(
        self, world: Furnished, service: FakeService, entries: CachedEntries
    ) -> Callable[[], float]:
        if not self.ttl:
            return lambda: entries.good
        seen = world.seen[self.of, self.ttl]

        def by_age() -> float:
            ages = (_number(seen(one)) for one in service.host.instances())
            return min(_BEST, _BEST * min(ages, default=0) / self.long_enough)

        return by_age

    def _acts(self, entries: CachedEntries) -> dict[str, Callable[[object], None]]:
        known = {self.warm_at: entries.warm, self.clear_at: entries.clear}
        return {at: _whatever_is_said(act) for at, act in known.items() if at}


class LastingKeys(Cause, kind="keys"):
    """So many keys of a kind never expire, until an endpoint or somebody else cleans them."""

    of: str
    prefix: str
    count: int
    expiring: int = 0
    clean_at: str = ""

    def bring_about(self, world: Furnished) -> None:
        """They are in the real server."""
        server = world.sandbox.of(RedisWorld).real()
        server.hold([f"{self.prefix}:{number}" for number in range(self.count)], _GOOD)
        day = int(_DAY.total_seconds())
        server.hold([f"{self.prefix}:new:{number}" for number in range(self.expiring)], _GOOD, day)

        def clean() -> None:
            names = [name.decode() for name in server.matching(f"{self.prefix}:*")]
            gone = [name for name in names if server.keys.pttl(name) == -1]
            if gone:
                server.keys.delete(*gone)

        if self.clean_at:
            service_of(world, self.of).acts[self.clean_at] = _whatever_is_said(clean)


class RepeatedPayments(Cause, kind="charges"):
    """So many people were charged twice of late."""

    of: str
    twice: int
    ago: Duration = timedelta(hours=1)

    def bring_about(self, world: Furnished) -> None:
        """The second charge comes a minute after the first."""
        stripe = world.sandbox.of(StripeWorld)
        for number in range(self.twice):
            for later in (timedelta(), timedelta(minutes=1)):
                stripe.charge(self.ago - later, 4900 + number, customer=f"cus_twice{number}")


def _whatever_is_said(act: Callable[[], None]) -> Callable[[object], None]:
    return lambda _: act()


def _always(_: ServiceInstance) -> bool:
    return True


def _number(value: object) -> float:
    return float(str(value))
