"""The one door of gateway and drills to Temporal and store: alerts in, decisions in, incidents out."""

from temporalio.client import Client

from stanch.control.incidents import IncidentControl
from stanch.control.intake import Accepted, Intake
from stanch.control.lanes import Group
from stanch.control.link import QUEUE, Away, Unknown, Wedged
from stanch.control.pause_control import PauseControl
from stanch.control.readiness import SEARCH_ATTRIBUTES, Readiness, Ready
from stanch.model.decision import Decision, DecisionResult
from stanch.policy.signing import Keyring
from stanch.store import Store

__all__ = ["QUEUE", "SEARCH_ATTRIBUTES", "Accepted", "Away", "Control", "Group", "Ready", "Unknown", "Wedged"]


class Control(Intake, IncidentControl, PauseControl, Readiness):
    """Typed calls to Temporal and the store; every one has a deadline."""

    def __init__(self, client: Client, keys: Keyring, store: Store) -> None:
        Intake.__init__(self, client, keys)
        PauseControl.__init__(self, store)

    async def decide(self, decision: Decision) -> DecisionResult:
        """A person's word, after which nothing is believed of what was seen a moment ago."""
        self.forget(decision.incident)
        return await super().decide(decision)
