"""What is the matter with what services keep things in, and with the connections they have to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field, JsonValue

from sandbox.backings import Backing
from sandbox.causes.ailing import Illness
from sandbox.causes.cause import service_of
from sandbox.furnishing import Furnished
from sandbox.instances import ImpossibleError, ServiceInstance
from sandbox.postgres.real import MOST, RealPostgres, Session
from sandbox.postgres.world import PostgresWorld
from stanch.model.base import Duration

_BEFORE_US = timedelta(minutes=10)


@dataclass(frozen=True)
class IsSo:
    """Something is so, whichever copy asks."""

    now: Callable[[], bool]

    def __call__(self, _: ServiceInstance) -> bool:
        """For every copy."""
        return self.now()


class OfPart(Illness):
    """What is wrong with a part of a service, or between the two."""

    role: str = "database"

    def part(self, world: Furnished) -> Backing:
        """The part."""
        return world.sandbox.part(world.part(self.of, self.role))

    def keeps_away(self, world: Furnished, now: Callable[[], bool]) -> None:
        """While it is so the service is ill, and its health says that the part is not to be had."""
        self.part(world).ills.append(now)
        self.falls_ill(world, IsSo(now))

    def server(self, world: Furnished) -> tuple[RealPostgres, str]:
        """The real server behind the part, and the database there."""
        postgres = world.sandbox.of(PostgresWorld)
        name = postgres.name_of(self.part(world))
        return postgres.real(name), name


@dataclass
class ConnectionPool:
    """A service's own connections: as many as it needs, may have, and gets."""

    server: RealPostgres
    name: str
    application: str
    needed: int
    allowed: Callable[[], int]
    open: list[Session] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """How many requests have none: at work are as many as the server and the pool's size allow."""
        wanted = min(self.needed, self.allowed())
        if self.server.connected(self.open) < len(self.open):
            self.open = [one for one in self.open if self.server.connected([one])]
        while len(self.open) > wanted:
            self.server.ends(self.open.pop())
        for _ in range(min(wanted - len(self.open), self.server.free)):
            self.open.append(self.server.idles(self.name, self.application))
        return self.needed - len(self.open)

    def body(self, *, is_dead: bool) -> dict[str, int]:
        """As an admin endpoint shows it; of dead connections none is of use."""
        waiting = max(self.waiting, self.needed if is_dead else 0)
        return {"active": len(self.open), "idle": 0, "waiting": waiting, "max": self.allowed()}


class PoolDemand(OfPart, kind="pool"):
    """A service needs so many connections at once, and may open as many as a switch or its platform says."""

    demand: int
    size_from: str = ""
    """The switch; where none is named it is what the platform allows."""
    allowed: int = 0
    """So many the platform has long allowed, where that is another number than usual."""
    hangs: bool = False
    """Every connection of its present copies is dead, whatever the limits are."""
    shown_at: str = ""

    def bring_about(self, world: Furnished) -> None:
        """It has opened what it could get."""
        service = service_of(world, self.of)
        server, name = self.server(world)
        pool = ConnectionPool(server, name, self.of, self.demand, self._allowed(world))
        if self.hangs:
            service.host.hang(hangs=True)
            self.keeps_away(world, lambda: any(one.stuck for one in service.host.instances()))
        else:
            self.keeps_away(world, lambda: pool.waiting > 0)
        if self.shown_at:
            ill = self.part(world).ills[-1]
            shown = world.sandbox.shown_by.setdefault(self.of, {})
            shown[self.shown_at.strip("/")] = lambda: pool.body(is_dead=self.hangs and ill())

    def _allowed(self, world: Furnished) -> Callable[[], int]:
        service = service_of(world, self.of)
        if self.size_from:
            seen = world.seen[self.of, self.size_from]
            return lambda: min((int(seen(one)) for one in service.host.instances()), default=0)
        place = world.place(self.of)
        vendor_world, hosting = world.hosting(place)
        if hosting.connections is None:
            raise ImpossibleError(f"{place.provider} keeps no connections; name the switch with size_from")
        if self.allowed and hosting.allow:
            hosting.allow(vendor_world, place, self.allowed)
        return hosting.connections(vendor_world, place)


class LongQueries(OfPart, kind="queries"):
    """Somebody's queries have run for long: they hold locks, or all the connections."""

    count: int = 1
    by: str = "worker"
    running_for: Duration = _BEFORE_US
    asks: str = "SELECT pg_sleep(86400)"
    locks: bool = False
    """The service waits for what they hold, until the last has ended."""
    leaves: int | None = None
    """So many connections they leave free; the service needs more than that."""
    needs: int = 10

    def bring_about(self, world: Furnished) -> None:
        """They run."""
        server, name = self.server(world)
        count = self.count if self.leaves is None else max(0, server.free - self.leaves)
        sessions = [server.idles(name, self.by) for _ in range(count)]
        for one in sessions:
            server.begins(one, name, self.asks, self.running_for)
        if self.locks:
            self.keeps_away(world, lambda: server.at_work(sessions) > 0)
        if self.leaves is not None:
            self.keeps_away(world, lambda: server.free < self.needs)


class TakenConnections(OfPart, kind="connections"):
    """Others are connected and ask nothing: so many, or all but so many."""

    by: str = "worker"
    count: int = 0
    leaves: int | None = None
    in_transaction: bool = False
    running_for: Duration = _BEFORE_US
    needs: int = 10

    def bring_about(self, world: Furnished) -> None:
        """They stay connected."""
        server, name = self.server(world)
        count = self.count if self.leaves is None else max(0, server.free - self.leaves)
        for _ in range(count):
            session = server.idles(name, self.by)
            if self.in_transaction:
                server.begins(session, name, "", self.running_for)
        if self.leaves is not None:
            self.keeps_away(world, lambda: server.free < self.needs)


class ServerNumbers(OfPart, kind="server_shown"):
    """A part shows its connections at an address of its own."""

    shown_at: str

    def bring_about(self, world: Furnished) -> None:
        """As many as there are."""
        server, _ = self.server(world)
        world.sandbox.shown_by[world.part(self.of, self.role)] = {
            self.shown_at.strip("/"): lambda: {"active": MOST - server.free, "max": MOST}
        }


class KeptRows(OfPart, kind="rows"):
    """A table holds these rows, the columns of all being those of the first."""

    table: str
    rows: tuple[dict[str, JsonValue], ...] = Field(min_length=1)

    def bring_about(self, world: Furnished) -> None:
        """As the app's own role left them."""
        server, name = self.server(world)
        server.fills(name, self.table, self.rows)
