"""What the gateway counts, for Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from stanch.control import Away, Unknown
from stanch.errors import PlaybookError, PolicyError, StanchError
from stanch.model.decision import Say
from stanch.sources import SOURCES

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_RESULTS = {PolicyError: "refused", Away: "away", Unknown: "unknown", PlaybookError: "invalid"}


class GatewayMetrics:
    """Counters of their own registry, so that two applications in one process do not share them."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._webhooks = Counter(
            "stanch_webhooks", "Alert webhooks, by source and answer", ["source", "status"], registry=registry
        )
        self._alerts = Counter(
            "stanch_alerts_accepted", "Alerts stored at Temporal", ["source"], registry=registry
        )
        self._taking = Histogram(
            "stanch_take_seconds",
            "How long Temporal took to store one group of alerts",
            buckets=_SECONDS,
            registry=registry,
        )
        self._decisions = Counter(
            "stanch_decisions", "People's words, by what became of them", ["say", "result"], registry=registry
        )

        self._store = Gauge(
            "stanch_store_up", "1 while guards and pauses can be read and written", registry=registry
        )

    def saw_store(self, *, is_up: bool) -> None:
        """The store was looked at."""
        self._store.set(is_up)

    def saw_webhook(self, source: str, status: int) -> None:
        """One delivery was answered; names nobody knows share a row."""
        self._webhooks.labels(source if source in SOURCES else "unknown", str(status)).inc()

    def accepted(self, source: str, alerts: int) -> None:
        """So many alerts are stored."""
        self._alerts.labels(source).inc(alerts)

    def taking(self, seconds: float) -> None:
        """One group took so long to store."""
        self._taking.observe(seconds)

    @contextmanager
    def deciding(self, say: Say) -> Iterator[None]:
        """One word, counted by how it ends."""
        try:
            yield
        except StanchError as error:
            self._decisions.labels(say, _RESULTS.get(type(error), "refused")).inc()
            raise
        self._decisions.labels(say, "accepted").inc()

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)
