"""All status pages of a worker, each asked at most once a minute."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any

import httpx
from pydantic import ValidationError

from activities.connection import Connection
from activities.http import Api
from activities.integration import Surroundings
from activities.status_pages.known import KNOWN, RENTED, kinds_of
from activities.status_pages.makes import Make, PageStatus
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.model.team import StatusPage

DEADLINE = timedelta(seconds=5)
KEPT_FOR = timedelta(minutes=1)
_OLDEST_COPY = timedelta(minutes=10)
"""Copies of 1,305 s were seen, whose age stood still (GSA/data.gov#2398)."""
_NO_JSON = "something that is not JSON"
"""How the client says so: a page that moved may redirect to one for people, with a good status."""
_HEADERS = {"User-Agent": "stanch"}
_IS_NOT_THERE = {httpx.codes.NOT_FOUND, httpx.codes.GONE}


@dataclass
class _Kept:
    """What a page said last, or why it did not; the lock makes one request of several at once."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: datetime | None = None
    seen: PageStatus | None = None
    why: str = ""
    kind: Make | None = None
    """Which kind answered, if one ever did."""
    moved: str = ""
    """How it is not of the kind any more that it was, or was taken for."""

    def is_fresh(self, at: datetime) -> bool:
        """True within a minute; incidents whose clocks were moved in a rehearsal may lie either way."""
        return self.asked_at is not None and abs(at - self.asked_at) < KEPT_FOR


class Pages:
    """All status pages of a worker, and what they said last."""

    def __init__(self, api: Api, pages: Mapping[str, StatusPage]) -> None:
        self._api = api
        self._pages = {name: StatusPage(url=known.address) for name, known in KNOWN.items()}
        self._pages |= {name: _with_address(name, page) for name, page in pages.items()}
        self._kept: dict[str, _Kept] = {}

    @classmethod
    def connect(cls, around: Surroundings) -> "Pages":
        """`pages` of the settings, by name, beside the vendors' public ones."""
        given = around.settings.fields.get("pages") or {}
        pages = {name: StatusPage.model_validate(page) for name, page in given.items()}
        connection = Connection(
            timeout=DEADLINE.total_seconds(), follow_redirects=True, max_redirects=3, headers=_HEADERS
        )
        return cls(Api("status", connection, around.redactor), pages)

    def named(self, name: str) -> StatusPage:
        """The page of this name."""
        page = self._pages.get(name)
        if page is None:
            close = get_close_matches(name, self._pages, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ConfigError(
                f"there is no status page {name}: write status_pages.{name} in stanch.yaml{hint}"
            )
        if not page.url:
            known = ", ".join(sorted(KNOWN))
            raise ConfigError(f"status_pages.{name} in stanch.yaml needs its url; known without are {known}")
        return page

    def kind(self, name: str) -> str:
        """The kind that answered under this name; those it may be while none has."""
        kept = self._kept.get(name)
        kinds = (kept.kind,) if kept and kept.kind else kinds_of(name, self.named(name))
        return " or ".join(kind.name for kind in kinds)

    async def seen(self, name: str, at: datetime) -> PageStatus:
        """What the page says, read less than a minute before or after `at`; `Unavailable` is kept as long."""
        page, kept = self.named(name), self._kept.setdefault(name, _Kept())
        async with kept.lock:
            if not kept.is_fresh(at):
                kept.seen, kept.why = None, ""
                await self._ask(page.url, (kept.kind,) if kept.kind else kinds_of(name, page), kept)
                if kept.seen and kept.kind not in kinds_of(name, page):
                    kept.moved = f"is a page of {self.kind(name)} now: write status_pages.{name}.kind"
                kept.asked_at = at
        if kept.seen is None:
            raise Unavailable("status", f"page {name} {kept.why}")
        return kept.seen

    def moved(self, name: str) -> str:
        """How a page is no longer what it was taken for, and what to write; empty where it is."""
        kept = self._kept.get(name)
        return kept.moved if kept else ""

    async def _ask(self, address: str, kinds: tuple[Make, ...], kept: _Kept) -> None:
        """A page that cannot be read says nothing of its vendor, whatever the reason.

        One that answers, and not as it should, may have changed its maker, as four did within a month
        (aiwatch#1390, #1381, #1384, #1389): it is tried as every kind that can be rented.
        """
        others = tuple(kind for kind in RENTED if kind not in kinds)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                for kind in (*kinds, *others):
                    if await self._is(kind, address, kept):
                        kept.kind = kind
                        return
        except TimeoutError:
            kept.why = f"did not answer within {DEADLINE.total_seconds():g} s"
        except (Unavailable, Rejected) as error:
            kept.why = f"cannot be read: {error}"

    async def _is(self, kind: Make, address: str, kept: _Kept) -> bool:
        """Whether a page of this kind answers there; if so what it says is kept."""
        try:
            kept.seen = kind.read(await self._data(kind, address))
        except ValidationError as error:
            fault = f"is not a page of {kind.name}: {error.error_count()} fields are missing or unknown"
            kept.why = kept.why or fault
        except Rejected as error:
            if error.status not in _IS_NOT_THERE:
                raise
            kept.why = kept.why or f"cannot be read: {error}"
        except Unavailable as error:
            if _NO_JSON not in str(error):
                raise
            kept.why = kept.why or f"cannot be read: {error}"
        return kept.seen is not None

    async def _data(self, kind: Make, address: str) -> Any:
        """The page's JSON, with the rest of it where it is not whole; a rest that is not there is none."""
        data = await self._document(f"{address.rstrip('/')}/{kind.path}")
        for rest in kind.also(data):
            try:
                data = _with_more(data, await self._document(f"{address.rstrip('/')}/{rest}"))
            except Rejected as error:
                if error.status not in _IS_NOT_THERE:
                    raise
        return data

    async def _document(self, address: str) -> Any:
        """One document; what a cache has kept for long says nothing of now."""
        answer = await self._api.get(address)
        age = answer.headers.get("age", "")
        if age.isdigit() and int(age) > _OLDEST_COPY.total_seconds():
            raise Unavailable("status", f"answered with a copy that is {int(age) // 60} min old")
        return answer.data


def _with_more(data: dict[str, Any], more: Any) -> dict[str, Any]:
    """What the first left out is added; what both have stands as the first has it."""
    if not isinstance(more, dict):
        return data
    lists = {key: value for key, value in more.items() if isinstance(value, list)}
    there = {key: data.get(key) or [] for key in lists}
    return data | {
        key: [*there[key], *(one for one in value if not _is_among(one, there[key]))]
        for key, value in lists.items()
    }


def _is_among(one: Any, others: list[Any]) -> bool:
    ident = one.get("id") if isinstance(one, dict) else None
    return any(isinstance(other, dict) and other.get("id") == ident for other in others)


def _with_address(name: str, page: StatusPage) -> StatusPage:
    """The team's page, at the vendor's own address where the team gives none."""
    if page.url or name not in KNOWN:
        return page
    return page.model_copy(update={"url": KNOWN[name].address})
