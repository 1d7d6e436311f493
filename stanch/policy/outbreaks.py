"""One rule for what a notification means: fingerprint and firing state identify, the start only orders."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stanch.model.alert import ASKED, Alert, LastHeard, Outbreak, Severity
from stanch.model.notice import Left
from stanch.model.playbook import Pinned

MOST_FIRING = 5_000
"""Beyond so many, alerts are no longer told apart."""
MOST_RESOLVED = 500
MOST_NAMES = 100
FIRST_SHOWN = 6
LATEST_SHOWN = 6
CONTINUES_WITHIN = timedelta(minutes=5)
"""A rule whose labels change goes on under another fingerprint: as long as Alertmanager waits for the old."""
OLDER_BY = timedelta(seconds=30)
"""How far the clocks of two gateways may be apart; beyond it, what was said earlier is a repetition."""

_OTHERS = "others"
_LONGEST_TEXT = 300
_LONGEST_LABEL = 150
_MOST_LABELS = 12
_MOST_LINKS = 3


class Meaning(StrEnum):
    """What one notification says to an incident."""

    FIRES = "fires"
    AGAIN = "fires again"
    CONTINUES = "goes on under another fingerprint"
    RESOLVED = "resolved"
    KNOWN = "known"
    PAST = "is of an outbreak that is over"
    UNCOUNTED = "is beyond what is counted"

    @property
    def is_fresh(self) -> bool:
        """True of what somebody has to look at."""
        return self in (Meaning.FIRES, Meaning.AGAIN)

    @property
    def joins(self) -> bool:
        """True of what fires now and did not before."""
        return self.is_fresh or self is Meaning.CONTINUES


@dataclass(frozen=True)
class Read:
    """One alert, and what it means."""

    alert: Alert
    meaning: Meaning


def read(
    outbreak: Outbreak, alerts: Iterable[Alert], left: Left, now: datetime, issued: datetime | None = None
) -> tuple[Outbreak, list[Read]]:
    """The outbreak after these notifications, as a gateway issued them, and what each of them said."""
    reader = _Reader(outbreak, left, now, issued)
    found = [Read(alert, reader.read(alert)) for alert in alerts]
    return reader.outbreak(), found


class _Reader:
    """One notice's alerts, over copies that are thrown away with it."""

    def __init__(self, outbreak: Outbreak, left: Left, now: datetime, issued: datetime | None) -> None:
        self._issued = issued
        self._left = left
        self._past = frozenset(left.past)
        self._now = now
        self._firing = dict(outbreak.firing)
        self._resolved = dict(outbreak.resolved)
        self._of_name = Counter(heard.name for heard in self._firing.values())
        self._ended: dict[int, int] = {}
        for heard in self._resolved.values():
            self._ended[heard.name] = max(heard.at, self._ended.get(heard.name, 0))
        self._names = list(outbreak.names)
        self._shown = dict(outbreak.shown)
        self._unshown = outbreak.unshown
        self._over = list(outbreak.ended)
        self._saturated = outbreak.saturated

    def outbreak(self) -> Outbreak:
        """What all of it amounts to; thousands of alerts are not checked anew for each notice."""
        return Outbreak().model_copy(
            update={
                "firing": self._firing,
                "resolved": dict(list(self._resolved.items())[-MOST_RESOLVED:]),
                "ended": tuple(self._over[-MOST_RESOLVED:]),
                "names": tuple(self._names),
                "shown": self._shown,
                "unshown": self._unshown,
                "saturated": self._saturated,
            }
        )

    def read(self, alert: Alert) -> Meaning:
        return self._fires(alert) if alert.firing else self._ends(alert)

    def _fires(self, alert: Alert) -> Meaning:
        key = alert.hash
        if key in self._firing:
            return Meaning.KNOWN
        if fired_before(alert, self._left):
            return Meaning.PAST
        if alert.episode in self._past and (self._firing or self._resolved):
            return Meaning.PAST
        if self._is_older(self._resolved.get(key)):
            return Meaning.PAST
        if len(self._firing) >= MOST_FIRING:
            self._saturated = True
            return Meaning.UNCOUNTED
        name = self._name(alert.name)
        meaning = Meaning.FIRES
        if self._resolved.pop(key, None) is not None:
            meaning = Meaning.AGAIN
        elif self._goes_on(name, alert.started_at):
            meaning = Meaning.CONTINUES
        # A start in the future is a sender's clock that runs ahead: nothing could ever end after it.
        self._firing[key] = self._heard(_seconds(min(alert.started_at, self._now)), name)
        self._of_name[name] += 1
        self._show(alert)
        return meaning

    def _ends(self, alert: Alert) -> Meaning:
        """Resolved, unless it ended before what fires now began: then it is an older one's, come late."""
        known = self._firing.get(alert.hash)
        if known is None or (alert.ended_at is not None and _seconds(alert.ended_at) < known.at):
            return Meaning.KNOWN
        if self._is_older(known):
            return Meaning.KNOWN
        del self._firing[alert.hash]
        ended = self._heard(_seconds(alert.ended_at or self._now), known.name)
        self._resolved[alert.hash] = ended
        self._over.append(alert.episode)
        self._of_name[known.name] -= 1
        self._ended[known.name] = max(ended.at, self._ended.get(known.name, 0))
        if (key := _shown_as(alert)) in self._shown:
            self._shown[key] = trimmed(alert)
        return Meaning.RESOLVED

    def _heard(self, at: int, name: int) -> LastHeard:
        return LastHeard(at, name, _seconds(self._issued) - at if self._issued else None)

    def _is_older(self, last: LastHeard | None) -> bool:
        """True of what a gateway had said before it said the last word on it: it was sent again."""
        if last is None or self._issued is None or last.said is None:
            return False
        return _seconds(self._issued) + OLDER_BY.total_seconds() < last.at + last.said

    def _goes_on(self, name: int, since: datetime) -> bool:
        """True when an alert of this name fires, or has only just stopped."""
        if self._of_name[name] > 0:
            return True
        ended = self._ended.get(name)
        return ended is not None and _seconds(since) <= ended + CONTINUES_WITHIN.total_seconds()

    def _name(self, name: str) -> int:
        shown = cut(name, _LONGEST_TEXT) if len(self._names) < MOST_NAMES - 1 else _OTHERS
        if shown not in self._names and name not in self._names:
            self._names.append(shown)
        return self._names.index(name if name in self._names else shown)

    def _show(self, alert: Alert) -> None:
        """The first few stay, the latest few are replaced; what has resolved makes room first."""
        key = _shown_as(alert)
        self._shown.pop(key, None)
        if len(self._shown) >= FIRST_SHOWN + LATEST_SHOWN:
            keys = list(self._shown)
            resolved = (name for name in keys if not self._shown[name].firing)
            del self._shown[next(resolved, keys[FIRST_SHOWN])]
            self._unshown += 1
        self._shown[key] = trimmed(alert)


def fired_before(alert: Alert, left: Left) -> bool:
    """True of a repetition of what fired already when a person closed the incident before."""
    return _seconds(alert.started_at) <= left.fires.get(alert.hash, -1)


def says_that_it_ended(alert: Alert, left: Left) -> bool:
    """True of the end of what fired when a person closed the incident before: it may fire anew."""
    return not alert.firing and alert.hash in left.fires


def ended(left: Left, alerts: Iterable[Alert]) -> Left:
    """What earlier incidents left, without what has ended since: it may fire again."""
    over = {alert.hash for alert in alerts if not alert.firing}
    return left.model_copy(update={"fires": {key: at for key, at in left.fires.items() if key not in over}})


def without(outbreak: Outbreak, fires: Mapping[str, int]) -> Outbreak:
    """The outbreak without what fired already when a person closed the incident before."""
    firing = {key: heard for key, heard in outbreak.firing.items() if heard.at > fires.get(key, -1)}
    return outbreak.model_copy(update={"firing": firing})


def fulfilled(outbreak: Outbreak, now: datetime) -> Outbreak:
    """The outbreak without what people have asked for: it has been done."""
    over = [
        alert.model_copy(update={"firing": False, "ended_at": now})
        for alert in outbreak.shown.values()
        if alert.firing and alert.source == ASKED
    ]
    return read(outbreak, over, Left(), now)[0] if over else outbreak


def severity_of(pinned: Pinned, alerts: Iterable[Alert]) -> Severity:
    """The graver of the scenario's severity and what its firing alerts say, in labels or in ranks."""
    labels = {severity.value: severity for severity in Severity}
    labels |= {label.lower(): severity for label, severity in pinned.severities.items()}
    said = (labels.get(alert.severity_hint.lower()) for alert in alerts if alert.firing)
    return min((pinned.severity, *filter(None, said)), key=lambda severity: severity.rank)


def trimmed(alert: Alert) -> Alert:
    """An alert whose texts are as long as a person reads."""
    labels = {
        cut(name, _LONGEST_LABEL): cut(value, _LONGEST_LABEL)
        for name, value in list(alert.labels.items())[:_MOST_LABELS]
    }
    links = tuple(link for link in alert.links if len(link) <= _LONGEST_TEXT)[:_MOST_LINKS]
    fields = ("name", "service", "severity_hint", "summary", "fingerprint")
    texts = {field: cut(getattr(alert, field), _LONGEST_TEXT) for field in fields}
    return alert.model_copy(update={**texts, "labels": labels, "links": links})


def _shown_as(alert: Alert) -> str:
    return cut(alert.key, _LONGEST_TEXT)


def cut(text: str, longest: int) -> str:
    """A text of at most so many characters; one that was cut says so."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
