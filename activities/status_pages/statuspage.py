"""Atlassian Statuspage, and the pages of incident.io that answer under the same address.

`GET /api/v2/summary.json`; https://HOST/api of any such page, read 2026-11. A survey of live pages (2026-09)
found that incident.io says null for an empty list, gives incidents without components, knows no groups, and
leaves out incidents that `GET /api/v2/incidents.json` has. Its summary leaves out components too, the same
whenever it is read (25 of 28, aiwatch#1455); that `GET /api/v2/components.json` has them all is inferred.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from activities.status_pages.answers import Answer, Many, Text
from activities.status_pages.makes import Component, Impact, Incident, Make, PageStatus

_IMPACTS = {
    "none": Impact.NONE,
    "maintenance": Impact.NONE,
    "minor": Impact.MINOR,
    "major": Impact.MAJOR,
    "critical": Impact.CRITICAL,
}
_STATES = {
    "operational": Impact.NONE,
    "under_maintenance": Impact.NONE,
    "degraded_performance": Impact.MINOR,
    "partial_outage": Impact.MAJOR,
    "major_outage": Impact.CRITICAL,
    "full_outage": Impact.CRITICAL,
}
_CLOSED = {"resolved", "postmortem", "completed"}
_UNDER_WAY = {"in_progress", "verifying"}


class _Component(Answer):
    id: Text = ""
    name: Text = ""
    status: Text = ""
    group: bool | None = False
    group_id: str | None = None


class _Update(Answer):
    affected_components: Many[_Component] = ()


class _Incident(Answer):
    name: Text = ""
    status: Text = ""
    impact: Text = ""
    components: Many[_Component] = ()
    incident_updates: Many[_Update] = ()


class _Status(Answer):
    indicator: str
    description: Text = ""


class _Page(Answer):
    updated_at: datetime | None = None


class _Summary(Answer):
    status: _Status
    page: _Page = Field(default_factory=_Page)
    components: Many[_Component] = ()
    incidents: Many[_Incident] = ()
    scheduled_maintenances: Many[_Incident] = ()


def read(data: Any) -> PageStatus:
    """The summary in our words; a word that the page's makers added later is taken for minor."""
    summary = _Summary.model_validate(data)
    groups = {component.id: component.name for component in summary.components if component.group}
    open_ones = [one for one in summary.incidents if one.status not in _CLOSED]
    running = [one for one in summary.scheduled_maintenances if one.status in _UNDER_WAY]
    return PageStatus(
        indicator=summary.status.indicator,
        impact=_IMPACTS.get(summary.status.indicator, Impact.MINOR),
        headline=summary.status.description,
        updated_at=summary.page.updated_at,
        components=tuple(_components(summary.components, groups)),
        incidents=tuple(_incident(one, groups) for one in open_ones),
        maintenance=tuple(_incident(one, groups) for one in running),
    )


def _components(found: tuple[_Component, ...], groups: dict[str, str]) -> Iterator[Component]:
    """Headings are left out: their state is only that of what stands under them."""
    for component in found:
        if not component.group:
            impact = _STATES.get(component.status, Impact.MINOR)
            yield Component(component.name, impact, groups.get(component.group_id or "", ""))


def _incident(found: _Incident, groups: dict[str, str]) -> Incident:
    named = found.components or tuple(
        component for update in found.incident_updates for component in update.affected_components
    )
    return Incident(
        name=found.name,
        impact=_IMPACTS.get(found.impact, Impact.MINOR),
        components=tuple(_components(named, groups)),
    )


def _rest(data: Any) -> tuple[str, ...]:
    """Where all stands of a page of incident.io, known by null or by components without groups."""
    summary = _Summary.model_validate(data)
    grouped = any("group" in component.model_fields_set for component in summary.components)
    whole = grouped and data.get("incidents") is not None
    return () if whole else ("api/v2/incidents.json", "api/v2/components.json")


STATUSPAGE = Make("statuspage", "api/v2/summary.json", read, _rest)
