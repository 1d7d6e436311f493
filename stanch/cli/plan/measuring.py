"""An alert that Stanch measures itself, measured once: what was read, and whether it would fire by that."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stanch.cli.plan.live_providers import Cast
from stanch.cli.plan.rehearsal import Providers, Rehearsal, opened, rehearse
from stanch.model.alert import Alert
from stanch.model.evidence import Evidence
from stanch.model.pinned_alert import PinnedAlert
from stanch.model.playbook import Pinned
from stanch.playbooks.book import Book
from stanch.policy import conditions, facts, weighing
from stanch.policy.conditions import Truth
from workflows.memory import IncidentMemory
from workflows.phases import triage


@dataclass(frozen=True)
class Judged:
    """One condition of an alert, with what its facts are."""

    label: str
    condition: str
    truth: Truth
    because: str


@dataclass(frozen=True)
class AlertMeasurement:
    """One alert of one service, as its readings are now."""

    alert: PinnedAlert
    evidence: tuple[Evidence, ...]
    judged: tuple[Judged, ...]

    @property
    def truth(self) -> Truth:
        """Whether it would fire; not known while a condition that might be true cannot be decided."""
        found = {one.truth for one in self.judged}
        return next(truth for truth in (Truth.TRUE, Truth.UNDECIDABLE, Truth.FALSE) if truth in found)

    @property
    def label(self) -> str:
        """The severity with which it would fire; while it would not, the gravest that it can have."""
        return next((one.label for one in self.judged if one.truth is Truth.TRUE), self.judged[0].label)


async def rehearse_measured(
    book: Book, alert: Alert, cast: Cast
) -> tuple[tuple[AlertMeasurement, ...], Rehearsal]:
    """What Stanch measures under the alert's name, and what the alert would lead to."""
    found = await measured(book, alert, cast)
    alert = _raised(alert, found)
    return found, await rehearse(book.match(alert), alert, cast, book.team)


async def measured(book: Book, alert: Alert, cast: Cast) -> tuple[AlertMeasurement, ...]:
    """What Stanch measures under the alert's name; nothing where it measures no such alert."""
    pinned = book.unmatched(alert)
    return tuple(await asyncio.gather(*(_measure(one, alert, pinned, cast) for one in _alerts(book, alert))))


def _alerts(book: Book, alert: Alert) -> list[PinnedAlert]:
    """Those of the alert's service, or of every service where it names none."""
    service = book.service_of(alert) or alert.service
    known = (one for playbook in book.playbooks for one in playbook.alerts)
    return [one for one in known if one.name == alert.name and service in ("", one.service)]


async def _measure(one: PinnedAlert, alert: Alert, pinned: Pinned, cast: Cast) -> AlertMeasurement:
    only_this = {"evidence": one.readings, "variables": one.variables, "checks": ()}
    memory = opened(pinned.model_copy(update=only_this), alert, Providers(cast))
    await triage.gather(memory, everything=True)
    return AlertMeasurement(one, tuple(memory.state.evidence.values()), tuple(_judged(one, memory)))


def _judged(one: PinnedAlert, memory: IncidentMemory) -> Iterator[Judged]:
    known, names = triage.basis(memory).known, facts.declared(one.variables)
    for label, condition in one.fires:
        said = conditions.evaluate(condition, names, known)
        text = weighing.with_values(condition, memory.pinned, known)
        yield Judged(label, text, said.truth, said.because)


def _raised(alert: Alert, measured: Sequence[AlertMeasurement]) -> Alert:
    """With the service and the severity that it would be raised with, where only one can be meant."""
    firing = [one for one in measured if one.truth is Truth.TRUE]
    among = firing or measured
    if len(among) != 1:
        return alert
    (one,) = among
    said = {"service": alert.service or one.alert.service, "severity": alert.severity_hint or one.label}
    labels = {**alert.labels, **{name: value for name, value in said.items() if value}}
    return alert.model_copy(
        update={"service": said["service"], "severity_hint": said["severity"], "labels": labels}
    )
