"""Feeds of the large clouds: a list of events of all regions and services, without one word for everything.

Google Cloud and Firebase: `GET /incidents.json` (incidents.schema.json beside it), AWS: `GET
/public/currentevents`; read 2026-11. What a team uses is told apart here: names of regions are places, other
names are products.
"""

import re
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from activities.status_pages.answers import Answer, Listed, Many, Text
from activities.status_pages.makes import Component, Impact, Incident, Make, PageStatus

_GOOGLES_PLACE = re.compile(r"global|us|eu|europe|asia|[a-z]+-[a-z]+\d+(-[a-z])?")
_AWSS_PLACE = re.compile(r"global|[a-z]{2,4}(-[a-z]+)+-\d+")
_GOOGLES_IMPACTS = {
    "AVAILABLE": Impact.NONE,
    "AVAILABLE_INFORMATION": Impact.NONE,
    "SERVICE_INFORMATION": Impact.MINOR,
    "SERVICE_DISRUPTION": Impact.MAJOR,
    "SERVICE_OUTAGE": Impact.CRITICAL,
}
_AWSS_IMPACTS = {"1": Impact.MINOR, "2": Impact.MAJOR, "3": Impact.CRITICAL}
_OVER = "0"
_WORDS = {
    Impact.NONE: "fine",
    Impact.MINOR: "information",
    Impact.MAJOR: "disruption",
    Impact.CRITICAL: "outage",
}


class _Named(Answer):
    id: Text = ""
    title: Text = ""


class _GoogleIncident(Answer):
    begin: datetime
    end: datetime | None = None
    modified: datetime | None = None
    external_desc: Text = ""
    status_impact: Text = ""
    affected_products: Many[_Named] = ()
    currently_affected_locations: Many[_Named] = ()


class _Google(Listed):
    entries: tuple[_GoogleIncident, ...]


class _Current(Answer):
    service_name: Text = ""
    current: Text = ""


class _AwsEvent(Answer):
    arn: str
    date: Text = ""
    status: Text = ""
    service: Text = ""
    service_name: Text = ""
    summary: Text = ""
    impacted_services: dict[str, _Current] = Field(default_factory=dict)


class _Aws(Listed):
    entries: tuple[_AwsEvent, ...]


def read_google(data: Any) -> PageStatus:
    """The entries without an end: the feed is a history, and says nowhere that all is well."""
    entries = _Google.model_validate({"entries": data}).entries
    now = [one for one in entries if one.end is None]
    incidents = tuple(
        Incident(
            name=one.external_desc,
            impact=_GOOGLES_IMPACTS.get(one.status_impact, Impact.MINOR),
            # `service_name` is "Multiple Products" for most of them.
            components=tuple(Component(each.title, Impact.NONE, each.id) for each in one.affected_products),
            places=tuple(each.id for each in one.currently_affected_locations),
        )
        for one in now
    )
    return _feed(incidents, max((one.modified or one.begin for one in now), default=None), _GOOGLES_PLACE)


def read_aws(data: Any) -> PageStatus:
    """The events that are not over; each stands in one region, which its ARN names."""
    entries = _Aws.model_validate({"entries": data}).entries
    now = [one for one in entries if one.status != _OVER]
    incidents = tuple(
        Incident(
            name=one.summary or one.service_name,
            impact=_AWSS_IMPACTS.get(one.status, Impact.MINOR),
            components=tuple(_services(one)),
            places=tuple(part for part in one.arn.split(":")[3:4] if part),
        )
        for one in now
    )
    begun = [datetime.fromtimestamp(int(one.date), UTC) for one in now if one.date.isdecimal()]
    return _feed(incidents, max(begun, default=None), _AWSS_PLACE, must_be_placed=True)


def _services(event: _AwsEvent) -> list[Component]:
    """Every service of an event, by its name and by its short one: `ecs-us-east-1` is ecs."""
    region = event.arn.split(":")[3:4]
    named = {event.service: event.service_name} if event.service else {}
    named |= {key: found.service_name for key, found in event.impacted_services.items()}
    return [
        Component(name or key, Impact.NONE, key.removesuffix(f"-{''.join(region)}"))
        for key, name in named.items()
    ]


def _feed(
    incidents: tuple[Incident, ...],
    updated_at: datetime | None,
    place: re.Pattern[str],
    *,
    must_be_placed: bool = False,
) -> PageStatus:
    """Only incidents say anything; the one word is that of the worst, wherever it is."""
    worst = max((one.impact for one in incidents), default=Impact.NONE)
    return PageStatus(
        indicator=_WORDS[worst],
        impact=Impact.NONE,
        headline="no open incident",
        updated_at=updated_at,
        incidents=incidents,
        unlisted=Impact.NONE,
        place=place,
        must_be_placed=must_be_placed,
    )


GOOGLE = Make("google", "incidents.json", read_google)
AWS = Make("aws", "public/currentevents", read_aws)
