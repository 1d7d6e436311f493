"""`stripe.repeated_charges`: charges made twice, as when a retry no longer carries the key of its first try.

A charge does not tell its idempotency key; under one key there would be one charge. So a repeat is the same
amount of the same payer again soon after, or under one order where the metadata names it.
"""

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from activities.contract import Reader
from activities.stripe.answers import Charge
from activities.stripe.client import Stripe
from activities.stripe.readings import SHOWN
from stanch.model.base import Duration, Written
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec


class RepeatedArguments(Written):
    """How far back, and what counts as the same charge again."""

    within: Duration = Field(default=timedelta(hours=24), gt=timedelta(0), le=timedelta(days=31))
    apart: Duration = Field(default=timedelta(minutes=10), gt=timedelta(0), le=timedelta(days=1))
    """Charges further apart than this are two purchases."""
    order: Annotated[str, Field(max_length=40)] = ""
    """The key of the metadata that names an order: where charges bear it, it alone tells them apart."""


class RepeatedCharges(Reading):
    """Charges that took money once more for the same; what has been refunded is not among them."""

    repeated: Annotated[int, AtLeast("at_least")]
    """Charges beyond the first of each."""
    payers: Annotated[int, AtLeast("at_least")]
    """How many people were charged twice."""
    looked_at: Annotated[int, AtLeast("at_least")]
    at_least: bool
    """There are more charges than were looked at, or some that do not tell who paid."""
    ids: tuple[str, ...]
    """The charges to refund: the newest 20, newest first."""

    def line(self) -> str:
        """`2 of 812 charges made twice (payers: 2): ch_1, ch_2`."""
        least = "at least " if self.at_least else ""
        said = f"{least}{self.repeated} of {self.looked_at} charges made twice"
        if not self.repeated:
            return said
        more = f" and {self.repeated - len(self.ids)} more" if self.repeated > len(self.ids) else ""
        return f"{said} (payers: {self.payers}): {', '.join(self.ids)}{more}"


class ReadRepeatedCharges(Reader[Stripe]):
    """`stripe.repeated_charges`."""

    spec: ClassVar = ReadingSpec(
        name="stripe.repeated_charges",
        says="Charges made twice: the same amount of the same payer within minutes, or of the same order;"
        " their ids, and nothing of customers",
        result=RepeatedCharges,
        arguments=RepeatedArguments,
        of="stripe",
        needs=("Charges: read",),
    )

    async def read(self, look: Look) -> RepeatedCharges:
        """Charges as they are by now, so that a refund takes one out."""
        asked = RepeatedArguments.model_validate(look.arguments)
        since = look.begins(asked.within)
        charges, whole = await self.vendor.charges(since)
        paid = [one for one in charges if since <= one.at <= look.as_of and one.is_paid]
        again = _again(paid, asked)
        return RepeatedCharges(
            repeated=len(again),
            payers=len({one.payer for one in again}),
            looked_at=len(paid),
            at_least=not whole or any(not one.payer and not _order(one, asked) for one in paid),
            ids=tuple(one.id for one in again[:SHOWN]),
        )


def _again(paid: list[Charge], asked: RepeatedArguments) -> list[Charge]:
    """Those that follow one of their kind, newest first."""
    last: dict[tuple[str, int, str], Charge] = {}
    found = []
    for one in sorted(paid, key=lambda charge: charge.created):
        order = _order(one, asked)
        who = order or one.payer
        if not who:
            continue
        kind = (who, one.amount, one.currency)
        before = last.get(kind)
        if before and (order or one.at - before.at <= asked.apart):
            found.append(one)
        last[kind] = one
    return found[::-1]


def _order(charge: Charge, asked: RepeatedArguments) -> str:
    """What names its order, unlike any payer; empty where nothing does."""
    named = (charge.metadata or {}).get(asked.order) if asked.order else None
    return f"order {named}" if named else ""
