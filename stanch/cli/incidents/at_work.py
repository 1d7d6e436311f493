"""What an incident makes of a word in the first moments after it has been heard."""

import time
from dataclasses import dataclass

from stanch.cli.incidents.answers import Card
from stanch.cli.incidents.gateway import Gateway
from stanch.model.incident import IncidentState, Phase

WITHIN = 15.0
"""Seconds in which a change that was asked for is planned, where its vendor answers."""
_EVERY = 0.3
_PLANNING = (Phase.TRIAGE, Phase.DECIDE)
_BUSY = (Phase.APPROVE, Phase.CHANGE, Phase.VERIFY, Phase.CLOSED)
"""What is asked for in these waits until they are over."""


@dataclass(frozen=True)
class AtWork:
    """An incident, and how much had been said on its timeline before the word."""

    gateway: Gateway
    number: str
    lines: int

    @classmethod
    def now(cls, gateway: Gateway, number: str) -> "AtWork":
        """Before the word is said."""
        state = _state(gateway, number)
        return cls(gateway, number, len(state.timeline) + state.left_out)

    def refusal_of(self, verb: str) -> str:
        """Why the change is refused; empty once it is planned, or where that takes longer than a moment."""
        deadline = time.monotonic() + WITHIN
        while True:
            state = _state(self.gateway, self.number)
            new = state.timeline[max(0, self.lines - state.left_out) :]
            for entry in new:
                if entry.kind == "refused" and f"{verb} refused: " in entry.text:
                    return entry.text
            waits = bool(state.requested) and state.phase not in _BUSY
            if not (waits or state.phase in _PLANNING) or time.monotonic() > deadline:
                return ""
            time.sleep(_EVERY)


def _state(gateway: Gateway, number: str) -> IncidentState:
    return gateway.get("incidents", number).read(Card).state
