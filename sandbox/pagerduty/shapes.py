"""What an incident looks like at PagerDuty."""

from typing import Any

from sandbox.clock import written
from sandbox.pagerduty.world import Incident, PagerDutyWorld

_API, _WEB = "https://api.pagerduty.example", "https://team.pagerduty.example"


def reference(kind: str, identifier: str, name: str) -> dict[str, Any]:
    """Something by its identifier and its name."""
    path = f"{kind.replace('policy', 'policie').replace('priority', 'prioritie')}s/{identifier}"
    return {
        "id": identifier,
        "type": f"{kind}_reference",
        "summary": name,
        "self": f"{_API}/{path}",
        "html_url": f"{_WEB}/{path}",
    }


def incident(world: PagerDutyWorld, one: Incident) -> dict[str, Any]:
    """One incident, whole."""
    number, changed_at = one.number, one.changed_at or one.at
    acknowledged = [
        {"at": written(at), "acknowledger": reference("user", person, world.people[person])}
        for at, person in one.acknowledged
    ]
    urgent = {"id": "P53ZZH5", "name": one.priority, "description": ""}
    return {
        **reference("incident", f"Q{number:013}", f"[#{number}] {one.title}"),
        "type": "incident",
        "incident_number": number,
        "title": one.title,
        "status": one.status,
        "urgency": one.urgency,
        "priority": {**reference("priority", "P53ZZH5", one.priority), **urgent, "type": "priority"}
        if one.priority
        else None,
        "service": reference("service", one.service, world.services[one.service]),
        "created_at": written(one.at),
        "updated_at": written(changed_at),
        "last_status_change_at": written(changed_at),
        "resolved_at": written(changed_at) if one.status == "resolved" else None,
        "acknowledgements": acknowledged,
        "conference_bridge": {"conference_number": one.bridge, "conference_url": None},
        **_around(number),
    }


def _around(number: int) -> dict[str, Any]:
    """What is the same for all of them."""
    return {
        "incident_key": f"{number:032}",
        "assignments": [],
        "assigned_via": "escalation_policy",
        "first_trigger_log_entry": reference("trigger_log_entry", f"R{number:013}", "Triggered"),
        "alert_counts": {"all": 1, "triggered": 1, "resolved": 0},
        "is_mergeable": True,
        "incident_type": {"name": "incident_default"},
        "escalation_policy": reference("escalation_policy", "PT20YPA", "Night"),
        "teams": [],
        "pending_actions": [],
        "alert_grouping": None,
        "resolve_reason": None,
        "incidents_responders": [],
        "responder_requests": [],
    }
