"""How grave an incident is: the scenario's severity, raised by an alert that says more, never lowered."""

from collections.abc import Iterable

from stanch.model.alert import Alert, Severity
from stanch.model.playbook import Pinned


def severity_of(pinned: Pinned, alerts: Iterable[Alert]) -> Severity:
    """The graver of the scenario's severity and what its firing alerts say, in labels or in ranks."""
    labels = {severity.value: severity for severity in Severity}
    labels |= {label.lower(): severity for label, severity in pinned.severities.items()}
    said = (labels.get(alert.severity_hint.lower()) for alert in alerts if alert.firing)
    return min((pinned.severity, *filter(None, said)), key=lambda severity: severity.rank)
