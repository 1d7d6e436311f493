"""A larger class for what AWS manages, of its family and within the limits: planned and seen in one way."""

from datetime import timedelta
from typing import Any, ClassVar

from activities.aws.classes import is_as_good, is_larger, within
from activities.aws.client import Aws
from activities.contract import Settings, Verb, largest_sizes
from stanch.model.change import Change, PlanRequest, Unit


class LargerClass(Verb[Aws]):
    """Asks for a class at once, and not in the maintenance window."""

    look_again_in: ClassVar = timedelta(seconds=30)
    stale_for: ClassVar = timedelta(minutes=3)  # "available" for up to 2 min after it was told
    arrives_within: ClassVar = timedelta(0)  # by value

    def larger(
        self, request: PlanRequest, now: str, wanted: str, what: str, settings: Settings | None = None
    ) -> Change:
        """The change to that class, or to the largest that is allowed; none where it has one as large."""
        name = request.target.name
        goal, largest = within(name, now, wanted, largest_sizes(request, wanted))
        capped = f"the largest class allowed is {largest}: cap reached" if goal != wanted else ""
        return self.change(
            request,
            (Unit(id=name, was=now, to=goal),) if is_larger(goal, now) else (),
            f"resize {what} from {now} to {goal}",
            because=f"{wanted} wanted; {largest} is the largest allowed",
            limits={"largest_size": largest},
            nothing_to_do=capped or f"{name} is {now}, at least {goal}",
            settings=settings,
        )

    def is_reached(self, change: Change, unit: Unit, value: Any) -> bool:
        """A larger class of the family is as good, on the way there."""
        return is_as_good(value, str(unit.was), str(unit.to)) or super().is_reached(change, unit, value)
