"""`stanch alert`: an alert by hand, as Alertmanager would send it."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from stanch.cli import arguments
from stanch.cli.failures import CommandError, Misuse
from stanch.cli.incidents import access
from stanch.cli.incidents.answers import Card, Listing, Taken
from stanch.cli.incidents.gateway import Gateway
from stanch.cli.incidents.session import GatewaySession
from stanch.model.alert import Alert

_NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of an alert that still fires."""
_MOST = "200"
"""Open incidents that are looked through."""


def alert(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, as a scenario's `opens_on` has it.")],
    service: Annotated[str, typer.Option(help="The label `service`.", show_default=False)] = "",
    severity: Annotated[
        str, typer.Option(help="The label `severity`, in the team's own words.", show_default=False)
    ] = "",
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Another label; as often as needed.")
    ] = None,
    summary: Annotated[str, typer.Option(help="What is wrong, in one line.", show_default=False)] = "",
    resolved: Annotated[bool, typer.Option("--resolved", help="It is over: resolves what fired.")] = False,
    source: Annotated[str, typer.Option(help="The alert source, as stanch.yaml names it.")] = "alertmanager",
    fingerprint: Annotated[
        str, typer.Option(help="The alert's identity; by default made of its labels.", show_default=False)
    ] = "",
) -> None:
    """Sends one alert to the gateway, which answers only when it is stored.

    With --resolved it resolves what fires under that name and service, as the open incidents know it.
    """
    if not name.strip():
        raise Misuse("the alert's name is empty: give the name that a scenario's `opens_on` has")
    session = GatewaySession.of(context)
    named = {"alertname": name, "service": service, "severity": severity, **arguments.labels(label or [])}
    labels = {name: value for name, value in named.items() if value}
    said = _alert(labels, summary, fingerprint or _identity(labels))
    if resolved:
        fires = None if fingerprint else _firing(session.gateway, source, name, service)
        said = _resolved(said, fires)
    address = access.address(session.url, session.data)
    gateway = Gateway(address, access.source(source, session.data))
    reply = gateway.post("alerts", source, body=_webhook(said))
    taken = reply.read(Taken)
    if session.json:
        return session.screen.document(reply.document)
    if not taken.incidents:
        return session.screen.line(f"{name}: accepted; no incident is concerned")
    for number in taken.incidents:
        session.screen.line(f"{name}: accepted by {number}")
        session.screen.line(f"Follow it: stanch watch {number}")
    return None


def _identity(labels: dict[str, str]) -> str:
    """Sixteen hex characters of the labels, as Alertmanager's; without `severity`, which may rise."""
    kept = {name: value for name, value in labels.items() if name != "severity"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _resolved(said: dict[str, Any], fires: Alert | None) -> dict[str, Any]:
    """The alert as over: with the fingerprint, start and labels of what fires, where that is known."""
    ended = said | {"status": "resolved", "endsAt": said["startsAt"]}
    if fires is None:
        return ended
    same = {"labels": fires.labels | said["labels"], "fingerprint": fires.fingerprint}
    return ended | same | {"startsAt": _instant(fires.started_at)}


def _alert(labels: dict[str, str], summary: str, fingerprint: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": summary} if summary else {},
        "startsAt": _instant(datetime.now(UTC)),
        "endsAt": _NEVER,
        "generatorURL": "",
        "fingerprint": fingerprint,
    }


def _webhook(alert: dict[str, Any]) -> dict[str, Any]:
    """Alertmanager's webhook, version 4, of one alert."""
    name = alert["labels"]["alertname"]
    return {
        "version": "4",
        "groupKey": f"{{}}:{{alertname={json.dumps(name)}}}",
        "truncatedAlerts": 0,
        "status": alert["status"],
        "receiver": "stanch",
        "groupLabels": {"alertname": name},
        "commonLabels": alert["labels"],
        "commonAnnotations": alert["annotations"],
        "externalURL": "",
        "alerts": [alert],
    }


def _firing(gateway: Gateway, source: str, name: str, service: str) -> Alert:
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
    raise CommandError(
        "not-firing",
        f"nothing fires under the name {name}{of}: see `stanch incidents`, or give its --fingerprint",
    )
