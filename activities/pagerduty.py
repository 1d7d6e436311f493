"""`pagerduty.incidents`: what is open at PagerDuty, and who has said that it is theirs.

REST API v2, https://api.pagerduty.com, or api.eu.pagerduty.com for an account in Europe
(developer.pagerduty.com/api-reference, read 2026-11): pages by `offset` for as long as there is `more`; of a
month, unless all is asked for; 960 requests a minute for each key, and `ratelimit-reset` says after how many
seconds that limit is lifted. Titles stay there: those of calls and of mails name who sent them.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.connection import Connection
from activities.contract import Reader
from activities.http import Api, reset_after, retry_after
from activities.integration import Credential, Integration, Proof, Surroundings
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec

PROVIDER = "pagerduty"
HOSTS = {"us": "api.pagerduty.com", "eu": "api.eu.pagerduty.com"}
_VERSION = "application/vnd.pagerduty+json;version=2"
_A_PAGE, _PAGES = 100, 10
_SHOWN, _NAME_SHOWN = 12, 100
_A_MINUTE = 960
_NOT_FOUND = 404
_TRIGGERED, _ACKNOWLEDGED, _HIGH = "triggered", "acknowledged", "high"
_CONTACT = re.compile(r"@|(?:\d[\s().-]*){9}")
"""An address or a telephone number, which some people are called by."""

ServiceId = Annotated[str, Field(pattern=r"^[A-Z0-9]+$", max_length=30)]
"""As it stands in the address of the service's page."""


class IncidentArguments(Written):
    """Which services, by the identifiers in the addresses of their pages; all when none is named."""

    services: Annotated[tuple[ServiceId, ...], Field(max_length=20)] = ()


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Reference(_Answer):
    id: str = ""
    summary: str | None = None

    @property
    def called(self) -> str:
        """Its name; its identifier where it has none, or one by which somebody is reached."""
        return self.id if not self.summary or _CONTACT.search(self.summary) else self.summary


class _Acknowledgement(_Answer):
    at: datetime
    by: _Reference = Field(alias="acknowledger")


class Incident(_Answer):
    """As much of an incident as is wanted: its title, body and conference bridge are left where they are."""

    number: int = Field(alias="incident_number")
    status: str
    created_at: datetime
    urgency: str | None = None
    priority: _Reference | None = None
    service: _Reference | None = None
    acknowledgements: tuple[_Acknowledgement, ...] | None = None


class _Page(_Answer):
    incidents: tuple[Incident, ...]
    more: bool = False
    total: int | None = None


class Incidents(Reading):
    """The incidents that are open on the wanted services."""

    open: int
    """Nobody has resolved them, whatever else was done."""
    triggered: int
    """Nobody has said that they are theirs."""
    acknowledged: int
    high: int
    """Those of high urgency."""
    acknowledged_by: tuple[str, ...] = ()
    """Whoever acknowledged one that is acknowledged still, the last to do so first."""
    on: tuple[str, ...] = ()
    """The services that have one."""
    newest: int | None = None
    """Its number."""
    newest_on: str = ""
    newest_urgency: str = ""
    newest_priority: str = ""
    """As the team calls it, such as P1."""
    newest_at: Annotated[datetime | None, AgeAs("age")] = None
    oldest_at: Annotated[datetime | None, AgeAs("open_for")] = None
    acknowledged_at: Annotated[datetime | None, AgeAs("acknowledged_for")] = None
    """When somebody last said that one is theirs."""

    def line(self) -> str:
        """`2 open, 1 acknowledged by Ana Lima; newest #1235 on checkout since 02:54 (high, P1)`."""
        if not self.open:
            return "no incident is open"
        by = f" by {', '.join(self.acknowledged_by)}" if self.acknowledged_by else ""
        taken = f"{self.acknowledged} acknowledged{by}" if self.acknowledged else "none acknowledged"
        where = f" on {self.newest_on}" if self.newest_on else ""
        since = f" since {self.newest_at:%H:%M}" if self.newest_at else ""
        grave = ", ".join(filter(None, (self.newest_urgency, self.newest_priority)))
        return f"{self.open} open, {taken}; newest #{self.newest}{where}{since}{grave and f' ({grave})'}"


class _Limited(Api):
    """Waits until the limit is lifted."""

    def _wait(self, headers: Mapping[str, str]) -> timedelta | None:
        return retry_after(headers) or reset_after(headers, "ratelimit-reset")


class PagerDuty:
    """One connection to PagerDuty for all of a worker's activities."""

    def __init__(self, api: Api) -> None:
        self.api = api

    @classmethod
    def connect(cls, around: Surroundings) -> "PagerDuty":
        """`providers.pagerduty`: `token`, and `region` us or eu."""
        region = around.settings.fields.get("region", "us")
        if region not in HOSTS:
            raise ConfigError(f"providers.pagerduty.region in stanch.yaml is one of {', '.join(HOSTS)}")
        connection = Connection(
            base_url=f"{(around.settings.base_url or f'https://{HOSTS[region]}').rstrip('/')}/",
            headers={
                "Authorization": f"Token token={around.token(PROVIDER)}",
                "Accept": _VERSION,
                "Content-Type": "application/json",
            },
        )
        return cls(_Limited(PROVIDER, connection, around.redactor))

    async def page(self, services: tuple[str, ...] = (), offset: int = 0) -> _Page:
        """One page of what is open, the oldest first: what is triggered meanwhile comes after all others."""
        params: dict[str, Any] = {
            "statuses[]": [_TRIGGERED, _ACKNOWLEDGED],
            "date_range": "all",
            "sort_by": "created_at:asc",
            "limit": _A_PAGE,
            "offset": offset,
            "total": "true",
        }
        if services:
            params["service_ids[]"] = [*dict.fromkeys(services)]
        return self.api.parse(_Page, (await self.api.get("incidents", params=params)).data)

    async def open(self, services: tuple[str, ...]) -> list[Incident]:
        """Everything that is open on these services, or on all."""
        found: list[Incident] = []
        for number in range(_PAGES):
            page = await self.page(services, number * _A_PAGE)
            found += page.incidents
            if not page.more and (page.total or 0) > len(found):
                raise Unavailable(PROVIDER, f"counts {page.total} open incidents and lists {len(found)}")
            if not page.more:
                return found
        raise Rejected(PROVIDER, f"has more than {_A_PAGE * _PAGES} open incidents: narrow them by services")

    async def know(self, service: str) -> None:
        """Raise where there is no such service; one without incidents looks the same in a list."""
        try:
            await self.api.get(f"services/{service}")
        except Rejected as error:
            if error.status != _NOT_FOUND:
                raise
            raise Rejected(PROVIDER, f"has no service {service}, or not for this key", _NOT_FOUND) from error


class ReadIncidents(Reader[PagerDuty]):
    """`pagerduty.incidents`."""

    spec: ClassVar = ReadingSpec(
        name="pagerduty.incidents",
        says="Open incidents at PagerDuty, who has acknowledged them, and how grave the newest is",
        result=Incidents,
        arguments=IncidentArguments,
        needs=("read-only API key",),
        good_when="it.open == 0",
    )

    async def read(self, look: Look) -> Incidents:
        """Counts what is open; a service that there is not is refused, for nothing is open there either."""
        asked = IncidentArguments.model_validate(look.arguments)
        found = sorted(await self.vendor.open(asked.services), key=lambda one: one.created_at)
        troubled = {one.service.id for one in found if one.service}
        for service in dict.fromkeys(asked.services):
            if service not in troubled:
                await self.vendor.know(service)
        if not found:
            return Incidents(open=0, triggered=0, acknowledged=0, high=0)
        newest, taken = found[-1], [one for one in found if one.status == _ACKNOWLEDGED]
        words = [word for one in taken for word in one.acknowledgements or ()]
        words.sort(key=lambda word: word.at, reverse=True)
        return Incidents(
            open=len(found),
            triggered=sum(one.status == _TRIGGERED for one in found),
            acknowledged=len(taken),
            high=sum(one.urgency == _HIGH for one in found),
            acknowledged_by=self._names(word.by for word in words),
            on=self._names(one.service for one in reversed(found)),
            newest=newest.number,
            newest_on=self._name(newest.service),
            newest_urgency=newest.urgency or "",
            newest_priority=self._name(newest.priority),
            newest_at=newest.created_at,
            oldest_at=found[0].created_at,
            acknowledged_at=words[0].at if words else None,
        )

    def _names(self, references: Iterable[_Reference | None]) -> tuple[str, ...]:
        """Each name once, and not too many."""
        return tuple(dict.fromkeys(filter(None, map(self._name, references))))[:_SHOWN]

    def _name(self, reference: _Reference | None) -> str:
        called = reference.called if reference else ""
        return self.vendor.api.clean(" ".join(called.split()))[:_NAME_SHOWN]


async def prove(pagerduty: PagerDuty, _: Target) -> Proof:
    """What is open. Whether a key may write, only a change would show (2026-11)."""
    page = await pagerduty.page()
    return Proof(f"{len(page.incidents)}{' or more' if page.more else ''} open incidents seen")


INTEGRATION = Integration(
    name="pagerduty",
    connect=PagerDuty.connect,
    settings=("region",),
    readings=(ReadIncidents,),
    vendor=True,
    credential=Credential(prove, made_by="Integrations, API Access Keys, Read-only API Key"),
    per_second=_A_MINUTE / 60,
)
