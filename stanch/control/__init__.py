"""The gateway's one door to Temporal and the store: alerts in, decisions in, incidents out."""

from datetime import UTC, datetime

from temporalio.client import Client

from stanch.control.incidents import IncidentControl
from stanch.control.intake import Accepted, Intake
from stanch.control.lanes import Group
from stanch.control.link import QUEUE, Away, Unknown, Wedged
from stanch.control.readiness import SEARCH_ATTRIBUTES, Readiness, Ready
from stanch.model.decision import Decision, DecisionResult
from stanch.model.pause import Pause
from stanch.policy.signing import Keyring
from stanch.store import Store, StoreHealth

__all__ = ["QUEUE", "SEARCH_ATTRIBUTES", "Accepted", "Away", "Control", "Group", "Ready", "Unknown", "Wedged"]


class Control(Intake, IncidentControl, Readiness):
    """Typed calls to Temporal and the store; every one has a deadline."""

    def __init__(self, client: Client, keys: Keyring, store: Store) -> None:
        Intake.__init__(self, client, keys)
        self._store = store

    async def say(self, decision: Decision) -> DecisionResult:
        """A person's word, after which nothing is believed of what was seen a moment ago."""
        self.forget(decision.incident)
        return await super().say(decision)

    async def pause(self, pause: Pause) -> bool:
        """Throw the kill switch of a scope; False when it was thrown already."""
        return await self._store.pause(pause, datetime.now(UTC))

    async def resume(self, scope: str, by: str) -> bool:
        """Let a scope act again; False when it was not paused."""
        return await self._store.resume(scope, by, datetime.now(UTC))

    async def paused(self) -> list[str]:
        """Every switch that is thrown, in words."""
        return [one.says for one in await self._store.paused()]

    async def store_health(self) -> StoreHealth:
        """How the store is, of which all of this is asked."""
        return await self._store.health()
