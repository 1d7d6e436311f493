"""The one door of gateway and drills to Temporal and store: alerts in, decisions in, incidents out."""

from temporalio.client import Client

from stanch.control.incidents import Incidents
from stanch.control.intake import Accepted, Intake
from stanch.control.lanes import Group
from stanch.control.link import QUEUE, Away, Unknown, Wedged
from stanch.control.readiness import SEARCH_ATTRIBUTES, Readiness, Ready
from stanch.control.switches import Switches
from stanch.model.decision import Answer, Decision
from stanch.policy.signing import Keyring
from stanch.store import Store

__all__ = ["QUEUE", "SEARCH_ATTRIBUTES", "Accepted", "Away", "Control", "Group", "Ready", "Unknown", "Wedged"]


class Control(Intake, Incidents, Switches, Readiness):
    """Typed calls to Temporal and the store; every one has a deadline."""

    def __init__(self, client: Client, keys: Keyring, store: Store) -> None:
        Intake.__init__(self, client, keys)
        Switches.__init__(self, store)

    async def decide(self, decision: Decision) -> Answer:
        """A person's word, after which nothing is believed of what was seen a moment ago."""
        self.forget(decision.incident)
        return await super().decide(decision)
