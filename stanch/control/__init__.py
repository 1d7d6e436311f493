"""The one door to Temporal that gateway and drills use: alerts in, decisions in, incidents out."""

from stanch.control.incidents import Incidents
from stanch.control.intake import Accepted, Group, Intake
from stanch.control.link import QUEUE, Away, Unknown
from stanch.control.switches import Switches
from stanch.model.decision import Answer, Decision

__all__ = ["QUEUE", "Accepted", "Away", "Control", "Group", "Unknown"]


class Control(Intake, Incidents, Switches):
    """Typed calls to Temporal; every one has a deadline."""

    async def decide(self, decision: Decision) -> Answer:
        """A person's word, after which nothing is believed of what was seen a moment ago."""
        self.forget(decision.incident)
        return await super().decide(decision)
