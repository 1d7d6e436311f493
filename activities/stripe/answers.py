"""What Stripe answers, as far as Stanch reads it; nothing of a customer's is kept."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from stanch.model.base import digest_of

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


class Charge(_Answer):
    """One charge, and of who paid only what tells one from another."""

    id: str
    amount: int = 0
    currency: str = ""
    created: int = 0
    status: str = ""
    captured: bool = True
    refunded: bool = False
    metadata: dict[str, str] | None = None
    payer: str = ""
    """The same for the same customer, means of payment or address; empty where none of these is told."""

    @model_validator(mode="before")
    @classmethod
    def _told_apart(cls, answer: Any) -> Any:
        if not isinstance(answer, dict):
            return answer
        means = answer.get("payment_method_details") or {}
        ways = [one.get("fingerprint") for one in means.values() if isinstance(one, dict)]
        said = (answer.get("customer"), *ways, (answer.get("billing_details") or {}).get("email"))
        payer = next((one for one in said if one), None)
        return {**answer, "payer": digest_of(payer) if payer else ""}

    @property
    def at(self) -> datetime:
        """When it was made."""
        return datetime.fromtimestamp(self.created, UTC)

    @property
    def is_paid(self) -> bool:
        """It took money that was not given back."""
        return self.status == "succeeded" and self.captured and not self.refunded
