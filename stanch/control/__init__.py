"""The one door of gateway and drills to Temporal and store: alerts in, decisions in, incidents out."""

from temporalio.client import Client

from stanch.control.incidents import Incidents
from stanch.control.intake import Accepted, Group, Intake
from stanch.control.link import QUEUE, Away, Unknown
from stanch.control.switches import Switches
from stanch.model.decision import Answer, Decision
from stanch.store import Store

__all__ = ["QUEUE", "Accepted", "Away", "Control", "Group", "Unknown"]


class Control(Intake, Incidents, Switches):
    """Typed calls to Temporal and the store; every one has a deadline."""

    def __init__(self, client: Client, door_key: bytes, store: Store) -> None:
        Intake.__init__(self, client, door_key)
        Switches.__init__(self, store)

    async def decide(self, decision: Decision) -> Answer:
        """A person's word, after which nothing is believed of what was seen a moment ago."""
        self.forget(decision.incident)
        return await super().decide(decision)
