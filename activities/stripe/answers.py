"""What Stripe answers, as far as Stanch reads it; nothing of a customer's is kept."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

MARK = "stanch_change"
"""Where a change of ours names itself in an endpoint's metadata."""
ENABLED, DISABLED = "enabled", "disabled"
EVERYTHING = "*"


class _Answer(BaseModel):
    """Stripe answers null where there is nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Endpoint(_Answer):
    """One webhook endpoint; what it signs with is told only to who creates it, and dropped here."""

    id: str
    url: str = ""
    status: str = ""
    created: int = 0
    enabled_events: tuple[str, ...] = ()
    api_version: str | None = None
    description: str | None = None
    application: str | None = None
    livemode: bool = False
    metadata: dict[str, str] | None = None

    @property
    def is_enabled(self) -> bool:
        """True while Stripe sends events there."""
        return self.status == ENABLED

    @property
    def marker(self) -> str:
        """The change of ours that made it."""
        return (self.metadata or {}).get(MARK, "")

    @property
    def created_at(self) -> datetime:
        """Since when it is there."""
        return datetime.fromtimestamp(self.created, UTC)

    def covers(self, other: "Endpoint") -> bool:
        """True when whatever the other is sent is sent here too, to the same address."""
        wanted = set(other.enabled_events)
        return self.url == other.url and (
            EVERYTHING in self.enabled_events or wanted <= set(self.enabled_events)
        )


class NewEndpoint(_Answer):
    """The one answer that holds a signing secret."""

    id: str
    secret: SecretStr | None = None


class _PaymentError(_Answer):
    code: str | None = None
    decline_code: str | None = None


class _Outcome(_Answer):
    reason: str | None = None


class Subject(_Answer):
    """Why a payment failed, and nothing else of it."""

    id: str = ""
    last_payment_error: _PaymentError | None = None
    failure_code: str | None = None
    outcome: _Outcome | None = None
    payment_intent: Any = None

    @property
    def reason(self) -> str:
        """`insufficient_funds`, `card_declined` ...; the bank's word before Stripe's."""
        error, outcome = self.last_payment_error, self.outcome
        said = (
            (error.decline_code or error.code) if error else None,
            outcome.reason if outcome else None,
            self.failure_code,
        )
        return next((word for word in said if word), "unknown")


class _Data(_Answer):
    object: Subject = Subject()


class Event(_Answer):
    """One event; `pending_webhooks` endpoints have not taken it yet."""

    id: str
    type: str = ""
    created: int = 0
    pending_webhooks: int = 0
    data: _Data = Field(default_factory=_Data)

    @property
    def at(self) -> datetime:
        """When it happened."""
        return datetime.fromtimestamp(self.created, UTC)
