"""Pages of the vendors' own making."""

from datetime import timedelta
from typing import Any

from sandbox.status_pages.page import FakeStatusPage, Weather

_COLOURS = {Weather.MINOR: "yellow", Weather.OUTAGE: "red"}
_SLACKS = {Weather.MINOR: "notice", Weather.OUTAGE: "outage", Weather.MAINTENANCE: "maintenance"}
_STRIPES = {Weather.MINOR: "degraded", Weather.OUTAGE: "down"}


def heroku(page: FakeStatusPage) -> dict[str, Any]:
    """Three lights; an incident that is over still says that it is not resolved, old plans stay for ever."""
    over = {**_herokus(page, "Yesterday's incident", []), "state": "resolved", "resolved": False}
    incidents = [over]
    if page.weather.is_incident:
        colour = _COLOURS.get(page.weather, "red")
        systems = [
            {"name": name, "status": colour, "services": [f"{name} service"]} for name in page.struck()
        ]
        incidents.insert(0, _herokus(page, page.title, systems))
    lights = [{"system": name, "status": _COLOURS.get(page.shown(name), "green")} for name in page.components]
    stale = {**_herokus(page, "Last year's maintenance", []), "state": "scheduled"}
    return {"api/v4/current-status": {"status": lights, "incidents": incidents, "scheduled": [stale]}}


def _herokus(page: FakeStatusPage, title: str, systems: list[dict[str, Any]]) -> dict[str, Any]:
    at, ident = page.now(timedelta(minutes=20)), int(page.digits(title)[:4], 16)
    return {
        "id": ident,
        "title": title,
        "state": "open",
        "resolved": False,
        "created_at": at,
        "full_url": f"https://status.{page.name}.example/incidents/{ident}",
        "systems": systems,
        "updates": [{"created_at": at, "contents": "We are investigating.", "update_type": "issue"}],
    }


def slack(page: FakeStatusPage) -> dict[str, Any]:
    """Whatever is active, maintenance too."""
    active = []
    if page.weather.is_incident or page.weather is Weather.MAINTENANCE:
        active.append(
            {
                "id": int(page.digits(page.weather)[:4], 16),
                "date_created": page.now(timedelta(minutes=20)),
                "date_updated": page.now(),
                "title": "Planned work" if page.weather is Weather.MAINTENANCE else page.title,
                "type": _SLACKS.get(page.weather, "incident"),
                "status": "active",
                "url": f"https://status.{page.name}.example/2026-11",
                "services": page.struck(),
                "notes": [],
            }
        )
    return {
        "api/v2.0.0/current": {
            "status": "active" if active else "ok",
            "date_created": page.now(),
            "date_updated": page.now(),
            "active_incidents": active,
        }
    }


def stripe(page: FakeStatusPage) -> dict[str, Any]:
    """One word, and a warning at each part that is not well."""
    word = _STRIPES.get(page.weather.shown, "up")
    warned = page.struck() if page.weather.is_incident else []
    parts = [
        {"key": name.lower(), "title": name, "warning": page.title if name in warned else None}
        for name in page.components
    ]
    said = "All services are online." if word == "up" else page.title
    return {"current/full": {"UptimeStatus": word, "message": said, "uptimeData": parts}}
