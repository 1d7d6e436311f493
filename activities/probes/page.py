"""`probe.page`: whether a page loads with its scripts and styles, as visitors get them.

What only a cache still names is told apart by asking the origin for the same page: past the cache, where that
can be passed.
"""

import asyncio
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Annotated, ClassVar

import httpx

from activities.addresses import shown
from activities.contract import Reader
from activities.probes.page_files import Bypass, files_of, is_a_copy
from activities.probes.prober import Prober, Visit, VisitAnswer
from stanch.model.address import OpenAddress
from stanch.model.base import Written
from stanch.model.evidence import AtLeast, Look, Reading
from stanch.model.verb import ReadingSpec

_LARGEST_PAGE = 512 * 1024
_MOST_FILES = 30
"""All at once, so that page, files and origin take three deadlines at most, and no look runs out of time."""
_GONE = {httpx.codes.NOT_FOUND, httpx.codes.GONE}


class PageAddress(Written):
    """Which page."""

    url: OpenAddress


class LoadedPage(Reading):
    """How a page and what it needs load."""

    url: str
    broken: bool | None
    """The page, or a script or style of its own host that it names, does not load."""
    files: int | None = None
    missing_files: Annotated[int | None, AtLeast("is_cut")] = None
    """Files that are not there, or in whose place a page is answered."""
    stale_files: Annotated[int | None, AtLeast("is_cut")] = None
    """Files that the page as visitors get it names, and that the origin neither names nor has."""
    is_cut: bool = False
    """The page is too long, or names too many files to look at all of them."""
    failing_url: str = ""
    why: str = ""

    def line(self) -> str:
        """`broken: 2 of 5 files missing, 2 stale: https://shop.example/assets/app.js answered 404`."""
        state = {True: "broken", False: "loads", None: "loads as far as it was looked at"}[self.broken]
        wrong = f": {self.failing_url} {self.why}" if self.why else ""
        if self.files is None:
            return f"{state}{wrong}"
        stale = "stale ones not known" if self.stale_files is None else f"{self.stale_files} stale"
        return f"{state}: {self.missing_files} of {self.files} files missing, {stale}{wrong}"


class ReadPageFiles(Reader[Prober]):
    """`probe.page`."""

    spec: ClassVar = ReadingSpec(
        name="probe.page",
        says="Whether a page loads with its scripts and styles, or a cache names files that are gone",
        result=LoadedPage,
        arguments=PageAddress,
        good_when="!it.broken",
    )

    async def read(self, look: Look) -> LoadedPage:
        """The page as visitors get it and as the origin has it, then every file, each but once or twice."""
        url = PageAddress.model_validate(look.arguments).url
        bypass = Bypass(token_hex(4))
        page, origin = await asyncio.gather(
            self.vendor.visit(Visit(url, most=_LARGEST_PAGE)),
            self.vendor.visit(bypass.visit(url, most=_LARGEST_PAGE)),
        )
        if why := _complaint_of_page(page):
            return LoadedPage(url=shown(url), broken=True, failing_url=shown(url), why=why)
        named = files_of(page.body.decode(errors="replace"), page.url)
        files = named[:_MOST_FILES]
        answers = await self._loaded(files)
        wrong = {file: why for file, answer in answers.items() if (why := _complaint_of_file(answer))}
        is_cut = len(named) > len(files) or len(page.body) >= _LARGEST_PAGE
        worst = next(iter(wrong), "")
        return LoadedPage(
            url=shown(url),
            broken=bool(wrong) or (None if is_cut else False),
            files=len(named),
            missing_files=sum(_is_missing(answer) for answer in answers.values()),
            stale_files=await self._stale(files, origin, bypass),
            is_cut=is_cut,
            failing_url=shown(worst) if worst else "",
            why=wrong.get(worst, ""),
        )

    async def _stale(self, files: Iterable[str], origin: VisitAnswer, bypass: Bypass) -> int | None:
        """None where no answer of the origin itself can be had."""
        if _complaint_of_page(origin) or is_a_copy(origin.headers):
            return None
        named = set(files_of(origin.body.decode(errors="replace"), origin.url))
        answers = await self._loaded([file for file in files if file not in named], bypass)
        if any(
            is_a_copy(one.headers) or (_refusal(one) and not _is_missing(one)) for one in answers.values()
        ):
            return None
        return sum(_is_missing(answer) for answer in answers.values())

    async def _loaded(self, files: list[str], bypass: Bypass | None = None) -> Mapping[str, VisitAnswer]:
        """What is answered for each, without its body."""
        visits = [bypass.visit(file, most=0) if bypass else Visit(file, most=0) for file in files]
        return dict(zip(files, await asyncio.gather(*map(self.vendor.visit, visits)), strict=True))


def _complaint_of_page(answer: VisitAnswer) -> str:
    return _refusal(answer) or ("" if _is_html(answer) else "answered something that is no page")


def _complaint_of_file(answer: VisitAnswer) -> str:
    """Many hosts answer their start page, with a good status, for whatever they do not have."""
    return _refusal(answer) or ("is answered with a page in its place" if _is_html(answer) else "")


def _refusal(answer: VisitAnswer) -> str:
    return answer.why or ("" if httpx.codes.is_success(answer.status) else f"answered {answer.status}")


def _is_missing(answer: VisitAnswer) -> bool:
    is_replaced = not _refusal(answer) and _is_html(answer)
    return not answer.why and (answer.status in _GONE or is_replaced)


def _is_html(answer: VisitAnswer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower()
