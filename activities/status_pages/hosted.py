"""Makes of page that teams and smaller vendors rent, beside Statuspage: Better Stack and Instatus.

Better Stack: `GET /index.json`. Instatus: `GET /summary.json`. Both read 2026-11.
"""

from datetime import datetime
from typing import Any

from pydantic import Field

from activities.status_pages.answers import Answer, Many, Text
from activities.status_pages.makes import Component, Impact, Incident, Make, PageStatus

_STATES = {
    "operational": Impact.NONE,
    "resolved": Impact.NONE,
    "maintenance": Impact.NONE,
    "not_monitored": Impact.NONE,
    "degraded": Impact.MINOR,
    "downtime": Impact.CRITICAL,
}
_INSTATUS = {"UP": Impact.NONE, "UNDERMAINTENANCE": Impact.NONE, "HASISSUES": Impact.MINOR}
_IMPACTS = {
    "OPERATIONAL": Impact.NONE,
    "UNDERMAINTENANCE": Impact.NONE,
    "DEGRADEDPERFORMANCE": Impact.MINOR,
    "MINOROUTAGE": Impact.MINOR,
    "PARTIALOUTAGE": Impact.MAJOR,
    "MAJOROUTAGE": Impact.CRITICAL,
}
_OVER = {"RESOLVED", "COMPLETED"}
_NOT_BEGUN = {"NOTSTARTEDYET"}


class _Touched(Answer):
    status_page_resource_id: Text = ""


class _Attributes(Answer):
    aggregate_state: Text = ""
    updated_at: datetime | None = None
    public_name: Text = ""
    status: Text = ""
    title: Text = ""
    affected_resources: Many[_Touched] = ()


class _Resource(Answer):
    id: Text = ""
    type: Text = ""
    attributes: _Attributes = Field(default_factory=_Attributes)


class _PageAttributes(_Attributes):
    aggregate_state: str


class _PageResource(_Resource):
    attributes: _PageAttributes


class _BetterStack(Answer):
    data: _PageResource
    included: Many[_Resource] = ()


class _Event(Answer):
    name: Text = ""
    status: Text = ""
    impact: Text = ""


class _InstatusPage(Answer):
    status: str


class _Instatus(Answer):
    page: _InstatusPage
    activeIncidents: Many[_Event] = ()  # noqa: N815 - the vendor's own spelling
    activeMaintenances: Many[_Event] = ()  # noqa: N815 - the vendor's own spelling


def read_better_stack(data: Any) -> PageStatus:
    """The page's state, its resources, and the reports whose own state is not over.

    `ends_at` of a report is null though it is resolved: only its `aggregate_state` tells.
    """
    page = _BetterStack.model_validate(data)
    state = page.data.attributes.aggregate_state
    resources = {one.id: one.attributes for one in page.included if one.type == "status_page_resource"}
    reports = [one.attributes for one in page.included if one.type == "status_report"]

    def incident(report: _Attributes) -> Incident:
        touched = [resources.get(one.status_page_resource_id) for one in report.affected_resources]
        impact = _STATES.get(report.aggregate_state, Impact.MINOR)
        return Incident(report.title, impact, tuple(_component(one) for one in touched if one))

    return PageStatus(
        indicator=state,
        impact=_STATES.get(state, Impact.MINOR),
        headline=state,
        updated_at=page.data.attributes.updated_at,
        components=tuple(_component(one) for one in resources.values()),
        incidents=tuple(incident(one) for one in reports if _STATES.get(one.aggregate_state, Impact.MINOR)),
        maintenance=tuple(incident(one) for one in reports if one.aggregate_state == "maintenance"),
    )


def _component(resource: _Attributes) -> Component:
    return Component(resource.public_name, _STATES.get(resource.status, Impact.MINOR))


def read_instatus(data: Any) -> PageStatus:
    """The page's word and what is active; lists are absent when they are empty, components are not told."""
    page = _Instatus.model_validate(data)
    word = page.page.status
    impact = _INSTATUS.get(word, Impact.MINOR)
    now = [one for one in page.activeIncidents if one.status not in _OVER]
    running = [one for one in page.activeMaintenances if one.status not in _OVER | _NOT_BEGUN]
    return PageStatus(
        indicator=word,
        impact=impact,
        headline=word,
        incidents=tuple(Incident(one.name, _IMPACTS.get(one.impact, Impact.MINOR)) for one in now),
        maintenance=tuple(Incident(one.name, Impact.NONE) for one in running),
        unlisted=impact,
    )


BETTER_STACK = Make("better-stack", "index.json", read_better_stack)
INSTATUS = Make("instatus", "summary.json", read_instatus)
