"""When something watched has proved itself: a pure step from one look to the next."""

from datetime import datetime, timedelta

from stanch.model.playbook import PinnedCheck
from stanch.model.watching import End, Quality, WatchProgress

GIVES_UP_AFTER = 4
"""A watch that cannot tell ends inconclusive after this many times its settling and good time."""


def step(
    progress: WatchProgress, quality: Quality, now: datetime, check: PinnedCheck, started_at: datetime
) -> tuple[WatchProgress, End]:
    """Count one look; good only after enough looks in a row over long enough without a gap.

    Before it has started, visitors may still get what was there before: what is bad then says nothing.
    """
    progress = _counted(progress, quality, now, check.every)
    if now < started_at:
        return progress.model_copy(update={"bad_in_a_row": 0, "was_good": False}), End.STILL
    if quality is Quality.GOOD and _has_stayed_good(progress, now, check):
        return progress, End.GOOD
    if quality is Quality.BAD and _has_failed(progress, now, check, started_at):
        return progress, End.BAD
    if now - started_at > GIVES_UP_AFTER * (check.settles_within + check.stays_good_for):
        return progress, End.INCONCLUSIVE
    return progress, End.STILL


def _counted(progress: WatchProgress, quality: Quality, now: datetime, every: timedelta) -> WatchProgress:
    if quality is Quality.UNKNOWN:
        return progress.model_copy(update={"looks": progress.looks + 1})
    gap = progress.last_known_at is not None and now - progress.last_known_at > 2 * every
    good = quality is Quality.GOOD
    continues = good and not gap and progress.good_since is not None
    return progress.model_copy(
        update={
            "looks": progress.looks + 1,
            "good_since": (progress.good_since if continues else now) if good else None,
            "good_in_a_row": (progress.good_in_a_row + 1 if continues else 1) if good else 0,
            "bad_in_a_row": 0 if good else 1 if gap else progress.bad_in_a_row + 1,
            "was_good": progress.was_good or good,
            "last_known_at": now,
        },
    )


def _has_stayed_good(progress: WatchProgress, now: datetime, check: PinnedCheck) -> bool:
    long_enough = progress.good_since is not None and now - progress.good_since >= check.stays_good_for
    return long_enough and progress.good_in_a_row >= check.samples


def _has_failed(progress: WatchProgress, now: datetime, check: PinnedCheck, started_at: datetime) -> bool:
    """Bad again after it had been good is a clear worsening; never good is given time to settle."""
    if progress.bad_in_a_row < check.bad_in_a_row:
        return False
    return progress.was_good or now - started_at >= check.settles_within
