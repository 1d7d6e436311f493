"""The one door to Temporal that gateway and drills use: alerts in, decisions in, incidents out."""

from stanch.control.incidents import Incidents
from stanch.control.intake import Accepted, Group, Intake
from stanch.control.link import QUEUE, Away, Unknown, Wedged
from stanch.control.readiness import SEARCH_ATTRIBUTES, Readiness, Ready
from stanch.control.switches import Switches
from stanch.model.decision import Answer, Decision

__all__ = ["QUEUE", "SEARCH_ATTRIBUTES", "Accepted", "Away", "Control", "Group", "Ready", "Unknown", "Wedged"]


class Control(Intake, Incidents, Switches, Readiness):
    """Typed calls to Temporal; every one has a deadline."""

    async def decide(self, decision: Decision) -> Answer:
        """A person's word, after which nothing is believed of what was seen a moment ago."""
        self.forget(decision.incident)
        return await super().decide(decision)
