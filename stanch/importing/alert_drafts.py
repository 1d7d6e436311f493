"""Alerts that Stanch would measure by itself: the numbers of a document, one alert for each."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stanch.importing.document import BlockKind
from stanch.importing.drafted import DraftEntry
from stanch.importing.outline import DocumentSection
from stanch.importing.severity_drafts import LevelDraft, label_in
from stanch.importing.thresholds import MeasuredThreshold, thresholds_of


def thresholds_in(section: DocumentSection) -> Iterator[MeasuredThreshold]:
    """Every number of one section, its heading first."""
    label = label_in(section.title)
    yield from thresholds_of(section.title, section.line, label)
    for block in section.blocks:
        if block.kind in (BlockKind.ITEM, BlockKind.TEXT):
            yield from thresholds_of(block.plain, block.line, label)
        elif block.kind is BlockKind.ROW:
            yield from thresholds_of(" ".join(block.cells), block.line, label_in(block.cells[0]) or label)


def alerts_of(
    found: Iterable[MeasuredThreshold], levels: Sequence[LevelDraft], opened: Iterable[str]
) -> dict[str, DraftEntry]:
    """One alert for each number; with severities where the document says which."""
    by_alert: dict[str, list[MeasuredThreshold]] = {}
    for threshold in found:
        by_alert.setdefault(threshold.alert, []).append(threshold)
    labels = [level.label for level in levels]
    wanted = set(opened)
    written = {name: _alert(each, labels) for name, each in by_alert.items()}
    return {name: entry for name, entry in written.items() if name in wanted or "fires" in entry.written}


def opened_by(title: str, alerts: Mapping[str, DraftEntry]) -> dict[str, DraftEntry]:
    """Alerts of a number that a scenario's heading speaks of."""
    low = title.lower()
    return {
        name: DraftEntry(name, entry.line)
        for name, entry in alerts.items()
        if any(word in low for word in _spoken_of(name))
    }


def _spoken_of(alert: str) -> tuple[str, ...]:
    """Words for the number of an alert."""
    if re.search(r"Latency|P\d\d$", alert):
        return ("latency", "slow", "response time")
    words = re.findall(r"[A-Z][a-z]+", alert)[1:2]
    return tuple(word.lower() for word in words if len(word) > len("hit"))


def _alert(found: Sequence[MeasuredThreshold], labels: Sequence[str]) -> DraftEntry:
    fires: dict[str, str] = {}
    for label in labels:
        own = next((one for one in found if one.label == label), None)
        if own:
            fires[label] = own.condition
    labelled = [one for one in found if one.label in labels]
    if not labelled:
        return DraftEntry({"when": _first_to_hold(found).condition}, found[0].line)
    sooner = _first_to_hold(found)
    next_label = labels[labels.index([*fires][-1]) + 1 :][:1]
    if sooner not in labelled and next_label and sooner.condition not in fires.values():
        fires[next_label[0]] = sooner.condition
    return DraftEntry({"fires": fires}, labelled[0].line)


def _first_to_hold(found: Sequence[MeasuredThreshold]) -> MeasuredThreshold:
    """Of several without a severity the one that holds soonest."""
    numbers = sorted(found, key=lambda one: float(re.findall(r"[\d.]+", one.value)[0]))
    return numbers[-1] if found[0].sign.startswith("<") else numbers[0]
