"""What automation may not do now: the guard's judgement, without a clock of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from stanch.model.guard import Ask, GuardState, Holder, Made, Release, Verdict

HOUR = timedelta(hours=1)


def judge(state: GuardState, ask: Ask, now: datetime) -> Verdict:
    """Yes, or the first limit that says no; `now` is the later of the guard's clock and `as_of`."""
    if state.holder is not None and state.holder != ask.holder:
        return Verdict(
            granted=False,
            rule="one-at-a-time",
            because=f"{state.holder.incident} is changing {ask.target.key}",
            holder=state.holder,
        )
    if ask.undo:
        return Verdict(granted=True)
    reserved = any(made.step == ask.step and made.holder == ask.holder for made in state.made)
    spent = None if reserved else _cooling(state, ask, now) or _spent(state, ask, now)
    return _frozen(ask, now) or spent or Verdict(granted=True)


def _frozen(ask: Ask, now: datetime) -> Verdict | None:
    for freeze in ask.freezes:
        if freeze.starts <= now < freeze.ends:
            until = freeze.ends.strftime("%Y-%m-%d %H:%M %Z")
            return Verdict(granted=False, rule="freeze", because=f"frozen until {until}: {freeze.why}")
    return None


def _cooling(state: GuardState, ask: Ask, now: datetime) -> Verdict | None:
    others = [made.at for made in state.made if made.holder != ask.holder]
    if others and now - max(others) < ask.cool_down:
        again = (max(others) + ask.cool_down).strftime("%H:%M:%S %Z")
        return Verdict(
            granted=False, rule="cool-down", because=f"{ask.target.key} was changed; again after {again}"
        )
    return None


def _spent(state: GuardState, ask: Ask, now: datetime) -> Verdict | None:
    recent = [made for made in state.made if now - made.at < HOUR]
    if len(recent) + ask.changes > ask.changes_per_hour:
        return Verdict(
            granted=False,
            rule="changes-per-hour",
            because=(
                f"{ask.target.key} has had {len(recent)} changes within an hour;"
                f" with {ask.changes} more the limit of {ask.changes_per_hour} is passed"
            ),
        )
    return None


def granted(state: GuardState, ask: Ask, now: datetime) -> GuardState:
    """The state after a yes: locked, and every change of the step reserved once."""
    kept = tuple(made for made in state.made if now - made.at < 24 * HOUR)
    known = any(made.step == ask.step and made.holder == ask.holder for made in kept)
    new = () if known else (Made(at=now, step=ask.step, holder=ask.holder),) * ask.changes
    return state.model_copy(update={"holder": ask.holder, "made": kept + new})


def given_back(state: GuardState, holder: Holder, unused: Sequence[str]) -> GuardState:
    """The state without reservations that were never used."""
    kept = tuple(made for made in state.made if not (made.holder == holder and made.step in unused))
    return state.model_copy(update={"made": kept})


def released(state: GuardState, release: Release) -> GuardState:
    """The state after letting go: unlocked, with unused reservations given back."""
    state = given_back(state, release.holder, release.unused)
    return state.model_copy(update={"holder": None}) if state.holder == release.holder else state


def evicted(state: GuardState, holder: Holder) -> GuardState:
    """The state after a holder was found dead: its lock is gone, what it changed still counts."""
    return released(state, Release(holder=holder))
