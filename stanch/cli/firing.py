"""Which alert fires under a name: the open incidents know it, with its fingerprint and its start."""

from stanch.cli.answers import Card, Listing
from stanch.cli.failures import Failure
from stanch.cli.remote import Gateway
from stanch.model.alert import Alert

_MOST = "200"


def firing(gateway: Gateway, source: str, name: str, service: str) -> Alert:
    """The alert of that name and service that an open incident shows; a failure where nothing fires so."""
    rows = gateway.get("incidents", open="true", limit=_MOST).read(Listing).incidents
    for row in rows:
        shown = gateway.get("incidents", row.number).read(Card).state.outbreak.shown.values()
        for alert in shown:
            if (
                (alert.source, alert.name) == (source, name)
                and alert.firing
                and service in {"", alert.service}
            ):
                return alert
    of = f" of {service}" if service else ""
    raise Failure(
        "not-firing",
        f"nothing fires under the name {name}{of}: see `stanch incidents`, or give its --fingerprint",
    )
