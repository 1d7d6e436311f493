"""What Stripe can be asked: whether events reach the service, and which payments failed and why."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.stripe.answers import Endpoint, Event
from activities.stripe.client import Stripe
from stanch.model.base import Duration, Frozen, Written
from stanch.model.evidence import AgeAs, AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_UNDER_WAY = timedelta(minutes=2)
"""A younger event may simply be on its way."""
SHOWN = 20
_FAILED, _SUCCEEDED, _BARE = "payment_intent.payment_failed", "payment_intent.succeeded", "charge.failed"


class OneEndpoint(Frozen):
    """One webhook endpoint; of its address only what holds no key."""

    id: str
    url: str
    status: str
    events: int


class WebhookArguments(Written):
    """Which endpoints, and how far back events are looked at."""

    endpoint: Annotated[str, Field(pattern=r"^(https://[^\s?#]+)?$", max_length=500)] = ""
    """Only those at this address; events are always those of the whole account."""
    within: Duration = Field(default=timedelta(hours=1), gt=timedelta(0), le=timedelta(days=3))


class Webhooks(Reading):
    """The endpoints, and the events of the last minutes that some endpoint has not taken."""

    endpoints: tuple[OneEndpoint, ...]
    url: str | None
    """The address that events go to; None where there are several."""
    enabled: int
    disabled: int
    """Those whose events no enabled one takes; the old one of a rotation is not among them."""
    disabled_id: str | None
    """The newest of these; None where there is none."""
    undelivered: Annotated[int, AtLeast("at_least")]
    at_least: bool
    by_type: Annotated[dict[str, int], AtLeast("at_least")]
    oldest_at: Annotated[datetime | None, AgeAs("age")]
    """Of the events that are not delivered."""
    delivered: bool | None
    """Some event of that time was taken by all; unknown where none was: nothing may have happened."""

    def line(self) -> str:
        """`1 of 2 endpoints enabled, at least 12 events not delivered`."""
        least = "at least " if self.at_least else ""
        total = len(self.endpoints)
        disabled = f", {self.disabled} disabled ({self.disabled_id})" if self.disabled else ""
        return (
            f"{self.enabled} of {total} endpoints enabled{disabled},"
            f" {least}{self.undelivered} events not delivered"
        )


class ReadWebhooks(Reader[Stripe]):
    """`stripe.webhooks`."""

    spec: ClassVar = ReadingSpec(
        name="stripe.webhooks",
        says="Webhook endpoints, enabled or not, and the events of the last minutes they have not taken",
        result=Webhooks,
        arguments=WebhookArguments,
        of="stripe",
        needs=("Webhook Endpoints: read", "Events: read"),
        good_when="it.enabled > 0 && it.undelivered == 0 && it.delivered",
    )

    async def read(self, look: Look) -> Webhooks:
        """Stripe says of an event how many endpoints have not taken it, and not which."""
        asked = WebhookArguments.model_validate(look.arguments)
        since = look.begins(asked.within)
        endpoints = [one for one in await self.vendor.endpoints() if asked.endpoint in ("", _bare(one))]
        disabled = _left_out(endpoints)
        addresses = {_bare(one) for one in endpoints}
        events, whole = await self.vendor.events(since, undelivered=True)
        late = [one for one in events if since <= one.at <= look.as_of - _UNDER_WAY and one.pending_webhooks]
        return Webhooks(
            endpoints=tuple(
                OneEndpoint(
                    id=one.id,
                    url=_bare(one),
                    status=one.status,
                    events=len(one.enabled_events),
                )
                for one in endpoints
            ),
            url=addresses.pop() if len(addresses) == 1 else None,
            enabled=sum(one.is_enabled for one in endpoints),
            disabled=len(disabled),
            disabled_id=disabled[0].id if disabled else None,
            undelivered=len(late),
            at_least=not whole,
            by_type=dict(Counter(one.type for one in late).most_common()),
            oldest_at=min((one.at for one in late), default=None),
            delivered=await self.vendor.some_was_delivered(since) or None,
        )


def _bare(endpoint: Endpoint) -> str:
    """Its address without what may hold a key."""
    return endpoint.url.partition("?")[0]


def _left_out(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Those that are disabled and that no enabled one stands for, newest first."""
    enabled = [one for one in endpoints if one.is_enabled]
    left = [
        one for one in endpoints if not one.is_enabled and not any(other.covers(one) for other in enabled)
    ]
    return sorted(left, key=lambda one: one.created, reverse=True)


class PaymentArguments(Written):
    """How far back."""

    within: Duration = Field(default=timedelta(minutes=15), gt=timedelta(0), le=timedelta(days=1))


class FailedPayments(Reading):
    """Attempts to pay that failed in the last minutes, by reason, beside those that went well."""

    failed: Annotated[int, AtLeast("at_least")]
    succeeded: Annotated[int, AtLeast("at_least")]
    rate: Annotated[float | None, AtLeast("at_least")]
    """Failed of all, between 0 and 1; unknown where nobody paid, and of a part."""
    at_least: bool
    by_reason: Annotated[dict[str, int], AtLeast("at_least")]
    last_at: Annotated[datetime | None, AgeAs("age")]
    ids: tuple[str, ...]
    """Payments, or charges that belong to none, that failed: the newest 20, newest first, each once."""

    def line(self) -> str:
        """`at least 12 of 40 payments failed: card_declined 9, insufficient_funds 3`."""
        least = "at least " if self.at_least else ""
        reasons = ", ".join(f"{reason} {count}" for reason, count in list(self.by_reason.items())[:3])
        said = f": {reasons}" if reasons else ""
        return f"{least}{self.failed} of {self.failed + self.succeeded} payments failed{said}"


class ReadFailedPayments(Reader[Stripe]):
    """`stripe.failed_payments`."""

    spec: ClassVar = ReadingSpec(
        name="stripe.failed_payments",
        says="Attempts to pay that failed in the last minutes, counted by reason; nothing of customers",
        result=FailedPayments,
        arguments=PaymentArguments,
        of="stripe",
        needs=("Events: read",),
    )

    async def read(self, look: Look) -> FailedPayments:
        """A charge of a payment intent fails together with it, and counts once."""
        since = look.begins(PaymentArguments.model_validate(look.arguments).within)
        events, whole = await self.vendor.events(since, (_FAILED, _SUCCEEDED, _BARE))
        inside = [one for one in events if since <= one.at <= look.as_of]
        failed = [one for one in inside if _is_failure(one)]
        succeeded = sum(one.type == _SUCCEEDED for one in inside)
        total = len(failed) + succeeded
        return FailedPayments(
            failed=len(failed),
            succeeded=succeeded,
            rate=round(len(failed) / total, 4) if total else None,
            at_least=not whole,
            by_reason=dict(Counter(one.data.object.reason for one in failed).most_common()),
            last_at=max((one.at for one in failed), default=None),
            ids=tuple(dict.fromkeys(one.data.object.id for one in failed if one.data.object.id))[:SHOWN],
        )


def _is_failure(event: Event) -> bool:
    return event.type == _FAILED or (event.type == _BARE and not event.data.object.payment_intent)
