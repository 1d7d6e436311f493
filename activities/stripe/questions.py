"""What only an account at Stripe can settle."""

from datetime import UTC, datetime, timedelta

from activities.open_questions import OpenQuestion
from activities.stripe.client import Stripe
from stanch.model.change import Target

_LOOKED_AT = timedelta(days=7)


async def _without_endpoints(stripe: Stripe, _: Target) -> str:
    """Whether an account without endpoints has delivered events."""
    enabled = sum(one.is_enabled for one in await stripe.endpoints())
    some = await stripe.some_was_delivered(datetime.now(UTC) - _LOOKED_AT)
    return (
        f"{enabled} enabled endpoints; delivery_success=true finds {'events' if some else 'no event'}"
        f" of the last {_LOOKED_AT.days} days"
    )


QUESTIONS = (
    OpenQuestion(
        "Does delivery_success=true also find events for which there is no endpoint?",
        "It does not: an event that it finds was taken by an endpoint; ask of an account without endpoints",
        _without_endpoints,
    ),
    OpenQuestion(
        "Is a 500 that Stripe repeats for an idempotency key marked Idempotent-Replayed?",
        "It is: so it is told from a new failure, and nothing more is asked with that key",
        by_hand="Dashboard, Developers, Logs: open a request that ended with 500 and was sent twice with one"
        " key, and look at the second answer's headers",
    ),
)
