"""Stripe's part of the world: webhook endpoints, events, and what was asked under which key."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.base import World
from sandbox.clock import digest_of
from sandbox.ledger import SOMEONE_ELSE

_ON_ITS_WAY, _RECENT, _TOO_MANY = timedelta(minutes=2), timedelta(minutes=10), 0.2
_ENDS = ("payment_failed", "succeeded")


@dataclass
class Endpoint:
    """One webhook endpoint; its secret is shown once."""

    id: str
    url: str
    enabled_events: list[str]
    secret: str
    created: datetime
    status: str = "enabled"
    api_version: str | None = None
    description: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    application: str | None = None

    def body(self) -> dict[str, Any]:
        """As the API shows it after its creation."""
        return {
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": self.api_version,
            "application": self.application,
            "created": int(self.created.timestamp()),
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": True,
            "metadata": self.metadata,
            "status": self.status,
            "url": self.url,
        }


@dataclass
class Event:
    """Something that happened, and how many endpoints have not taken it."""

    id: str
    type: str
    created: datetime
    subject: dict[str, Any]
    pending: int = 0
    is_stuck: bool = False
    """The service has not got it by any endpoint, and would not take it now."""

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "object": "event",
            "api_version": "2026-09-30.endive",
            "created": int(self.created.timestamp()),
            "data": {"object": self.subject},
            "livemode": True,
            "pending_webhooks": self.pending,
            "request": {"id": None, "idempotency_key": None},
            "type": self.type,
        }


@dataclass
class Charge:
    """Money taken, and by now perhaps given back."""

    id: str
    customer: str | None
    amount: int
    currency: str
    created: datetime
    metadata: dict[str, str]
    card: str
    status: str = "succeeded"
    captured: bool = True
    refunded: bool = False

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_refunded": self.amount if self.refunded else 0,
            "billing_details": {"email": "somebody@customer.example" if self.customer else None},
            "captured": self.captured,
            "created": int(self.created.timestamp()),
            "currency": self.currency,
            "customer": self.customer,
            "livemode": True,
            "metadata": self.metadata,
            "paid": self.status == "succeeded",
            "payment_method_details": {"type": "card", "card": {"fingerprint": self.card or None}},
            "refunded": self.refunded,
            "status": self.status,
        }


@dataclass(frozen=True)
class Remembered:
    """What was answered to the first request under a key."""

    asked: str
    answer: dict[str, Any]
    at: datetime
    status: int = 200


class StripeWorld(World):
    """One account."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.endpoints: dict[str, Endpoint] = {}
        self.events: list[Event] = []
        self.charges: list[Charge] = []
        self.remembered: dict[str, Remembered] = {}
        self._fails_until = self._locked_until = self.clock.now()
        self.fails_after_doing = False

    def fail_inside(self, so_long: timedelta, *, after_doing: bool = False) -> None:
        """New requests under a key end with a 500, which is kept like any other answer."""
        self._fails_until, self.fails_after_doing = self.clock.now() + so_long, after_doing

    def lock(self, so_long: timedelta) -> None:
        """Another request holds what is to be changed."""
        self._locked_until = self.clock.now() + so_long

    @property
    def fails(self) -> bool:
        """Whether requests end with a 500."""
        return self.clock.now() < self._fails_until

    @property
    def is_locked(self) -> bool:
        """Whether somebody holds what is to be changed."""
        return self.clock.now() < self._locked_until

    def add(self, url: str, events: list[str], ago: timedelta = timedelta()) -> Endpoint:
        """An enabled endpoint with a secret of its own."""
        ident = f"we_{self.origin.short(24)}"
        made = Endpoint(ident, url, events, f"whsec_{digest_of(ident)[:32]}", self.clock.now() - ago)
        self.endpoints[ident] = made
        return made

    def happen(self, kind: str, ago: timedelta, subject: dict[str, Any], pending: int = 0) -> Event:
        """An event of this kind happened so long ago."""
        made = Event(f"evt_{self.origin.short(24)}", kind, self.clock.now() - ago, subject, pending)
        insort(self.events, made, key=_newest_first)
        return made

    def fail(self, ago: timedelta, decline: str = "insufficient_funds") -> Event:
        """A payment failed, and its charge with it: two events."""
        number = self.origin.short(24)
        error = {"type": "card_error", "code": "card_declined", "decline_code": decline}
        intent = {"id": f"pi_{number}", "object": "payment_intent", "last_payment_error": error}
        charge = {
            "id": f"ch_{number}",
            "object": "charge",
            "payment_intent": intent["id"],
            "failure_code": "card_declined",
            "outcome": {"reason": decline},
            "billing_details": {"email": "somebody@customer.example"},
        }
        self.happen("charge.failed", ago, charge)
        return self.happen("payment_intent.payment_failed", ago, intent)

    def succeed(self, ago: timedelta) -> Event:
        """A payment of somebody new went well."""
        number = self.origin.short(24)
        self.charge(ago, customer=f"cus_{number[:14]}")
        subject = {"id": f"pi_{number}", "object": "payment_intent"}
        return self.happen("payment_intent.succeeded", ago, subject)

    def charge(
        self,
        ago: timedelta,
        amount: int = 1999,
        *,
        customer: str | None = None,
        card: str = "",
        order: str = "",
    ) -> Charge:
        """Money was taken so long ago."""
        made = Charge(
            id=f"ch_{self.origin.short(24)}",
            customer=customer,
            amount=amount,
            currency="eur",
            created=self.clock.now() - ago,
            metadata={"order_id": order} if order else {},
            card=card,
        )
        insort(self.charges, made, key=_newest_first)
        return made

    def state(self) -> dict[str, Any]:
        """Endpoints and their status."""
        return {one.id: {"url": one.url, "status": one.status} for one in self.endpoints.values()}

    def complaints(self) -> Iterator[str]:
        """Events that nobody takes, and payments of which too many fail."""
        stuck = [one for one in self.events if one.pending and one.is_stuck]
        late = [one for one in stuck if one.created < self.clock.now() - _ON_ITS_WAY]
        if late:
            yield f"{len(late)} events wait at Stripe"
        recent = [one for one in self.events if one.created >= self.clock.now() - _RECENT]
        failed, paid = (sum(one.type == f"payment_intent.{end}" for one in recent) for end in _ENDS)
        if failed > _TOO_MANY * (failed + paid):
            yield f"{failed} of {failed + paid} payments fail at Stripe"

    def secrets(self) -> set[str]:
        """What every endpoint signs with."""
        return {one.secret for one in self.endpoints.values()}

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """Somebody registers one more endpoint at that address."""
        del good, release, in_progress
        made = self.add(name, ["*"])
        self.ledger.record("stripe.register", made.id, to=made.status, by=SOMEONE_ELSE)
        return made.id


def _newest_first(one: Event | Charge) -> float:
    return -one.created.timestamp()
