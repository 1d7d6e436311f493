"""NerdGraph, as far as it is asked: an account's name, and one query of it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of, malformed
from sandbox.newrelic.keys import NewRelicKey
from sandbox.newrelic.world import NewRelicWorld

_NRQL = re.compile(
    r"query\(\$account: Int!, \$nrql: Nrql!, \$timeout: Seconds\) \{ actor \{ account\(id: \$account\) \{ "
    r"nrql\(query: \$nrql, timeout: \$timeout\) \{ results metadata \{ messages \} \} \} \} \}"
)
_NAME = re.compile(r"query\(\$account: Int!\) \{ actor \{ account\(id: \$account\) \{ name \} \} \}")
_TIME = re.compile(r"^(.*?) SINCE (\d+) UNTIL (\d+)(?: TIMESERIES (\d+) SECONDS)?$", re.DOTALL)
_LONGEST = 120


class Variables(RequestBody):
    """What the query speaks of."""

    account: int
    nrql: str = ""
    timeout: int = Field(default=5, ge=1, le=_LONGEST)


class Asked(RequestBody):
    """The body."""

    query: str
    variables: Variables


def routes(world: NewRelicWorld) -> list[Route]:
    """The one endpoint."""
    return [Route("/newrelic/graphql", NerdGraph(world).ask, methods=["POST"])]


@dataclass
class NerdGraph:
    """Everything is asked by POST, and nearly everything that is wrong comes with 200."""

    world: NewRelicWorld

    async def ask(self, request: Request) -> Response:
        """One of the two documents that are known here."""
        key = request.headers.get("api-key")
        if key not in tuple(NewRelicKey):
            raise AnswerError(401, {"errors": [{"message": "Invalid API Key"}]})
        asked = await body_of(request, Asked)
        document = " ".join(asked.query.split())
        name = self.world.accounts.get(asked.variables.account)
        if name is None or key == NewRelicKey.ELSEWHERE:
            return _wrong("Access denied to account", "ACCESS_DENIED")
        if _NAME.fullmatch(document):
            return _of_account({"name": name})
        if not _NRQL.fullmatch(document):
            raise malformed(request, f"no such document: {document}", 400)
        return self._rows(asked.variables.nrql)

    def _rows(self, nrql: str) -> Response:
        if self.world.wrong:
            return _wrong(*self.world.wrong)
        begin = end = self.world.clock.now()
        step = None
        timed = _TIME.match(nrql)
        if timed:
            nrql, begin, end = timed[1], _instant(timed[2]), _instant(timed[3])
            step = timedelta(seconds=int(timed[4])) if timed[4] else None
            self.world.times.append((timed[2], timed[3]))
        if not re.search(r"\bselect\b", nrql, re.IGNORECASE):
            return _wrong(
                f"NRQL Syntax Error: Error at line 1 position 1, unexpected '{nrql[:20]}'", "INVALID_INPUT"
            )
        results = self.world.found(nrql, begin, end) if step is None else self._cut(nrql, begin, end, step)
        return _of_account({"nrql": {"results": results, "metadata": {"messages": self.world.messages}}})

    def _cut(self, nrql: str, begin: datetime, end: datetime, step: timedelta) -> list[dict[str, Any]]:
        rows = []
        while begin < end:
            until = min(end, begin + step)
            times = {"beginTimeSeconds": begin.timestamp(), "endTimeSeconds": until.timestamp()}
            rows += [{**times, **row} for row in self.world.found(nrql, begin, until)]
            begin = until
        return rows


def _instant(written: str) -> datetime:
    return datetime.fromtimestamp(int(written) / 1000, UTC)


def _of_account(found: dict[str, Any]) -> Response:
    return JSONResponse({"data": {"actor": {"account": found}}})


def _wrong(message: str, kind: str) -> Response:
    """The part that failed is null, and the status good."""
    error = {
        "message": message,
        "extensions": {"errorClass": kind},
        "locations": [{"column": 39, "line": 2}],
        "path": ["actor", "account", "nrql"],
    }
    return JSONResponse({"data": {"actor": {"account": {"nrql": None}}}, "errors": [error]})
