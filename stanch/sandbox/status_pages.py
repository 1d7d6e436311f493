"""Public status pages of two makes, each with its own habits."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stanch.sandbox.answers import AnswerError
from stanch.sandbox.clock import Clock, digest_of, written

_BASE = "/status/{page}/api/v2"
_WORDS = {
    "none": "All Systems Operational",
    "minor": "Minor Service Outage",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
    "maintenance": "Service Under Maintenance",
}
_COMPONENT = {
    "none": "operational",
    "minor": "degraded_performance",
    "major": "partial_outage",
    "critical": "major_outage",
    "maintenance": "under_maintenance",
}


class Make(StrEnum):
    """Whose software a page runs on."""

    STATUSPAGE = "statuspage"
    INCIDENT_IO = "incident.io"


class Weather(StrEnum):
    """What a page says."""

    FINE = "fine"
    MINOR = "minor"
    OUTAGE = "outage"
    MAINTENANCE = "maintenance"
    HIDDEN_INCIDENT = "hidden-incident"
    UNREACHABLE = "unreachable"


_INDICATOR = {
    Weather.FINE: "none",
    Weather.MINOR: "minor",
    Weather.OUTAGE: "critical",
    Weather.MAINTENANCE: "maintenance",
    Weather.HIDDEN_INCIDENT: "none",
}
_IMPACT = {Weather.MINOR: "minor", Weather.OUTAGE: "critical", Weather.HIDDEN_INCIDENT: "major"}


@dataclass
class StatusPage:
    """One page and the weather it reports."""

    name: str
    clock: Clock
    make: Make = Make.STATUSPAGE
    weather: Weather = Weather.FINE
    components: list[str] = field(default_factory=lambda: ["API", "Dashboard"])
    affected: list[str] = field(default_factory=list)

    def turn(self, weather: Weather, affected: list[str] | None = None) -> None:
        """From now on the page says this, about these components or about all."""
        self.weather = weather
        self.affected = affected or []

    def page(self) -> dict[str, Any]:
        """The page itself."""
        host = f"https://status.{self.name}.example"
        zone = {"time_zone": "Etc/UTC"} if self.make is Make.STATUSPAGE else {}
        return {"id": self._id, "name": self.name.title(), "url": host, **zone, "updated_at": self._now()}

    def status(self) -> dict[str, Any]:
        """The page's one word; it is about components and may miss an open incident."""
        indicator = _INDICATOR[self.weather]
        return {"indicator": indicator, "description": _WORDS[indicator]}

    def component_list(self) -> list[dict[str, Any]]:
        """The components, each with its state."""
        return [self._component(place, name) for place, name in enumerate(self.components, start=1)]

    def incidents(self) -> list[dict[str, Any]]:
        """The open incidents."""
        impact = _IMPACT.get(self.weather)
        if impact is None:
            return []
        ident, at = digest_of(f"{self.name} {self.weather}")[:12], self._now()
        update = {
            "id": ident[::-1],
            "incident_id": ident,
            "status": "investigating",
            "body": "We are investigating.",
            "created_at": at,
            "updated_at": at,
            "display_at": at,
            "affected_components": None,
        }
        incident = {
            "id": ident,
            "name": f"Trouble at {self.name.title()}",
            "status": "investigating",
            "impact": impact,
            "created_at": at,
            "updated_at": at,
            "started_at": at,
            "monitoring_at": None,
            "resolved_at": None,
            "shortlink": None,
            "page_id": self._id,
            "incident_updates": [update],
        }
        if self.make is Make.STATUSPAGE:
            incident["components"] = [one for one in self.component_list() if self._struck(one["name"])]
        return [incident]

    def maintenances(self) -> list[dict[str, Any]]:
        """Maintenance that is running."""
        if self.weather is not Weather.MAINTENANCE:
            return []
        at = self._now()
        times = {"created_at": at, "updated_at": at, "scheduled_for": at, "scheduled_until": at}
        named = {"id": self._id[::-1], "name": "Planned work", "page_id": self._id}
        return [{**named, "status": "in_progress", "impact": "maintenance", **times, "incident_updates": []}]

    def _component(self, place: int, name: str) -> dict[str, Any]:
        struck = self._struck(name) and self.weather is not Weather.HIDDEN_INCIDENT
        at = self._now()
        component: dict[str, Any] = {
            "id": digest_of(f"{self.name} {name}")[:12],
            "name": name,
            "status": _COMPONENT[_INDICATOR[self.weather]] if struck else "operational",
            "position": place,
            "created_at": "2024-01-01T00:00:00Z",
            "updated_at": at,
            "page_id": self._id,
        }
        if self.make is Make.STATUSPAGE:
            component |= {"group": False, "group_id": None, "description": None, "showcase": True}
        return component

    def _struck(self, name: str) -> bool:
        return not self.affected or name in self.affected

    def _now(self) -> str:
        return written(self.clock.now())

    @property
    def _id(self) -> str:
        return digest_of(self.name)[:12]


class StatusWorld(Protocol):
    """What the status pages need of the sandbox."""

    status_pages: dict[str, StatusPage]


def routes(world: StatusWorld) -> list[Route]:
    """Where the pages' JSON stands."""

    async def answer(request: Request) -> Response:
        page = world.status_pages.get(request.path_params["page"])
        if page is None:
            raise AnswerError(404, {"error": "there is no such page"})
        if page.weather is Weather.UNREACHABLE:
            raise AnswerError(503, {"error": "service unavailable"})
        return JSONResponse(_content(page, request.path_params["what"]))

    return [Route(_BASE + "/{what:path}.json", answer, methods=["GET"])]


def _content(page: StatusPage, what: str) -> dict[str, Any]:
    shown: dict[str, dict[str, Any]] = {
        "status": {"status": page.status()},
        "components": {"components": page.component_list()},
        "incidents": {"incidents": page.incidents()},
        "incidents/unresolved": {"incidents": page.incidents()},
        "summary": _summary(page),
    }
    if page.make is Make.STATUSPAGE:
        shown["scheduled-maintenances/active"] = {"scheduled_maintenances": page.maintenances()}
        shown["scheduled-maintenances/upcoming"] = {"scheduled_maintenances": []}
    if what not in shown:
        raise AnswerError(404, {"error": "there is no such document"})
    return {"page": page.page(), **shown[what]}


def _summary(page: StatusPage) -> dict[str, Any]:
    incidents: Any = page.incidents()
    maintenances: Any = page.maintenances()
    if page.make is Make.INCIDENT_IO:
        # Pages of incident.io say null where others say an empty list.
        incidents, maintenances = incidents or None, maintenances or None
    return {
        "components": page.component_list(),
        "incidents": incidents,
        "scheduled_maintenances": maintenances,
        "status": page.status(),
    }
