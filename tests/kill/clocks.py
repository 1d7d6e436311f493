"""Worker and gateway whose wall clocks are wrong, and are set anew under way; time itself passes as ever."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers import found

from tests.kill.ground import at_work
from tests.kill.rounds import Round, Strike

PARTS = ("worker", "gateway")
MOST = 8 * 60.0
"""In seconds. What was issued ten minutes before its incident opened counts as an old notice, sent again."""


def library() -> str:
    """What fakes the time of a program; skipped where there is none, with what to install."""
    found("faketime", "faketime")
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))


def _faked(clock: Path) -> dict[str, str]:
    """An environment in which the wall clock is as far off as the file says, read anew every second."""
    return {
        "LD_PRELOAD": library(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }


@asynccontextmanager
async def wrong_clocks(round_: Round) -> AsyncIterator[Strike]:
    """Both clocks are minutes off, each its own way, and jump to another time in the middle."""
    stack = round_.stack
    clocks = {part: stack.folder / f"{part}.clock" for part in PARTS}

    def set_anew() -> None:
        for clock in clocks.values():
            _set(clock, round_.chance.uniform(-MOST, MOST))

    async def strike() -> None:
        await round_.some_moment()
        set_anew()

    set_anew()
    for part, clock in clocks.items():
        stack.stop(part)
        stack.start(part, **_faked(clock))
    await stack.ready()
    await at_work(stack, "worker")
    yield strike
    for part in PARTS:
        await stack.kill(part)


def _set(clock: Path, seconds: float) -> None:
    """Whole at once: a program may read it at any moment."""
    draft = clock.with_suffix(".new")
    draft.write_text(f"{seconds:+.3f}")
    draft.replace(clock)
