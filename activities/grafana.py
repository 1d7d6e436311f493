"""`grafana.alerts`: which alerts fire in Grafana's own Alertmanager, and whether Grafana can tell.

`GET /api/alertmanager/grafana/api/v2/alerts`, as Alertmanager's API v2 has it, of Grafana 9 and later
(grafana/grafana, pkg/services/ngalert/api, read 2026-11): everything that has not ended, in one answer, with
what is silenced and inhibited. A rule whose data source gives nothing, or an error, becomes an alert named
DatasourceNoData or DatasourceError, with the rule's name in its label `rulename`: then the monitoring itself
is broken. No limit of requests is documented.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from activities.addresses import shown
from activities.connection import Connection
from activities.contract import Reader
from activities.http import Api
from activities.integration import Credential, Integration, Proof, Surroundings
from stanch.errors import ConfigError, Rejected
from stanch.model.base import Written
from stanch.model.change import Target
from stanch.model.evidence import AgeAs, Look, Reading
from stanch.model.verb import ReadingSpec

PROVIDER = "grafana"
_ALERTS = "api/alertmanager/grafana/api/v2/alerts"
_NAME, _RULE = "alertname", "rulename"
_BROKEN = ("DatasourceNoData", "DatasourceError")
_SHOWN = 12
_NAME_SHOWN = 100
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Label names that every release takes in a matcher as they are."""

_Label = Annotated[str, Field(min_length=1, max_length=200)]


class AlertArguments(Written):
    """Which alerts: those that carry each of these labels with this value, else all."""

    labels: Annotated[dict[_Label, _Label], Field(max_length=10)] = Field(default_factory=dict)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Status(_Answer):
    silenced_by: tuple[str, ...] | None = Field(default=None, alias="silencedBy")
    inhibited_by: tuple[str, ...] | None = Field(default=None, alias="inhibitedBy")


class GrafanaAlert(_Answer):
    """As much of an alert as is wanted: what its annotations say is left where it is."""

    labels: dict[str, str]
    starts_at: datetime = Field(alias="startsAt")
    status: _Status

    @property
    def is_broken(self) -> bool:
        """It says nothing of the service: its rule could not be worked out."""
        return self.labels.get(_NAME) in _BROKEN

    @property
    def called(self) -> str:
        """The name of its rule."""
        name = self.labels.get(_NAME, "")
        return self.labels.get(_RULE, name) if self.is_broken else name

    def carries(self, labels: dict[str, str]) -> bool:
        """Each of these; a rule is known by its name in whatever state it is."""
        return all(
            value in ((self.called, self.labels.get(_NAME)) if name == _NAME else (self.labels.get(name),))
            for name, value in labels.items()
        )


class Alerts(Reading):
    """The wanted alerts that have not ended; those of a broken monitoring are only in what says so."""

    firing: int
    """Neither silenced nor inhibited."""
    silenced: int
    inhibited: int
    """By another alert, and not silenced too."""
    broken: int
    """Rules whose data source gives nothing or an error, silenced or not: they cannot tell."""
    is_quiet: bool
    """Nothing fires, and that may be believed."""
    names: tuple[str, ...] = ()
    """Of those that fire, the one that has for longest first."""
    names_broken: tuple[str, ...] = ()
    firing_since: Annotated[datetime | None, AgeAs("firing_for")] = None
    """Since when the oldest of them fires."""
    newest_at: Annotated[datetime | None, AgeAs("age")] = None
    """Since when the newest of them does."""
    broken_since: Annotated[datetime | None, AgeAs("broken_for")] = None

    def line(self) -> str:
        """`2 firing since 02:54: HighErrors; 1 silenced; monitoring broken for 1: SlowQueries`."""
        said = ["nothing fires"]
        if self.firing:
            since = f" since {self.firing_since:%H:%M}" if self.firing_since else ""
            said = [f"{self.firing} firing{since}: {', '.join(self.names)}"]
        said += [f"{self.silenced} silenced"] * bool(self.silenced)
        said += [f"{self.inhibited} inhibited"] * bool(self.inhibited)
        if self.broken:
            said.append(f"monitoring broken for {self.broken}: {', '.join(self.names_broken)}")
        return "; ".join(said)


class Grafana:
    """The team's Grafana."""

    def __init__(self, api: Api, address: str) -> None:
        self.api = api
        self._address = address

    @classmethod
    def connect(cls, around: Surroundings) -> "Grafana":
        """`providers.grafana`: `base_url`, and `token` of a service account."""
        address = around.settings.base_url.rstrip("/")
        connection = Connection(
            base_url=f"{address}/", headers={"Authorization": f"Bearer {around.token(PROVIDER)}"}
        )
        return cls(Api(PROVIDER, connection, around.redactor), address)

    async def alerts(self, labels: dict[str, str]) -> list[GrafanaAlert]:
        """Those that carry these labels: narrowed there where every release can, and held to all here.

        The rule's name is compared here alone: it stands in another label while the rule cannot tell.
        """
        if not self._address:
            raise ConfigError(
                "providers.grafana.base_url is missing in stanch.yaml: where is Grafana reached?"
            )
        params: dict[str, Any] = {"active": "true", "silenced": "true", "inhibited": "true"}
        matchers = [
            f"{name}={_quoted(value)}"
            for name, value in labels.items()
            if name != _NAME and _PLAIN.fullmatch(name)
        ]
        found = (await self.api.get(_ALERTS, params=params | ({"filter": matchers} if matchers else {}))).data
        if not isinstance(found, list):
            raise Rejected(PROVIDER, f"{shown(self._address)} does not answer as Grafana does")
        parsed = [self.api.parse(GrafanaAlert, one) for one in found]
        return [one for one in parsed if one.carries(labels)]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'


class ReadAlerts(Reader[Grafana]):
    """`grafana.alerts`."""

    spec: ClassVar = ReadingSpec(
        name="grafana.alerts",
        says="Alerts that fire in Grafana or are silenced, since when, and whether its rules can tell",
        result=Alerts,
        arguments=AlertArguments,
        needs=("alert.instances:read",),
        good_when="it.is_quiet",
    )

    async def read(self, look: Look) -> Alerts:
        """Counts the wanted alerts by what keeps them silent, if anything does."""
        asked = AlertArguments.model_validate(look.arguments)
        found = sorted(await self.vendor.alerts(asked.labels), key=lambda one: one.starts_at)
        broken = [one for one in found if one.is_broken]
        known = [one for one in found if not one.is_broken]
        silenced = [one for one in known if one.status.silenced_by]
        inhibited = [one for one in known if one.status.inhibited_by and not one.status.silenced_by]
        firing = [one for one in known if not (one.status.silenced_by or one.status.inhibited_by)]
        return Alerts(
            firing=len(firing),
            silenced=len(silenced),
            inhibited=len(inhibited),
            broken=len(broken),
            is_quiet=not (firing or broken),
            names=self._names(firing),
            names_broken=self._names(broken),
            firing_since=firing[0].starts_at if firing else None,
            newest_at=firing[-1].starts_at if firing else None,
            broken_since=broken[0].starts_at if broken else None,
        )

    def _names(self, alerts: Iterable[GrafanaAlert]) -> tuple[str, ...]:
        """Each name once, and not too many."""
        names = (self.vendor.api.clean(" ".join(one.called.split())) for one in alerts)
        return tuple(dict.fromkeys(name[:_NAME_SHOWN] or "without a name" for name in names))[:_SHOWN]


async def prove(grafana: Grafana, _: Target) -> Proof:
    """The alerts themselves: whoever may read them has what the reading takes."""
    return Proof(f"{len(await grafana.alerts({}))} alerts seen")


INTEGRATION = Integration(
    name="grafana",
    connect=Grafana.connect,
    readings=(ReadAlerts,),
    vendor=True,
    credential=Credential(prove, made_by="Administration, Service accounts, role Viewer, Add token"),
)
