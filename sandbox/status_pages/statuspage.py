"""Statuspage and incident.io, which answer under the same addresses and not alike."""

from datetime import timedelta
from typing import Any

from sandbox.status_pages.page import FakeStatusPage, Make, Weather, heading, plain

_INDICATORS = {
    Weather.FINE: "none",
    Weather.MINOR: "minor",
    Weather.OUTAGE: "critical",
    Weather.MAINTENANCE: "maintenance",
}
_WORDS = {
    "none": "All Systems Operational",
    "minor": "Minor Service Outage",
    "critical": "Major Service Outage",
    "maintenance": "Service Under Maintenance",
}
_STATES = {
    Weather.FINE: "operational",
    Weather.MINOR: "degraded_performance",
    Weather.OUTAGE: "major_outage",
    Weather.MAINTENANCE: "under_maintenance",
}
_IMPACTS = {Weather.MINOR: "minor", Weather.OUTAGE: "critical"}
_BASE = "api/v2/"


def documents(page: FakeStatusPage) -> dict[str, Any]:
    """Every document of a page, by its path."""
    shown: dict[str, dict[str, Any]] = {
        "status": {"status": _status(page)},
        "components": {"components": _components(page)},
        "incidents": {"incidents": _incidents(page)},
        "incidents/unresolved": {"incidents": _incidents(page)},
        "summary": _summary(page),
    }
    if page.make is Make.STATUSPAGE:
        running = page.weather is Weather.MAINTENANCE
        shown["scheduled-maintenances/active"] = {
            "scheduled_maintenances": _maintenances(page) if running else []
        }
        shown["scheduled-maintenances/upcoming"] = {
            "scheduled_maintenances": [] if running else _maintenances(page)
        }
    about = _about(page)
    return {f"{_BASE}{name}.json": {"page": about, **content} for name, content in shown.items()}


def _about(page: FakeStatusPage) -> dict[str, Any]:
    zone = {"time_zone": "Etc/UTC"} if page.make is Make.STATUSPAGE else {}
    host = f"https://status.{page.name}.example"
    return {"id": page.id, "name": page.name.title(), "url": host, **zone, "updated_at": page.now()}


def _status(page: FakeStatusPage) -> dict[str, Any]:
    indicator = _INDICATORS[page.weather.shown]
    return {"indicator": indicator, "description": _WORDS[indicator]}


def _summary(page: FakeStatusPage) -> dict[str, Any]:
    incidents: Any = _incidents(page)
    maintenances: Any = _maintenances(page)
    if page.make is Make.INCIDENT_IO:
        # Pages of incident.io say null where others say an empty list, and leave out what stands elsewhere.
        omits = page.weather is Weather.OMITTED_INCIDENT
        incidents, maintenances = (None if omits else incidents) or None, maintenances or None
    return {
        "components": [one for one in _components(page) if one["name"] not in page.left_out],
        "incidents": incidents,
        "scheduled_maintenances": maintenances,
        "status": _status(page),
    }


def _components(page: FakeStatusPage) -> list[dict[str, Any]]:
    """Headings stand among the components, as bad as the worst that stands under them."""
    found = [_component(page, place, name) for place, name in enumerate(page.components, start=1)]
    if page.make is not Make.STATUSPAGE:
        return found
    for place, name in enumerate(dict.fromkeys(filter(None, map(heading, page.components))), start=1):
        under = [one for one in found if one["group_id"] == page.digits(name)[:12]]
        worst = next((one["status"] for one in under if one["status"] != "operational"), "operational")
        found.append(
            {**under[0], **_named(page, name, place), "status": worst, "group": True, "group_id": None}
        )
    return found


def _component(page: FakeStatusPage, place: int, name: str) -> dict[str, Any]:
    component = {
        **_named(page, plain(name), place),
        "status": _STATES[page.shown(plain(name))],
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": page.now(),
        "page_id": page.id,
    }
    if page.make is Make.STATUSPAGE:
        group = page.digits(heading(name))[:12] if heading(name) else None
        component |= {"group": False, "group_id": group, "description": None, "showcase": True}
    return component


def _named(page: FakeStatusPage, name: str, place: int) -> dict[str, Any]:
    return {"id": page.digits(name)[:12], "name": name, "position": place}


def _incidents(page: FakeStatusPage) -> list[dict[str, Any]]:
    if not page.weather.is_incident:
        return []
    ident, at = page.digits(page.weather)[:12], page.now()
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
        "name": page.title,
        "status": "investigating",
        "impact": _IMPACTS.get(page.weather, "major"),
        "created_at": at,
        "updated_at": at,
        "started_at": at,
        "monitoring_at": None,
        "resolved_at": None,
        "shortlink": None,
        "page_id": page.id,
        "incident_updates": [update],
    }
    if page.make is Make.STATUSPAGE:
        incident["components"] = [
            one for one in _components(page) if one["name"] in page.struck() and not one["group"]
        ]
    return [incident]


def _maintenances(page: FakeStatusPage) -> list[dict[str, Any]]:
    """What is running and what is only announced stand in one list."""
    if page.weather not in (Weather.MAINTENANCE, Weather.ANNOUNCED_MAINTENANCE):
        return []
    running = page.weather is Weather.MAINTENANCE
    begins = timedelta(0) if running else -timedelta(days=1)
    return [
        {
            "id": page.id[::-1],
            "name": "Planned work",
            "page_id": page.id,
            "status": "in_progress" if running else "scheduled",
            "impact": "maintenance",
            "created_at": page.now(),
            "updated_at": page.now(),
            "scheduled_for": page.now(begins),
            "scheduled_until": page.now(begins - timedelta(hours=1)),
            "incident_updates": [],
        }
    ]
