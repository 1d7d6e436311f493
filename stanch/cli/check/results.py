"""The checks of `stanch check`: what each is about, what it found, and all of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import httpx

from stanch.errors import StanchError
from stanch.model.playbook import Pinned, PinnedCheck, PinnedReading
from stanch.secrets import Redactor

DEADLINE = timedelta(seconds=10)


class Grade(StrEnum):
    """How a check ended; only a failed one makes `stanch check` fail."""

    OK = "ok"
    WARN = "warn"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What a check found, and how it is mended."""

    grade: Grade
    says: str
    mend: str = ""


@dataclass(frozen=True)
class PreflightCheck:
    """One look at one thing outside."""

    area: str
    what: str
    look: Callable[[], Awaitable[Finding]]
    within: timedelta | None = None
    """Where it is not what all are given."""


@dataclass(frozen=True)
class CheckResult:
    """A check with its end, as it is shown: cleaned of every secret."""

    area: str
    what: str
    grade: Grade
    says: str
    mend: str


def ok(says: str) -> Finding:
    """As it should be."""
    return Finding(Grade.OK, says)


def warn(says: str, mend: str = "") -> Finding:
    """Stanch works, but somebody should know."""
    return Finding(Grade.WARN, says, mend)


def failed(says: str, mend: str = "") -> Finding:
    """Something that the team counts on would not work."""
    return Finding(Grade.FAILED, says, mend)


async def all_ended(
    checks: Iterable[PreflightCheck],
    redactor: Redactor,
    tell: Callable[[int, int], None] = lambda *_: None,
) -> list[CheckResult]:
    """Every check at the same time; `tell` hears how many of how many have ended."""
    asked = list(checks)
    ended = 0

    async def one(check: PreflightCheck) -> CheckResult:
        nonlocal ended
        found = await _ended(check)
        ended += 1
        tell(ended, len(asked))
        says, mend = redactor.clean(found.says), redactor.clean(found.mend)
        return CheckResult(check.area, redactor.clean(check.what), found.grade, says, mend)

    return await asyncio.gather(*(one(check) for check in asked))


async def _ended(check: PreflightCheck) -> Finding:
    seconds = (check.within or DEADLINE).total_seconds()
    try:
        async with asyncio.timeout(seconds):
            return await check.look()
    except TimeoutError:
        return failed(f"no answer within {seconds:g} s", "See whether this machine reaches it")
    except StanchError as error:
        return failed(str(error))
    except (httpx.InvalidURL, UnicodeError):
        # Their texts hold what was written, which may be a secret.
        return failed("no request can be made of it", "See its address and its token: one word of ASCII each")


def readings_of(pinned: Pinned) -> list[PinnedReading | PinnedCheck]:
    """Everything that a scenario reads, to decide by and to verify with."""
    evidence = [one for reading in pinned.evidence for one in (reading.each or (reading,))]
    return [*evidence, *pinned.checks]
