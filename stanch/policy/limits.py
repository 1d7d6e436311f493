"""What automation may not do now: the guard's judgement, without a clock of its own, and by whose limits.

Those of the services that own the target, whoever's alert it was; of what was pinned and what is in force
now, the stricter.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from stanch.model.guard import Ask, CountedChange, GuardState, Holder, LetGo, Rules, Verdict
from stanch.model.playbook import Pinned, PinnedStep
from stanch.model.service import Limits
from stanch.model.team import Team
from stanch.rules import Rule

HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)


def later(state: GuardState, as_of: datetime) -> datetime:
    """Now, for a guard: a clock that is behind what is on record does not turn time back."""
    return max(state.last or as_of, as_of)


def judge(state: GuardState, ask: Ask, now: datetime) -> Verdict:
    """Yes, or the first limit that says no; the strictest of all services that own the target holds."""
    if state.holder is not None and state.holder != ask.holder:
        return Verdict(
            granted=False,
            rule=Rule.ONE_AT_A_TIME,
            because=f"{state.holder.incident} is changing {ask.target.key}",
            holder=state.holder,
        )
    if ask.undo:
        return Verdict(granted=True)
    if not ask.rules:
        because = f"no service owns {ask.target.key}, so nothing says what is allowed there"
        return Verdict(granted=False, rule=Rule.UNOWNED, because=because)
    refusals = (
        refused
        for number, rules in enumerate(ask.rules)
        for refused in [_cooling(state, ask, rules, now) or _spent(state, ask, rules, now)]
        if refused is not None
        for refused in [_named(refused, rules, first=number == 0)]
    )
    return _frozen(ask, now) or next(refusals, Verdict(granted=True))


def _named(refused: Verdict, rules: Rules, *, first: bool) -> Verdict:
    """Whose rule it was, where that is not the service one thinks of first."""
    if first:
        return refused
    return refused.model_copy(update={"because": f"{refused.because} (a limit of {rules.service})"})


def _frozen(ask: Ask, now: datetime) -> Verdict | None:
    every_week = (freeze for weekly in ask.weekly_freezes for freeze in weekly.around(now))
    for freeze in (*ask.freezes, *every_week):
        if freeze.starts <= now < freeze.ends:
            until = freeze.ends.strftime("%Y-%m-%d %H:%M %Z")
            return Verdict(granted=False, rule=Rule.FREEZE, because=f"frozen until {until}: {freeze.why}")
    return None


def _cooling(state: GuardState, ask: Ask, rules: Rules, now: datetime) -> Verdict | None:
    rest = rules.limits.cool_down
    others = [now if made.open else made.at for made in state.made if made.holder != ask.holder]
    if others and now - max(others) < rest:
        again = (max(others) + rest).strftime("%H:%M:%S %Z")
        return Verdict(
            granted=False, rule=Rule.COOL_DOWN, because=f"{ask.target.key} was changed; again after {again}"
        )
    return None


def _spent(state: GuardState, ask: Ask, rules: Rules, now: datetime) -> Verdict | None:
    others = [made for made in state.made if not _is_of(made, ask)]
    recent = [made for made in others if made.open or now - made.at < HOUR]
    most, wanted = rules.limits.changes_per_hour, max(ask.changes, len(state.made) - len(others))
    if len(recent) + wanted > most:
        return Verdict(
            granted=False,
            rule=Rule.CHANGES_PER_HOUR,
            because=(
                f"{ask.target.key} has had {_counted(len(recent))} within an hour;"
                f" with {wanted} more the limit of {most} is passed"
            ),
        )
    return None


def _counted(changes: int) -> str:
    return "1 change" if changes == 1 else f"{changes} changes"


def _is_of(made: CountedChange, ask: Ask) -> bool:
    """Reserved by this very question, when it was asked before."""
    return made.holder == ask.holder and made.step == ask.step and made.digest == ask.digest


def heard(state: GuardState, ask: Ask) -> GuardState:
    """The state after what a question says of earlier ones, whatever its answer.

    The same step with another intent is another question: what the former had reserved was never used.
    """
    state = written(given_back(state, ask.holder, ask.unused), ask.holder, ask.wrote)
    kept = tuple(
        made
        for made in state.made
        if not (made.open and made.holder == ask.holder and made.step == ask.step and not _is_of(made, ask))
    )
    return state.model_copy(update={"made": kept})


def granted(state: GuardState, ask: Ask, now: datetime) -> GuardState:
    """The state after a yes: locked, and every change of the step reserved once."""
    longest = max([_DAY, *(rules.limits.cool_down for rules in ask.rules)])
    kept = tuple(
        made.model_copy(update={"open": True}) if _is_of(made, ask) else made
        for made in state.made
        if made.open or now - made.at < longest
    )
    lacking = ask.changes - sum(_is_of(made, ask) for made in kept)
    one = CountedChange(at=now, step=ask.step, holder=ask.holder, digest=ask.digest, open=True)
    new = (one,) * max(0, lacking)
    return state.model_copy(update={"holder": ask.holder, "made": kept + new, "last": now})


def given_back(state: GuardState, holder: Holder, unused: Sequence[str]) -> GuardState:
    """The state without reservations that were never used."""
    kept = tuple(made for made in state.made if not (made.holder == holder and made.step in unused))
    return state.model_copy(update={"made": kept})


def written(state: GuardState, holder: Holder, wrote: Mapping[str, datetime]) -> GuardState:
    """The state in which these steps of a holder count from their last write."""
    moved = tuple(
        made.model_copy(update={"at": max(made.at, wrote[made.step]), "open": False})
        if made.holder == holder and made.step in wrote
        else made
        for made in state.made
    )
    return state.model_copy(update={"made": moved})


def let_go(state: GuardState, letting: LetGo, now: datetime) -> GuardState:
    """The state after letting go: unlocked, and whatever is not said to be unused counts."""
    left = written(given_back(state, letting.holder, letting.unused), letting.holder, letting.wrote)
    unsaid = {made.step: now for made in left.made if made.open and made.holder == letting.holder}
    left = written(left, letting.holder, unsaid)
    if left.holder == letting.holder:
        left = left.model_copy(update={"holder": None})
    return state if left == state else left.model_copy(update={"last": later(state, now)})


def evicted(state: GuardState, holder: Holder, now: datetime) -> GuardState:
    """The state after a holder was found dead: its lock is gone, what it may have changed counts from now."""
    return let_go(state, LetGo(holder=holder), now)


_UNKNOWN = Limits(max_count=1, changes_per_hour=0)
"""Of a service whose limits were not pinned: nothing is changed on a guess."""


def rules_of(pinned: Pinned, step: PinnedStep) -> tuple[Rules, ...]:
    """What every owner of the step's target allows, as it was pinned; never empty."""
    own = pinned.service
    known = {own.name: own.limits, **pinned.limits}
    owners = step.services or (own.name,)
    return tuple(Rules(service=name, limits=known.get(name, _UNKNOWN)) for name in owners)


def stricter(one: Limits, other: Limits) -> Limits:
    """What both allow. Which of two sizes is the larger only their vendor knows: the first one's stays."""
    return Limits(
        max_count=min(one.max_count, other.max_count),
        largest_size=one.largest_size or other.largest_size,
        changes_per_hour=min(one.changes_per_hour, other.changes_per_hour),
        cool_down=max(one.cool_down, other.cool_down),
    )


def in_force(ask: Ask, team: Team) -> Ask:
    """The question under its pinned rules and today's; a service that is gone has its pinned ones only."""
    rules = tuple(_now(each, team) for each in ask.rules)
    freezes = tuple(dict.fromkeys((*ask.freezes, *team.freezes)))
    return ask.model_copy(update={"rules": rules, "freezes": freezes, "weekly_freezes": team.weekly_freezes})


def _now(rules: Rules, team: Team) -> Rules:
    service = team.services.get(rules.service)
    if service is None:
        return rules
    return rules.model_copy(update={"limits": stricter(rules.limits, service.limits)})
