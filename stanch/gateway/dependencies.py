"""What every door works with, what is in force there, and how long it waits for Temporal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.service import RPCError

from stanch.control import Away, Control
from stanch.gateway.authentication import Authenticator
from stanch.gateway.metrics import GatewayMetrics
from stanch.gateway.slack_proof import SeenSignatures
from stanch.gateway.wrong_tokens import WrongTokens
from stanch.model.edition import EditionInForce, PinnedEdition
from stanch.model.playbook import NO_PLAYBOOK, OF_COMMANDS, Pinned
from stanch.playbooks.book import Book
from stanch.policy.signing import Keyring

PATIENCE = timedelta(seconds=12)
_OF_NO_FILE = (NO_PLAYBOOK, OF_COMMANDS)
T = TypeVar("T")


@dataclass(frozen=True)
class HouseRules:
    """The team's playbooks and who may come in, of one reading of its files."""

    book: Book
    authenticator: Authenticator
    queues: Sequence[str] = ()
    """The task queues that the team's playbooks need somebody to work on."""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def dated(self, pinned: Pinned) -> Pinned:
        """A scenario as an incident is opened by it."""
        return pinned.model_copy(update={"read_at": self.read_at})

    def edition_of(self, pinned: Pinned) -> PinnedEdition:
        """By which edition an incident runs, and by which one its like would be opened now."""
        found = PinnedEdition(scenario=pinned.scenario, digest=pinned.hash, read_at=pinned.read_at)
        now = next((one for one in self.book.scenarios if _named(one) == _named(pinned)), None)
        if now is None:
            return found.model_copy(update={"gone": pinned.playbook not in _OF_NO_FILE})
        if now.hash == pinned.hash:
            return found
        return found.model_copy(update={"newer": now.hash, "newer_read_at": self.read_at})


def _named(pinned: Pinned) -> tuple[str, str, str]:
    return pinned.playbook, pinned.scenario, pinned.service.name


@dataclass
class Dependencies:
    """Temporal, and the rules of the house: they are replaced whole, so each request takes them once."""

    control: Control
    rules: HouseRules
    metrics: GatewayMetrics = field(default_factory=GatewayMetrics)
    pages: str = ""
    """Where Temporal's own pages of the namespace are; empty where that is not known."""
    room: Callable[[], Sequence[str]] = tuple
    """What there is to say of the disk that this process writes to."""
    keys: Keyring = field(default_factory=lambda: Keyring(secrets.token_bytes(32)), repr=False)
    """By which the sessions of the pages are signed; by default one that no other gateway knows."""
    wrong_tokens: WrongTokens = field(default_factory=WrongTokens)
    slack_seen: SeenSignatures = field(default_factory=SeenSignatures)
    """What Slack has sent within the last minutes: it is heard once."""
    refused: Callable[[], str] = str
    """What was changed in the team's files and is not in force, and why; empty where all of it is."""

    @property
    def in_force(self) -> EditionInForce:
        """Which reading of the team's files holds, and what keeps a newer one out."""
        return EditionInForce(read_at=self.rules.read_at, refused=self.refused())


async def in_time(call: Awaitable[T], within: timedelta = PATIENCE) -> T:
    """Temporal's answer; raises `Away` when there is none in time, whatever the reason."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await call
    except (RPCError, TimeoutError) as error:
        raise Away("Temporal does not answer: try again in a moment") from error
