"""What a kind of channel is made with, and what it promises."""

from dataclasses import dataclass
from typing import Protocol

from temporalio import activity

from stanch.model.channel import Channel
from stanch.model.message import Delivered, Message
from stanch.model.team import Person, Team
from stanch.secrets import Redactor


class Carrier(Protocol):
    """One channel of a team. A message that comes again is told apart by its key as far as the vendor can."""

    async def deliver(self, message: Message) -> Delivered:
        """Send it; raises an error of `stanch.errors` by who has to act."""

    async def prove(self) -> str:
        """What the channel was seen to be, without telling anybody anything; the same errors."""


@dataclass(frozen=True)
class Line:
    """What one channel is made with."""

    name: str
    channel: Channel
    team: Team
    redactor: Redactor

    @property
    def where(self) -> str:
        """`channels.team in stanch.yaml`, where whoever mends it looks."""
        return f"channels.{self.name} in stanch.yaml"

    def secret(self, reference: str | None) -> str:
        """The value behind a reference; empty where there is none."""
        return self.redactor.read(reference) if reference else ""

    def called(self, message: Message) -> dict[str, Person]:
        """The people whom a message calls."""
        names = (person for name in message.calls for person in self.team.called(name))
        return {name: self.team.people[name] for name in dict.fromkeys(names)}


def comes_again() -> bool:
    """Whether an earlier attempt may have been delivered, its answer lost."""
    return activity.in_activity() and activity.info().attempt > 1
