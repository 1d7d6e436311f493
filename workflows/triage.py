"""Gathering evidence: all readings at once, each with its deadline; none holds up or ends the others."""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.model.evidence import Evidence
from stanch.model.incident import Phase
from stanch.model.playbook import PinnedReading
from stanch.policy import conditions, requests, together
from stanch.policy.requests import Basis
from workflows import calls
from workflows.memory import Memory
from workflows.waiting import reason


class Triage:
    """What is known, and what is missing and why."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def gather(self) -> Phase:
        """Every reading of the playbook, anew."""
        state = self._memory.state
        self._memory.fresh = False
        found = await asyncio.gather(*(self._read(reading) for reading in self._memory.pinned.evidence))
        state.evidence = {evidence.name: evidence for evidence in found}
        for evidence in found:
            said = evidence.line or f"missing: {evidence.missing_because}"
            # A status page's line begins with its own name.
            self._memory.note("evidence", f"{evidence.name}: {said.removeprefix(f'{evidence.name}: ')}")
        return Phase.DECIDE

    async def _read(self, reading: PinnedReading) -> Evidence:
        if reading.each:
            return together.evidence(
                reading, await asyncio.gather(*map(self._read, reading.each)), workflow.now()
            )
        now = workflow.now()
        try:
            basis = Basis(self._memory.pinned, self.known(), now, self._memory.state.first_bad_at)
            asked = requests.look(reading, basis)
            subject = reading.target.name if reading.target else asked.arguments.get("page", "the service")
            why = f"evidence {reading.name}: {reading.uses} of {subject}"
            result = await calls.look(reading.uses, asked, reading.within, why)
        except conditions.MissingFact as error:
            return Evidence(name=reading.name, uses=reading.uses, missing_because=str(error), read_at=now)
        except ActivityError as error:
            return Evidence(
                name=reading.name, uses=reading.uses, missing_because=reason(error)[1], read_at=now
            )
        return Evidence(
            name=reading.name, uses=reading.uses, result=result, line=str(result.get("said", "")), read_at=now
        )

    def known(self) -> dict[str, Any]:
        """Every fact an expression may use, at this instant."""
        state = self._memory.state
        alerts = list(state.alerts.values())
        return requests.facts_known(self._memory.pinned, alerts, state.evidence, workflow.now())
