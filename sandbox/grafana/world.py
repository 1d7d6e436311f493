"""Grafana's part of the world: alerts that have not ended, and what keeps them silent."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.base import World
from sandbox.traffic import Stretch

_NOW = timedelta()
NO_DATA, ERROR = "DatasourceNoData", "DatasourceError"


@dataclass
class GrafanaAlert:
    """One alert by its labels."""

    labels: dict[str, str]
    since: datetime
    summary: str
    silenced_by: list[str] = field(default_factory=list)
    inhibited_by: list[str] = field(default_factory=list)

    @property
    def rule(self) -> str:
        """The rule that it is of."""
        return self.labels.get("rulename", self.labels["alertname"])


class GrafanaWorld(World):
    """Every alert that has not ended; one that has is not shown there any more."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.alerts: list[GrafanaAlert] = []
        self.is_starting = False

    def fire(self, rule: str, ago: timedelta = _NOW, **labels: str) -> GrafanaAlert:
        """A rule's condition holds for so long."""
        return self._add({"alertname": rule, "grafana_folder": "production", **labels}, ago)

    def blind(self, rule: str, state: str = NO_DATA, ago: timedelta = _NOW, **labels: str) -> GrafanaAlert:
        """A rule's data source gives nothing, or an error, for so long."""
        stamped = {"alertname": state, "rulename": rule, "datasource_uid": "prometheus", "ref_id": "A"}
        return self._add({**stamped, "grafana_folder": "production", **labels}, ago)

    def follow(self, rule: str, service: str, **labels: str) -> None:
        """The rule holds whenever the service fails."""
        self.sandbox.services[service].witnesses.append(partial(self._witness, rule, labels))

    def _witness(self, rule: str, labels: dict[str, str], stretch: Stretch) -> None:
        fails = bool(stretch.metrics.error_rate)
        if fails and not self._of(rule):
            self.fire(rule, self.clock.now() - stretch.begin, **labels)
        elif not fails:
            self.end(rule)

    def silence(self, rule: str) -> None:
        """Somebody wants to hear no more of it."""
        for one in self._of(rule):
            one.silenced_by.append(self.origin.digits(8))

    def inhibit(self, rule: str) -> None:
        """Another alert says it all."""
        for one in self._of(rule):
            one.inhibited_by.append(self.origin.digits(16))

    def end(self, rule: str) -> None:
        """It is over."""
        over = self._of(rule)
        self.alerts = [one for one in self.alerts if one not in over]

    def state(self) -> dict[str, Any]:
        """What each alert is called, and since when."""
        return {one.rule: one.since.isoformat() for one in self.alerts}

    def secrets(self) -> set[str]:
        """What annotations say, for people alone."""
        return {one.summary for one in self.alerts}

    def _of(self, rule: str) -> list[GrafanaAlert]:
        return [one for one in self.alerts if one.rule == rule]

    def _add(self, labels: dict[str, str], ago: timedelta) -> GrafanaAlert:
        summary = f"password no. {len(self.alerts)} of a runbook in the sandbox"
        made = GrafanaAlert(labels, self.clock.now() - ago, summary)
        self.alerts.append(made)
        return made
