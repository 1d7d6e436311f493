"""Makes of page that are rented, beside Statuspage: Better Stack and Instatus."""

from datetime import timedelta
from typing import Any

from sandbox.status_pages.page import FakeStatusPage, Weather

_STATES = {Weather.MINOR: "degraded", Weather.OUTAGE: "downtime", Weather.MAINTENANCE: "maintenance"}
_WORDS = {Weather.MINOR: "HASISSUES", Weather.OUTAGE: "HASISSUES", Weather.MAINTENANCE: "UNDERMAINTENANCE"}
_IMPACTS = {Weather.MINOR: "DEGRADEDPERFORMANCE", Weather.OUTAGE: "MAJOROUTAGE"}


def better_stack(page: FakeStatusPage) -> dict[str, Any]:
    """A report that is over has no end either."""
    resources = [
        {
            "id": page.digits(name)[:6],
            "type": "status_page_resource",
            "attributes": {"public_name": name, "status": _STATES.get(page.shown(name), "operational")},
        }
        for name in page.components
    ]
    reports = [_report(page, "Yesterday's incident", "resolved")]
    if page.weather.is_incident or page.weather is Weather.MAINTENANCE:
        planned = page.weather is Weather.MAINTENANCE
        reports.append(
            _report(page, "Planned work" if planned else page.title, _STATES.get(page.weather, "downtime"))
        )
    attributes = {
        "company_name": page.name.title(),
        "aggregate_state": _STATES.get(page.weather.shown, "operational"),
        "updated_at": page.now(),
    }
    data = {"id": page.id, "type": "status_page", "attributes": attributes}
    return {"index.json": {"data": data, "included": [*resources, *reports]}}


def _report(page: FakeStatusPage, title: str, state: str) -> dict[str, Any]:
    touched = [{"status_page_resource_id": page.digits(name)[:6], "status": state} for name in page.struck()]
    attributes = {
        "title": title,
        "report_type": "maintenance" if state == "maintenance" else "manual",
        "starts_at": page.now(timedelta(minutes=20)),
        "ends_at": None,
        "aggregate_state": state,
        "affected_resources": touched,
    }
    return {"id": page.digits(title)[:6], "type": "status_report", "attributes": attributes}


def instatus(page: FakeStatusPage) -> dict[str, Any]:
    """What is empty is not there."""
    host = f"https://status.{page.name}.example"
    word = _WORDS.get(page.weather.shown, "UP")
    said: dict[str, Any] = {"page": {"name": page.name.title(), "url": host, "status": word}}
    if page.weather.is_incident:
        impact = _IMPACTS.get(page.weather, "PARTIALOUTAGE")
        incident = {"name": page.title, "started": page.now(), "status": "INVESTIGATING", "impact": impact}
        said["activeIncidents"] = [{**incident, "url": f"{host}/incident"}]
    if page.weather in (Weather.MAINTENANCE, Weather.ANNOUNCED_MAINTENANCE):
        running = page.weather is Weather.MAINTENANCE
        planned = {"name": "Planned work", "start": page.now(), "duration": 60}
        status = "INPROGRESS" if running else "NOTSTARTEDYET"
        said["activeMaintenances"] = [{**planned, "status": status, "url": f"{host}/maintenance"}]
    return {"summary.json": said}
