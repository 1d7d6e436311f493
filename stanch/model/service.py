"""A service of `stanch.yaml`: where it runs, what it consists of, what is turned and measured there."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from stanch.model.address import Address, OpenAddress
from stanch.model.base import Duration, Frozen, Names, Written
from stanch.model.change import Target


class Limits(Written):
    """What automation may do to one service at most."""

    max_count: int = Field(default=4, ge=1, le=1000)
    largest_size: str = ""
    changes_per_hour: int = Field(default=4, ge=0, le=1000)
    cool_down: Duration = Field(default=timedelta(minutes=10), ge=timedelta(0))


Unit = Literal["s", "ms", "percent", "share"]
"""Of a measured number: lengths of time, and parts of a hundred or of one."""


class RunsOn(Written):
    """Where a service runs; the fields beside `provider` are the provider's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    provider: str

    @property
    def fields(self) -> dict[str, Any]:
        """Everything but the provider."""
        return dict(self.model_extra or {})


class Base(Written):
    """What addresses that begin with / are added to, and the secret that is shown to this host only."""

    url: OpenAddress
    bearer: str = ""
    """The name of a secret of the team."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_base(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class Switch(Written):
    """A verb without its value: what a playbook turns off, turns on or sets."""

    uses: str
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    target: str = ""
    on: JsonValue = None
    off: JsonValue = None
    covers: Names = ()
    """What it turns off: paths, or dependencies by their name."""
    then: Literal["", "restart"] = ""
    """What has to follow where the store is read at start only."""


class Metric(Written):
    """Where a number of the service is measured."""

    uses: str
    with_: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    target: str = ""
    in_: Unit | None = Field(default=None, alias="in")
    """The unit of what the vendor answers, where it gives bare numbers."""
    by: dict[str, str] = Field(default_factory=dict)


class Service(Written):
    """Something the team runs."""

    runs_on: RunsOn
    also_on: tuple[RunsOn, ...] = ()
    base: Annotated[Base | None, BeforeValidator(_as_base, json_schema_input_type=str | Base)] = None
    health: Annotated[
        tuple[Address, ...],
        BeforeValidator(_listed, json_schema_input_type=Address | tuple[Address, ...]),
    ] = ()
    """Addresses, or paths that are added to `base`."""
    depends_on: tuple[str, ...] = ()
    parts: dict[str, str] = Field(default_factory=dict)
    """The services behind it, by the role that playbooks call them by."""
    switches: dict[str, Switch] = Field(default_factory=dict)
    metrics: dict[str, Metric] = Field(default_factory=dict)
    limits: Limits = Limits()
    owners: tuple[str, ...] = ()
    links: dict[str, OpenAddress] = Field(default_factory=dict)
    """Dashboards and the like, by their title."""
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    """Other names by which alerts call it."""


class ServiceFacts(Frozen):
    """What an incident needs to know of its service: public, and pinned with the playbook."""

    name: str
    target: Target | None = None
    health: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    limits: Limits = Limits()
    owners: tuple[str, ...] = ()
    links: dict[str, str] = Field(default_factory=dict)
    """Dashboards and the like, and whom to ask for help, as they stand on the incident's card."""
    facts: dict[str, JsonValue] = Field(default_factory=dict)
