"""Prometheus Alertmanager, webhook payload version 4 (as documented in November 2026).

It repeats a firing group every `repeat_interval` and may put firing and resolved alerts into one body, so
each alert's own status counts, never that of the group.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stanch.model.alert import Alert
from stanch.model.base import Frozen, digest_of
from stanch.sources.shape import (
    MOST_ALERTS,
    Instant,
    Labels,
    Moment,
    Said,
    SourceError,
    cut,
    identity,
    on_one_line,
    shaped,
    short,
    web_links,
)

NAME = "alertmanager"

_LONGEST_NAME = 256
_LONGEST_STATUS = 40
_STATUSES = ("firing", "resolved")
_SERVICE_LABELS = ("service", "app", "job")
"""The first of these that is there; `job` comes last because it often names an exporter."""
_SUMMARIES = ("summary", "description")


def _few(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MOST_ALERTS:
        most = f"{len(value)} alerts in one body, at most {MOST_ALERTS} are read"
        message = f"{most}: set max_alerts in Alertmanager's webhook_config"
        raise ValueError(message)
    return [] if value is None else value


class _Sent(Frozen):
    """One alert as it is sent."""

    status: Said = ""
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
    starts_at: Instant = Field(alias="startsAt")
    ends_at: Moment | None = Field(default=None, alias="endsAt")
    generator_url: Said = Field(default="", alias="generatorURL")
    fingerprint: Said = ""


class _Webhook(Frozen):
    """One delivery; fields that newer releases add are ignored."""

    version: Literal["4"] = "4"
    status: Said = ""
    alerts: Annotated[tuple[_Sent, ...], BeforeValidator(_few)]
    external_url: Said = Field(default="", alias="externalURL")
    truncated: int = Field(default=0, alias="truncatedAlerts", ge=0)


def parse(body: Any) -> tuple[Alert, ...]:
    """Every alert of one delivery, in order; raises `SourceError` where the shape is wrong, nothing else."""
    if not isinstance(body, dict):
        raise SourceError("", "the body must be a JSON object, as Alertmanager's webhook_config sends it")
    webhook = shaped(_Webhook, body)
    alerts = [_alert(sent, webhook) for sent in webhook.alerts]
    if webhook.truncated and alerts:
        # Nobody else will tell of them: the timeline shows the summary.
        left_out = f"{alerts[-1].summary} (Alertmanager left out {webhook.truncated} more: max_alerts)"
        alerts[-1] = alerts[-1].model_copy(update={"summary": left_out})
    return tuple(alerts)


def _alert(sent: _Sent, webhook: _Webhook) -> Alert:
    labels, notes = short(sent.labels), short(sent.annotations)
    name = on_one_line(cut(labels.get("alertname", ""), _LONGEST_NAME)) or "unnamed alert"
    # A word that a newer release invents is taken as firing: somebody looks, and nothing is lost.
    said = sent.status or webhook.status
    firing = said != "resolved"
    summary = on_one_line(_first(notes, _SUMMARIES)) or name
    unknown = "" if said in _STATUSES else on_one_line(cut(said, _LONGEST_STATUS)) or "no status"
    if unknown:
        summary = f"{summary} (Alertmanager says {unknown}: firing)"
    return Alert(
        source=NAME,
        fingerprint=identity(sent.fingerprint, _LONGEST_NAME) or digest_of(_spelled(sent.labels)),
        name=name,
        firing=firing,
        started_at=sent.starts_at.astimezone(UTC),
        ended_at=None if firing else _ended(sent.ends_at),
        service=cut(_first(labels, _SERVICE_LABELS), _LONGEST_NAME),
        severity_hint=labels.get("severity", ""),
        labels=labels,
        summary=summary,
        links=web_links(notes.get("runbook_url", ""), sent.generator_url, webhook.external_url),
        unknown_status=unknown,
    )


def _ended(at: datetime | None) -> datetime | None:
    # The zero time of Go stands for "not yet", and now and then on resolved alerts too.
    return None if at is None or not 1 < at.year < 9999 else at.astimezone(UTC)  # noqa: PLR2004 - years


def _first(texts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name] for name in names if texts.get(name)), "")


def _spelled(labels: dict[str, str]) -> list[list[str]]:
    return [[ascii(name), ascii(value)] for name, value in sorted(labels.items())]


EXAMPLE: dict[str, Any] = {
    "version": "4",
    "groupKey": '{}/{team="shop"}:{alertname="CheckoutErrors"}',
    "truncatedAlerts": 0,
    "status": "firing",
    "receiver": "stanch",
    "groupLabels": {"alertname": "CheckoutErrors"},
    "commonLabels": {"alertname": "CheckoutErrors", "service": "checkout"},
    "commonAnnotations": {},
    "externalURL": "https://alertmanager.shop.example",
    "alerts": [
        {
            "status": "firing",
            "labels": {
                "alertname": "CheckoutErrors",
                "service": "checkout",
                "job": "blackbox",
                "region": "fra",
                "severity": "P1",
            },
            "annotations": {
                "summary": "One in eight checkouts fails in fra",
                "description": "12.4 % of requests to /checkout answered 5xx during the last five minutes.",
                "runbook_url": "https://runbooks.shop.example/checkout-errors",
            },
            "startsAt": "2026-11-21T03:12:16.003Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "https://prometheus.shop.example/graph?g0.expr=checkout_errors&g0.tab=1",
            "fingerprint": "5d0f8c2b7a914e36",
        },
        {
            "status": "resolved",
            "labels": {
                "alertname": "CheckoutErrors",
                "service": "checkout",
                "job": "blackbox",
                "region": "ord",
            },
            "annotations": {"description": "7.9 % of requests to /checkout answered 5xx."},
            "startsAt": "2026-11-21T04:05:00+01:00",
            "endsAt": "2026-11-21T03:11:00Z",
            "generatorURL": "",
            "fingerprint": "a41be07793c6d258",
        },
    ],
}

EXPECTED: tuple[Alert, ...] = (
    Alert(
        source="alertmanager",
        fingerprint="5d0f8c2b7a914e36",
        name="CheckoutErrors",
        firing=True,
        started_at=datetime(2026, 11, 21, 3, 12, 16, 3000, tzinfo=UTC),
        service="checkout",
        severity_hint="P1",
        labels=EXAMPLE["alerts"][0]["labels"],
        summary="One in eight checkouts fails in fra",
        links=(
            "https://runbooks.shop.example/checkout-errors",
            "https://prometheus.shop.example/graph?g0.expr=checkout_errors&g0.tab=1",
            "https://alertmanager.shop.example",
        ),
    ),
    Alert(
        source="alertmanager",
        fingerprint="a41be07793c6d258",
        name="CheckoutErrors",
        firing=False,
        started_at=datetime(2026, 11, 21, 3, 5, tzinfo=UTC),
        ended_at=datetime(2026, 11, 21, 3, 11, tzinfo=UTC),
        service="checkout",
        labels=EXAMPLE["alerts"][1]["labels"],
        summary="7.9 % of requests to /checkout answered 5xx.",
        links=("https://alertmanager.shop.example",),
    ),
)
