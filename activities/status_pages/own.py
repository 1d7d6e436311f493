"""Vendors with a page of their own making: Heroku, Slack, and Stripe beside its Statuspage.

Heroku: `GET /api/v4/current-status`. Slack: `GET /api/v2.0.0/current` (docs.slack.dev, Status API). Stripe:
`GET /current/full` of status.stripe.com. All read 2026-11.
"""

from datetime import datetime
from typing import Any

from activities.status_pages.answers import Answer, Many, Text
from activities.status_pages.makes import Component, Impact, Incident, Make, PageStatus

_COLOURS = {"green": Impact.NONE, "yellow": Impact.MINOR, "red": Impact.CRITICAL}
_OVER = {"resolved", "closed", "completed"}
_SLACKS_TYPES = {"notice": Impact.MINOR, "incident": Impact.MAJOR, "outage": Impact.CRITICAL}
_STRIPES_WORDS = {"up": Impact.NONE, "degraded": Impact.MINOR, "down": Impact.CRITICAL}


class _System(Answer):
    name: Text = ""
    status: Text = ""
    services: Many[str] = ()


class _HerokuIncident(Answer):
    title: Text = ""
    state: Text = ""
    created_at: datetime | None = None
    systems: Many[_System] = ()


class _Light(Answer):
    system: str
    status: str


class _Heroku(Answer):
    status: tuple[_Light, ...]
    incidents: Many[_HerokuIncident] = ()


class _SlackIncident(Answer):
    title: Text = ""
    type: Text = ""
    status: Text = ""
    services: Many[str] = ()


class _Slack(Answer):
    status: str
    date_updated: datetime | None = None
    active_incidents: Many[_SlackIncident] = ()


class _Uptime(Answer):
    title: Text = ""
    warning: Any = None


class _Stripe(Answer):
    UptimeStatus: str
    message: Text = ""
    uptimeData: Many[_Uptime] = ()  # noqa: N815 - the vendor's own spelling


def read_heroku(data: Any) -> PageStatus:
    """Three lights, and incidents by their state.

    `resolved` of an incident is false when it is over too, and `scheduled` keeps entries of the past: both
    are overlooked.
    """
    page = _Heroku.model_validate(data)
    lights = tuple(Component(one.system, _colour(one.status)) for one in page.status)
    now = [one for one in page.incidents if one.state not in _OVER]
    worst = max(page.status, key=lambda one: _colour(one.status), default=_Light(system="", status="green"))
    return PageStatus(
        indicator=worst.status,
        impact=_colour(worst.status),
        headline="all systems green" if worst.status == "green" else f"{worst.system} is {worst.status}",
        updated_at=max((one.created_at for one in now if one.created_at), default=None),
        components=lights,
        incidents=tuple(_heroku_incident(one) for one in now),
        unlisted=Impact.NONE,
    )


def _heroku_incident(found: _HerokuIncident) -> Incident:
    """About its systems, and about the services that it names of them."""
    touched = [Component(one.name, _colour(one.status)) for one in found.systems]
    touched += [Component(name, _colour(one.status)) for one in found.systems for name in one.services]
    worst = max((one.impact for one in touched), default=Impact.MINOR)
    return Incident(found.title, max(worst, Impact.MINOR), tuple(touched))


def _colour(status: str) -> Impact:
    return _COLOURS.get(status, Impact.MINOR)


def read_slack(data: Any) -> PageStatus:
    """Its active incidents, each about some of its services; maintenance is one of their types."""
    page = _Slack.model_validate(data)
    now = [one for one in page.active_incidents if one.status not in _OVER]
    worst = max((_slack_impact(one) for one in now), default=Impact.NONE)
    return PageStatus(
        indicator=page.status,
        impact=worst if now or page.status == "ok" else Impact.MINOR,
        headline="no active incident" if page.status == "ok" else page.status,
        updated_at=page.date_updated,
        incidents=tuple(_slack_incident(one) for one in now if one.type != "maintenance"),
        maintenance=tuple(_slack_incident(one) for one in now if one.type == "maintenance"),
        unlisted=Impact.NONE,
    )


def _slack_impact(found: _SlackIncident) -> Impact:
    return Impact.NONE if found.type == "maintenance" else _SLACKS_TYPES.get(found.type, Impact.MINOR)


def _slack_incident(found: _SlackIncident) -> Incident:
    impact = _slack_impact(found)
    return Incident(found.title, impact, tuple(Component(name, impact) for name in found.services))


def read_stripe(data: Any) -> PageStatus:
    """One word, and a warning at each part that is not well."""
    page = _Stripe.model_validate(data)
    impact = _STRIPES_WORDS.get(page.UptimeStatus, Impact.MINOR)
    warned = max(impact, Impact.MINOR)
    parts = tuple(Component(one.title, warned if one.warning else Impact.NONE) for one in page.uptimeData)
    return PageStatus(
        indicator=page.UptimeStatus,
        impact=max([impact, *(part.impact for part in parts)]),
        headline=page.message or page.UptimeStatus,
        components=parts,
        unlisted=None if parts else impact,
    )


HEROKU = Make("heroku", "api/v4/current-status", read_heroku)
SLACK = Make("slack", "api/v2.0.0/current", read_slack)
STRIPE = Make("stripe", "current/full", read_stripe)
