"""Numbers in a text that say when something is wrong: `p95 > 2 s`, `≥ 5 %`, `< 95 % in 30 min`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = re.compile(
    r"(?P<op>>=|<=|≥|≤|>|<)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|ms\b|s(?:ec(?:onds?)?)?\b|x\b)"
    r"|(?<![\d.:])(?P<from>\d+(?:\.\d+)?)\s*[-\u2013]\s*\d+(?:\.\d+)?\s*(?P<range>%|s\b|ms\b)"
)
_OF_USERS = re.compile(r"\s*(?:of )?(?:all )?(?:users|customers|traffic)\b", re.IGNORECASE)
_IS_FINE = re.compile(r"\b(?:normal|normally|baseline|target|goal|slo|expected|usually)\W*$", re.IGNORECASE)
_WITHIN = re.compile(r"\b(?:in|over|for|within)\s+(?P<number>\d+)\s*(?P<unit>m|h|s)", re.IGNORECASE)
_QUALIFIER = re.compile(r"\s+(?P<word>[a-z]{3,20})s?\b")
_LABEL = re.compile(r"\b(?P<label>(?:SEV|P|S)[ -]?\d|PAGE|WARN(?:ING)?|CRITICAL|INFO)\b")
_NO_QUALIFIER = {
    "response", "request", "usage", "user", "error", "and", "for", "over", "within",
    "returning", "with", "latency", "are", "in", "on", "of", "or",
}  # fmt: skip
_OF_A_SHARE = (
    (r"error|5xx|50\d", "error_rate"),
    (r"success", "success_share"),
    (r"hit rate", "hit_rate"),
    (r"duplicate", "duplicate_share"),
    (r"memory", "memory"),
    (r"\bcpu\b", "cpu"),
)
_OF_A_LENGTH = ((r"p99", "p99"), (r"p50", "p50"), (r"p95|latency|response time|slow|respond", "p95"))
_SIGNS = {"≥": ">=", "≤": "<="}
_USUAL = re.compile(r"baseline|usual|normal|average", re.IGNORECASE)


@dataclass(frozen=True)
class MeasuredThreshold:
    """One number that says when something is wrong."""

    metric: str
    sign: str
    value: str
    """As a condition says it."""
    line: int
    label: str = ""
    """The severity that stands beside it."""
    within: str = ""

    @property
    def condition(self) -> str:
        """`metrics.error_rate >= 0.05`."""
        return f"metrics.{self.metric} {self.sign} {self.value}"

    @property
    def alert(self) -> str:
        """What the alert of this number is called."""
        words = {"p95": "latency", "p99": "latency_p99", "p50": "latency_p50"}.get(self.metric, self.metric)
        way = "Low" if self.sign.startswith("<") else "High"
        return way + "".join(word.capitalize() for word in words.split("_"))


def thresholds_of(text: str, line: int, label: str = "") -> Iterator[MeasuredThreshold]:
    """Every number of one line that some metric of a service can be held against."""
    labels = [(found.start(), found["label"].upper().replace(" ", "-")) for found in _LABEL.finditer(text)]
    within = _WITHIN.search(text)
    for found in _NUMBER.finditer(text):
        unit = found["unit"] or found["range"]
        if _OF_USERS.match(text, found.end()) or _IS_FINE.search(text[: found.start()]):
            continue
        own = next((said for at, said in labels if at > found.end()), label)
        for metric in _metrics(text, unit, found.end()):
            yield MeasuredThreshold(
                metric=metric,
                sign=_SIGNS.get(found["op"], found["op"]) if found["op"] else ">",
                value=_value(found["number"] or found["from"], unit, metric),
                line=line,
                label=own,
                within=f"{within['number']}{within['unit'].lower()}" if within else "",
            )


def _metrics(text: str, unit: str, end: int) -> Iterator[str]:
    """Which numbers of the service are meant; none where the text does not say."""
    low = text.lower()
    if unit == "x":
        words = re.findall(r"[a-z]+", low.partition(">")[0])
        if _USUAL.search(low) and words:
            yield "_".join(words[-2:])
        return
    if unit == "%":
        shares = [metric for words, metric in _OF_A_SHARE if re.search(words, low)]
        yield from shares[: 2 if shares[:2] == ["memory", "cpu"] else 1]
        return
    for spoken, metric in _OF_A_LENGTH:
        if re.search(spoken, low):
            qualifier = _QUALIFIER.match(text, end)
            word = qualifier["word"] if qualifier else ""
            yield f"{word}_{metric}" if word and word not in _NO_QUALIFIER else metric
            return


def _value(number: str, unit: str, metric: str) -> str:
    if unit == "%":
        return f"{float(number) / 100:g}"
    if unit == "x":
        return f"{float(number):g} * metrics.{metric}.usual"
    if unit == "ms":
        return f"{float(number):g}ms"
    return f"{float(number):g}s" if float(number).is_integer() else f"{float(number) * 1000:g}ms"
