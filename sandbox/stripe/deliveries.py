"""Payments that go on, and their events on the way to the service that they are for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.breakers import BreakerPosition
from sandbox.inlets import Inlet
from sandbox.instances import ServiceInstance
from sandbox.named_places import Sender
from sandbox.service import FakeService
from sandbox.stripe.world import Endpoint, Event, StripeWorld
from sandbox.traffic import Stretch

NAME = "stripe"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_PATH = "api/webhooks/stripe"
_GIVES_UP = timedelta(days=3)
_FAILING_FOR = timedelta(hours=1)
"""How long nothing was taken before an endpoint is given up; at Stripe that is days."""


@dataclass
class LateEvent:
    """An event that some endpoints have not taken yet."""

    event: Event
    endpoints: set[str]
    arrived: bool = False
    """Another endpoint has brought it to the service."""
    tries: int = 1

    @property
    def due(self) -> datetime:
        """When it is sent again: a minute later, and each time twice as late."""
        return self.event.created + _MINUTE * (2.0**self.tries - 1)


@dataclass
class Deliveries(Sender):
    """One account and the service that its events are for."""

    world: StripeWorld
    service: FakeService
    per_minute: float = 1
    declined: Mapping[str, float] = field(default_factory=dict)
    waiting: list[LateEvent] = field(default_factory=list)

    def sign_with(self, secret: str) -> None:
        """Every endpoint that there is signs with it."""
        for endpoint in self.world.endpoints.values():
            endpoint.secret = secret

    def disable(self) -> None:
        """What came about in the hour before waits until the endpoint is enabled again."""
        of_late = self.world.clock.now() - _FAILING_FOR
        for endpoint in self.world.endpoints.values():
            endpoint.status = "disabled"
        for event in (one for one in self.world.events if one.created > of_late):
            self._keep(event, set(self.world.endpoints))

    def is_refused_by(self, copy: ServiceInstance) -> bool:
        """Whether this copy finds the signature of some endpoint wrong."""
        inlet = self.service.inlets.get(NAME, Inlet(NAME))
        return not all(inlet.knows(copy, one.secret) for one in self._enabled())

    def __call__(self, stretch: Stretch) -> None:
        """Payments of that time, and another try for what is due."""
        copies = [one for one in self.service.host.instances() if one.serving]
        for at in self._instants(stretch):
            with self.world.clock.back_at(at):
                self._pay(at, copies)
        taken = {end.id for end in self._enabled() if self._is_taken(end, copies)}
        for one in self.waiting:
            one.event.is_stuck = not (one.arrived or one.endpoints & taken)
        for one in [each for each in self.waiting if each.due <= stretch.end]:
            one.arrived = one.arrived or bool(one.endpoints & taken)
            one.endpoints = (one.endpoints & self.world.endpoints.keys()) - taken
            one.tries += 1
            one.event.pending = len(one.endpoints)
        self.waiting = [
            one for one in self.waiting if one.endpoints and one.event.created > stretch.end - _GIVES_UP
        ]

    def _instants(self, stretch: Stretch) -> list[datetime]:
        breaker = self.service.breakers.get(NAME)
        if self.per_minute <= 0 or (breaker and breaker.position is BreakerPosition.OPEN):
            return []
        every = _MINUTE / self.per_minute
        first = -((_EPOCH - stretch.begin) // every)
        count = max(0, -((stretch.begin - stretch.end) // every))
        instants = (_EPOCH + every * (first + number) for number in range(count + 1))
        return [at for at in instants if stretch.begin <= at < stretch.end]

    def _pay(self, at: datetime, copies: list[ServiceInstance]) -> None:
        reason = self._reason(at)
        event = self.world.fail(timedelta(), reason) if reason else self.world.succeed(timedelta())
        enabled = self._enabled()
        refused = {one.id for one in enabled if not self._is_taken(one, copies)}
        if refused:
            self._keep(event, refused, arrived=len(refused) < len(enabled))

    def _reason(self, at: datetime) -> str:
        """Why the payment of this instant fails, so that each reason has its share of a hundred."""
        number = round((at - _EPOCH) / _MINUTE * self.per_minute)
        place, reached = number * 37 % 100 / 100, 0.0
        for reason, share in self.declined.items():
            reached += share
            if place < reached:
                return reason
        return ""

    def _keep(self, event: Event, endpoints: set[str], *, arrived: bool = False) -> None:
        event.pending, event.is_stuck = len(endpoints), not arrived
        self.waiting.append(LateEvent(event, endpoints, arrived))

    def _enabled(self) -> list[Endpoint]:
        return [one for one in self.world.endpoints.values() if one.status == "enabled"]

    def _is_taken(self, endpoint: Endpoint, copies: list[ServiceInstance]) -> bool:
        inlet = self.service.inlets.get(NAME, Inlet(NAME))
        return inlet.is_there and any(
            inlet.knows(copy, endpoint.secret) and not self.service.failure(copy, _PATH) for copy in copies
        )
