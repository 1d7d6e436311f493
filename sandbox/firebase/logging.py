"""Cloud Logging's endpoint: entries that a filter lets through, page by page."""

import json
import re
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed
from sandbox.firebase.door import FirebaseDoor
from sandbox.firebase.refusals import refuse

_MOST = 1000
_LONGEST = 20_000
_A_MINUTE = 60
_TOKEN = re.compile(
    r'\s*(?:(\(|\)|AND\b|OR\b)|([\w.]+)\s*(>=|<=|=|:)\s*("(?:[^"\\]|\\.)*"|\w+|\*)|("(?:[^"\\]|\\.)*"))'
)
_SEVERITIES = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"]

Entry = dict[str, Any]
Test = Callable[[Entry], bool]


class Listed(RequestBody):
    """What entries are asked for."""

    resourceNames: list[str]  # noqa: N815  the vendor's name
    filter: str = ""
    orderBy: str = "timestamp asc"  # noqa: N815  the vendor's name
    pageSize: int = 50  # noqa: N815  the vendor's name
    pageToken: str = ""  # noqa: N815  the vendor's name


class Logging:
    """Listing entries; a page may be empty although more follow, and few requests a minute are allowed."""

    def __init__(self, door: FirebaseDoor) -> None:
        self._door = door
        self._asked: deque[datetime] = deque()

    def routes(self) -> list[Route]:
        """Where this endpoint stands."""
        return [Route("/firebase/logging/v2/entries:list", self.every, methods=["POST"])]

    async def every(self, request: Request) -> Response:
        """Entries as the filter says, newest or oldest first."""
        wanted = await body_of(request, Listed)
        _, _, name = (wanted.resourceNames or [""])[0].partition("/")
        project = self._door.reach(request, name, "Cloud Logging API", "logging.logEntries.list")
        self._count()
        if wanted.orderBy not in ("timestamp asc", "timestamp desc") or not 0 < wanted.pageSize <= _MOST:
            raise malformed(request, "orderBy or pageSize is out of range", 400)
        passes = _read(request, wanted.filter)
        found = [one for one in project.journal.arrived(self._door.world.horizon) if passes(one)]
        if wanted.orderBy == "timestamp asc":
            found.reverse()
        blanks, first = project.journal.blank_pages, int(wanted.pageToken.partition("@")[0] or 0)
        turn = int(wanted.pageToken.partition("@")[2] or 0)
        if turn < blanks:
            return JSONResponse({"nextPageToken": f"{first}@{turn + 1}"})
        page, after = found[first : first + wanted.pageSize], first + wanted.pageSize
        token = {"nextPageToken": f"{after}@{turn + 1}"} if after < len(found) else {}
        return JSONResponse({**({"entries": page} if page else {}), **token})

    def _count(self) -> None:
        now = self._door.world.clock.now()
        while self._asked and self._asked[0] <= now - timedelta(minutes=1):
            self._asked.popleft()
        if self._door.world.sandbox.enforce_rate_limits and len(self._asked) >= _A_MINUTE:
            raise refuse(
                429,
                "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of"
                " service 'logging.googleapis.com'.",
                reason="RATE_LIMIT_EXCEEDED",
            )
        self._asked.append(now)


def _read(request: Request, text: str) -> Test:
    """The part of Logging's query language that is used here; anything else is refused."""
    if not text.strip():
        return lambda _: True
    tokens, place = [], 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None or len(text) > _LONGEST:
            raise malformed(request, f"Unparseable filter: syntax error at {text[place : place + 20]!r}", 400)
        tokens.append(found)
        place = found.end()
    try:
        test, rest = _any(deque(tokens))
    except IndexError:
        rest = deque(tokens[:1])
    if rest:
        raise malformed(request, "Unparseable filter: unexpected end or parenthesis", 400)
    return test


def _any(tokens: deque[re.Match[str]]) -> tuple[Test, deque[re.Match[str]]]:
    tests = []
    while True:
        test, tokens = _all(tokens)
        tests.append(test)
        if not tokens or tokens[0][1] != "OR":
            return (lambda entry: any(one(entry) for one in tests)), tokens
        tokens.popleft()


def _all(tokens: deque[re.Match[str]]) -> tuple[Test, deque[re.Match[str]]]:
    tests = []
    while True:
        test, tokens = _one(tokens)
        tests.append(test)
        if not tokens or tokens[0][1] != "AND":
            return (lambda entry: all(one(entry) for one in tests)), tokens
        tokens.popleft()


def _one(tokens: deque[re.Match[str]]) -> tuple[Test, deque[re.Match[str]]]:
    token = tokens.popleft()
    if token[1] == "(":
        test, tokens = _any(tokens)
        tokens.popleft()
        return test, tokens
    if token[5]:
        word = json.loads(token[5]).lower()
        return (lambda entry: word in _text(entry)), tokens
    field, compared, value = token[2], token[3], token[4].strip('"')
    return (lambda entry: _compare(_at(entry, field), compared, value)), tokens


def _text(entry: Entry) -> str:
    payload = entry.get("jsonPayload") or {}
    values = [entry.get("textPayload", ""), *payload.values(), *entry["resource"]["labels"].values()]
    return "\n".join(str(value) for value in values).lower()


def _at(entry: Entry, field: str) -> Any:
    found: Any = entry
    for part in field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _compare(found: Any, compared: str, value: str) -> bool:
    if found is None:
        return False
    if found in _SEVERITIES and value in _SEVERITIES and compared != "=":
        one, other = _SEVERITIES.index(found), _SEVERITIES.index(value)
        return one >= other if compared == ">=" else one <= other
    if compared == ":":
        return value == "*" or value.lower() in str(found).lower()
    if compared == "=":
        return bool(found == value)
    instant, limit = datetime.fromisoformat(str(found)), datetime.fromisoformat(value)
    return instant >= limit if compared == ">=" else instant <= limit
