"""Gathering evidence: all readings at once, each with its deadline; none holds up or ends the others."""

import asyncio
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from stanch.model.evidence import Evidence, Look
from stanch.model.incident import Phase
from stanch.model.playbook import PinnedReading
from stanch.policy import conditions, facts, templates
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
            self._memory.note("evidence", f"{evidence.name}: {said}")
        return Phase.DECIDE

    async def _read(self, reading: PinnedReading) -> Evidence:
        now = workflow.now()
        try:
            arguments = templates.render_all(
                reading.arguments, facts.declared(self._memory.pinned.variables), self.known()
            )
            asked = Look(
                target=reading.target,
                arguments=arguments,
                as_of=now,
                first_bad_at=self._memory.state.first_bad_at,
            )
            result = await calls.look(reading.uses, asked, reading.within)
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
        state, pinned = self._memory.state, self._memory.pinned
        sources: dict[str, Any] = {
            name: {**(evidence.result or {}), "known": evidence.known}
            for name, evidence in state.evidence.items()
        }
        alerts = state.firing or list(state.alerts.values())
        first = min(alerts, key=lambda alert: alert.started_at, default=None)
        sources["alert"] = first.model_dump(mode="json") if first else {}
        sources["alert"]["firing_count"] = len(state.firing)
        sources["service"] = pinned.service.model_dump(mode="json")
        return facts.facts_of(pinned.variables, sources, workflow.now())
