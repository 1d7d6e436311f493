"""Which alerts a scenario opens on, and with which others they form one incident."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stanch.model.alert import Alert
from stanch.model.base import digest_of
from stanch.model.playbook import Pinned
from stanch.model.written import WrittenScenario
from stanch.playbooks.context import Context
from stanch.playbooks.position import Position
from stanch.playbooks.problems import instead_of

GROUP_FIELDS = ("alert.fingerprint", "alert.name", "alert.source", "alert.severity_hint", "alert.labels.NAME")
_LABEL = "alert.labels."
_LONGEST_SERVICE = 60
_LONGEST_VALUES = 80
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Opens:
    """One scenario for one service, with the alerts it opens on."""

    pinned: Pinned
    alerts: tuple[re.Pattern[str], ...]
    labels: Mapping[str, str]
    names_service: bool
    group_by: tuple[str, ...]
    names: tuple[str, ...] = ()
    """The alerts as they are written."""
    asked: bool = False
    """A person may open it."""

    @property
    def specificity(self) -> tuple[bool, int]:
        """How much the scenario says about the alerts it wants."""
        return self.names_service, len(self.labels)

    def on(self, alert: Alert, service: str) -> bool:
        """True when this alert of this service opens the scenario."""
        return service == self.pinned.service.name and self.is_called(alert)

    def is_called(self, alert: Alert) -> bool:
        """True when an alert of this name and with these labels opens the scenario, whose ever it is."""
        return any(pattern.fullmatch(alert.name) for pattern in self.alerts) and all(
            alert.labels.get(name) == value for name, value in self.labels.items()
        )


def opens(entry: WrittenScenario, pinned: Pinned) -> Opens:
    """The scenario with its opening; a * in an alert's name stands for anything."""
    patterns = (".*".join(map(re.escape, name.split("*"))) for name in entry.opens_on.alert)
    return Opens(
        pinned=pinned,
        alerts=tuple(re.compile(pattern, re.DOTALL) for pattern in patterns),
        labels=entry.opens_on.labels,
        names_service=bool(entry.opens_on.service or entry.service),
        names=entry.opens_on.alert,
        asked=bool(entry.opens_on.asked),
        group_by=entry.group_by,
    )


def services_of(entry: WrittenScenario, context: Context, position: Position) -> tuple[str, ...]:
    """The services that a scenario opens for: those it names, or all."""
    if not entry.opens_on.alert and not entry.opens_on.asked:
        instead = "Write the alerts' names, * stands for any; or asked: true"
        position.at("opens_on", "alert").wrong("names no alert", instead)
    for index, field in enumerate(entry.group_by):
        if not _can_group(field):
            position.at("group_by", index).wrong(f"cannot group by {field}", instead_of(field, GROUP_FIELDS))
    named = entry.opens_on.service or entry.service
    here = position.at("opens_on", "service") if entry.opens_on.service else position.at("service")
    known = []
    for index, name in enumerate(named):
        if name in context.services:
            known.append(name)
            continue
        instead = instead_of(name, context.services, kind="services are")
        here.at(index).wrong(f"there is no service {name}", _or_default(instead, here))
    return tuple(known) if named else tuple(context.services)


def _or_default(instead: str, position: Position) -> str:
    """Of a scenario of the library the service is the team's to name."""
    return instead or f"Write it under services: in stanch.yaml, or another in {position.field}"


def _can_group(field: str) -> bool:
    return field in GROUP_FIELDS[:-1] or (field.startswith(_LABEL) and field != _LABEL)


def group_key(service: str, alert: Alert, group_by: Iterable[str]) -> str:
    """The id of the incident that an alert belongs to: readable, and different where any value is."""
    group = f"incident-{_in_an_id(service, _LONGEST_SERVICE)}"
    values = [_value(alert, field) for field in group_by]
    if not values:
        return group
    return f"{group}-{_fits('-'.join(values), _LONGEST_VALUES)}-{digest_of(values)}"


def _value(alert: Alert, field: str) -> str:
    if field.startswith(_LABEL):
        return alert.labels.get(field.removeprefix(_LABEL), "")
    return str(getattr(alert, field.removeprefix("alert.")))


def _in_an_id(name: str, longest: int) -> str:
    """The name itself where an id can hold it; otherwise what can be read of it, and its digest."""
    fitting = _fits(name, longest)
    return fitting if fitting == name else f"{fitting}-{digest_of(name)}"


def _fits(text: str, longest: int) -> str:
    return _NOT_IN_AN_ID.sub("-", text[: 2 * longest]).strip("-")[:longest]
