"""The pages that only show: what is open, what was, what is paused, who may what."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from stanch.control import Away, Wedged
from stanch.gateway.console.page_door import PageDoor, PageVisit
from stanch.gateway.console.page_templates import page
from stanch.gateway.console.phase_words import PhaseTone, PhaseWords, standing_of
from stanch.gateway.console.shown_incident import ShownIncident, SpokenAnswer
from stanch.gateway.incident_routes import IncidentDetails, IncidentRoutes
from stanch.gateway.on_call_routes import OnCallRoutes
from stanch.gateway.pause_routes import PauseRoutes
from stanch.model.decision import NEEDS
from stanch.model.incident import Phase
from stanch.model.pause import EVERYTHING
from stanch.model.record import Summary
from stanch.model.team import RIGHTS

_ALL = 1000
_MOST_LOOKED_INTO = 20
"""Incidents that ask something, of which the list says what; the others are named."""
_WAITING = (PhaseTone.ASKS, PhaseTone.PEOPLE)


@dataclass(frozen=True)
class ListedIncident:
    """One row of the list."""

    row: Summary
    standing: PhaseWords
    details: IncidentDetails | None = None

    @property
    def waits(self) -> bool:
        """Whether it is somebody's turn."""
        return self.standing.tone in _WAITING

    @property
    def asks(self) -> str:
        """What somebody should do, in one line."""
        if self.details is None:
            return self.row.trouble
        asked = self.details.plan if self.details.state.phase is Phase.APPROVE else None
        return asked.summary if asked else self.details.waiting_for

    @property
    def since(self) -> datetime:
        """Since when it asks what it asks, or is open."""
        state = self.details.state if self.details else None
        if state is None:
            return self.row.opened_at
        return (state.round and state.round.put_at) or state.entered_at or state.opened_at


class LookingRoutes:
    """Every page but the forms."""

    def __init__(self, door: PageDoor) -> None:
        self._door = door
        self._incidents = IncidentRoutes(door.dependencies)
        self._pauses = PauseRoutes(door.dependencies)
        self._on_call = OnCallRoutes(door.dependencies)

    async def open_ones(self, visit: PageVisit) -> Response:
        """The incidents that are open, the newest question first."""
        rows, paused = await self.what_is_open()
        return self.page(visit, "open.html", rows=rows, paused=paused, on_call=await self._on_call.standing())

    async def what_is_open(self) -> tuple[list[ListedIncident], list[str]]:
        """The rows of that page, and what is paused."""
        found, paused = await asyncio.gather(
            self._incidents.listed(only_open=True, limit=_ALL), self._pauses.listed()
        )
        rows = await self._looked_into(found.incidents)
        return sorted(rows, key=lambda one: (not one.waits, -one.since.timestamp())), paused.paused

    async def _looked_into(self, rows: list[Summary]) -> list[ListedIncident]:
        listed = [
            ListedIncident(row, standing_of(row.phase, is_open=row.open, trouble=row.trouble)) for row in rows
        ]
        asking = [one for one in listed if one.waits][:_MOST_LOOKED_INTO]
        known = dict(
            zip(
                (one.row.number for one in asking),
                await asyncio.gather(*(self._details(one.row) for one in asking)),
                strict=True,
            )
        )
        return [ListedIncident(one.row, one.standing, known.get(one.row.number)) for one in listed]

    async def _details(self, row: Summary) -> IncidentDetails | None:
        """What it asks; a list is shown although one of its incidents does not answer."""
        try:
            return await self._incidents.shown(row.number)
        except (Away, Wedged):
            return None

    async def incident(self, visit: PageVisit, answer: SpokenAnswer | None = None) -> Response:
        """One incident: what it asks, what was changed, what it knows."""
        details = await self.details_of(visit.number)
        team = self._door.dependencies.rules.book.team
        shown = ShownIncident(details, visit.session.caller, team, answer)
        return self.page(visit, "incident.html", shown=shown)

    async def details_of(self, number: str) -> IncidentDetails:
        """All that the API shows of an incident."""
        return await self._incidents.shown(number)

    async def closed_ones(self, visit: PageVisit) -> Response:
        """The incidents that are closed, the latest first, as long as Temporal keeps them."""
        found = await self._incidents.listed(limit=_ALL)
        rows = [
            ListedIncident(row, standing_of(row.phase, is_open=False))
            for row in found.incidents
            if not row.open
        ]
        return self.page(visit, "history.html", rows=rows)

    async def paused(self, visit: PageVisit, answer: SpokenAnswer | None = None) -> Response:
        """The kill switch."""
        team = self._door.dependencies.rules.book.team
        scopes = [EVERYTHING, *(f"service:{one}" for one in sorted(team.services))]
        scopes += [f"provider:{one}" for one in sorted(team.providers)]
        paused = await self._pauses.listed()
        return self.page(visit, "paused.html", paused=paused.paused, scopes=scopes, answer=answer)

    async def people(self, visit: PageVisit) -> Response:
        """Who may do what."""
        team = self._door.dependencies.rules.book.team
        rights = {right: [say for say, role in NEEDS.items() if role == right] for right in RIGHTS}
        people, standing = sorted(team.people.items()), await self._on_call.standing(week=True)
        return self.page(visit, "people.html", people=people, rights=rights, on_call=standing)

    def page(self, visit: PageVisit, template: str, **shown: Any) -> Response:
        """A page in the frame that all have."""
        refused = self._door.dependencies.in_force.refused
        return page(template, session=visit.session, form_mark=visit.form_mark, refused=refused, **shown)
