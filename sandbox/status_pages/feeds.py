"""Feeds of the large clouds: what is over, and what is far away, stands among what matters."""

import codecs
import json
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from sandbox.status_pages.page import FakeStatusPage, Weather

_GOOGLES = {Weather.MINOR: "SERVICE_INFORMATION", Weather.OUTAGE: "SERVICE_OUTAGE"}
_AWSS = {Weather.MINOR: "1", Weather.OUTAGE: "3"}
_FAR_AWAY = ("me-central-1", "me-south-1")
"""Regions whose events have been open since March 2026 (seen 2026-09)."""


def google(page: FakeStatusPage) -> dict[str, Any]:
    """The history of incidents, newest first; nothing says that all is well."""
    over = _googles(page, "Last week's outage", "SERVICE_OUTAGE", timedelta(days=7))
    entries = [{**over, "end": page.now(timedelta(days=6)), "currently_affected_locations": []}]
    if page.weather.is_incident:
        impact = _GOOGLES.get(page.weather, "SERVICE_DISRUPTION")
        entries.insert(0, _googles(page, page.title, impact, timedelta(minutes=20)))
    return {"incidents.json": entries}


def _googles(page: FakeStatusPage, title: str, impact: str, ago: timedelta) -> dict[str, Any]:
    places = [{"title": f"Somewhere ({page.where})", "id": page.where}]
    at = page.now(ago)
    return {
        "id": page.digits(title)[:20],
        "number": str(int(page.digits(title)[:14], 16)),
        "begin": at,
        "created": at,
        "modified": at,
        "external_desc": title,
        "severity": "medium",
        "status_impact": impact,
        "service_key": page.id,
        "service_name": "Multiple Products",
        "affected_products": [{"title": name, "id": page.digits(name)[:20]} for name in page.struck()],
        "currently_affected_locations": places,
        "previously_affected_locations": places,
        "updates": [],
        "most_recent_update": {"created": at, "modified": at, "when": at, "text": "…", "status": impact},
        "uri": f"incidents/{page.digits(title)[:20]}",
    }


def aws(page: FakeStatusPage) -> dict[str, Any]:
    """The events of all regions, in UTF-16; one of them is over, two never end."""
    events = [_awss(page, region, "3", "Increased Connectivity Issues", "EC2") for region in _FAR_AWAY]
    events.append(_awss(page, page.where, "0", "[RESOLVED] Increased Error Rates", "S3"))
    if page.weather.is_incident:
        status = _AWSS.get(page.weather, "2")
        events += [_awss(page, page.where, status, page.title, name) for name in page.struck()]
    said = codecs.BOM_UTF16_BE + json.dumps(events).encode("utf-16-be")
    return {"public/currentevents": Response(said, media_type="application/json;charset=utf-16")}


def _awss(page: FakeStatusPage, region: str, status: str, summary: str, service: str) -> dict[str, Any]:
    began = str(int(page.clock.now().timestamp()) - 1200)
    key = f"{service.lower()}-{region}"
    log = {"summary": summary, "message": summary, "status": int(status), "timestamp": int(began)}
    return {
        "date": began,
        "arn": f"arn:aws:health:{region}::event/{service}/AWS_{service}_OPERATIONAL_ISSUE/{page.id}",
        "region_name": region,
        "status": status,
        "service": key,
        "service_name": f"Amazon {service}",
        "summary": summary,
        "event_log": [log],
        "impacted_services": {key: {"service_name": f"Amazon {service}", "current": status, "max": status}},
    }
