"""What holds and what does not of everything that was said to one vendor."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.vendors import behind
from tests.conformance.exchange import Exchange, Said
from tests.conformance.vendors import BESIDE, DESCRIBED

REFUSALS = (400, 401, 402, 403, 404, 409, 412, 422, 429, 500, 503)


@dataclass
class Verdict:
    """The operations that were asked for, and everything that is wrong."""

    vendor: str
    messages: int = 0
    bodies: int = 0
    """How many of them have a body that is described."""
    operations: set[str] = field(default_factory=set)
    refusals: int = 0
    beside: int = 0
    """How many more were said where nothing is described."""
    problems: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        """For the end of a run."""
        documents = ", ".join(one.document for one in DESCRIBED[self.vendor])
        beside = f", {self.beside} more not described" if self.beside else ""
        return (
            f"{self.vendor}: {len(self.operations)} operations, {self.messages} requests and answers "
            f"with {self.bodies} bodies, {self.refusals} refusals{beside} ({documents})"
        )

    def report(self) -> str:
        """Every problem once, with how often it was met."""
        return "\n".join(f"{count:4} x {text}" for text, count in sorted(self.problems.items()))


class Court:
    """One vendor's descriptions."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self._descriptions = [(one.under, one.read(one.document)) for one in DESCRIBED[vendor]]

    def verdict(self, exchanges: Iterable[Exchange]) -> Verdict:
        """Everything held against them; what was said before is not looked at twice."""
        verdict, known = Verdict(self.vendor), dict[Any, list[str]]()
        for exchange in exchanges:
            if self._is_beside(exchange.path):
                verdict.beside += 2
                continue
            verdict.messages += 2
            found = self.operation(exchange.method, exchange.path)
            if found is None:
                verdict.problems[f"{exchange.method} {exchange.path} is not described"] += 1
                continue
            operation, values = found
            verdict.bodies += operation.bodies(exchange)
            same = (exchange.method, exchange.path, exchange.query, exchange.request.body, exchange.status)
            looked_at = (*same, exchange.answer.body)
            if looked_at not in known:
                known[looked_at] = operation.problems(exchange, values)
            verdict.problems.update(f"{operation.name} {text}" for text in known[looked_at])
            if operation.name not in verdict.operations:
                verdict.operations.add(operation.name)
                self._refusals(operation, exchange.path, verdict)
        return verdict

    def _is_beside(self, path: str) -> bool:
        below = path.removeprefix(f"/{self.vendor}")
        return any(re.fullmatch(pattern, below) for pattern in BESIDE.get(self.vendor, ()))

    def operation(self, method: str, path: str) -> Any:
        """The operation that is asked for and the values in its path, by whichever document knows it."""
        below = path.removeprefix(f"/{self.vendor}")
        for under, description in self._descriptions:
            start = re.match(under, below)
            # Where a first part of the path may be left out both readings are tried.
            for inner in dict.fromkeys([below[start.end() :] if start else below, below]):
                found = description.find(method, inner)
                if found:
                    return found
        return None

    def _refusals(self, operation: Any, path: str, verdict: Verdict) -> None:
        """A fake refuses in the vendor's words, whenever it is told to."""
        for status in REFUSALS:
            if operation.describes(status):
                body = behind(path).refusal(path, status, "refused")
                said = Said({"content-type": "application/json"}, json.dumps(body).encode())
                verdict.refusals += 1
                verdict.problems.update(
                    f"{operation.name} refusal {status}: {text}" for text in operation.of_answer(status, said)
                )
