"""One target's guard: read, judged by the pure limits, written back, in one transaction."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from stanch.model.change import Target
from stanch.model.guard import Ask, CountedChange, GuardState, Holder, LetGo, Verdict
from stanch.policy import limits
from stanch.rules import Rule
from stanch.store import pauses
from stanch.store.tables import guards, new_row, reservations

# Built once: building and caching them anew takes longer than asking them.
_GUARD = select(guards).where(guards.c.target == bindparam("target")).with_for_update()
_MADE = select(reservations).where(reservations.c.target == bindparam("target")).order_by(reservations.c.id)
_ENTER = update(guards).where(guards.c.target == bindparam("key"))
_RESERVE = insert(reservations)
_FORGET = delete(reservations).where(reservations.c.id == bindparam("number"))

BEFORE = "before the store"
"""The step under which counts what a guard of an earlier release may have granted."""


def ask(connection: Connection, question: Ask) -> Verdict:
    """Kill switch and limits at once; a yes locks the target and reserves the step's changes, once."""
    kept = _Kept(connection, question.target)
    providers = filter(None, (question.target.provider, question.account))
    paused = pauses.why(connection, [rules.service for rules in question.rules], providers)
    now, state = limits.later(kept.state, question.as_of), limits.heard(kept.state, question)
    verdict = Verdict(granted=False, rule=Rule.PAUSED, because=paused) if paused else None
    verdict = verdict or limits.judge(state, question, now)
    kept.put(limits.granted(state, question, now) if verdict.granted else state)
    return verdict


def let_go(connection: Connection, target: Target, letting: LetGo, at: datetime) -> None:
    """The lock is free, unless somebody else has it by now."""
    kept = _Kept(connection, target)
    kept.put(limits.let_go(kept.state, letting, limits.later(kept.state, at)))


def evict(connection: Connection, target: Target, holder: Holder, at: datetime) -> None:
    """A dead holder's lock is free; what it may have changed counts from now."""
    kept = _Kept(connection, target)
    kept.put(limits.evicted(kept.state, holder, limits.later(kept.state, at)))


def take_over(connection: Connection, target: Target, former: Holder, at: datetime) -> None:
    """What a guard of an earlier release knew is not known: one change counts from now, so that it rests."""
    kept = _Kept(connection, target)
    if all(made.holder != former for made in kept.state.made):
        one = CountedChange(at=at, step=BEFORE, holder=former)
        made = (*kept.state.made, one)
        last = limits.later(kept.state, at)
        kept.put(kept.state.model_copy(update={"made": made, "last": last}))


def state(connection: Connection, target: Target) -> GuardState:
    """Everything that is remembered of a target."""
    return _Kept(connection, target).state


def holders(connection: Connection) -> list[tuple[str, Holder]]:
    """Every lock that is held, by its target's key."""
    rows = connection.execute(select(guards).where(guards.c.workflow_id.is_not(None)))
    return [(row.target, _holder(row)) for row in rows]


class _Kept:
    """A guard's rows, locked until the transaction ends."""

    def __init__(self, connection: Connection, target: Target) -> None:
        self._connection = connection
        self._key = target.key
        row = self._locked() or self._first()
        found = connection.execute(_MADE, {"target": self._key})
        self._made = [(each.id, _made(each)) for each in found]
        self.state = GuardState(
            target=target,
            holder=None if row.workflow_id is None else _holder(row),
            made=tuple(made for _, made in self._made),
            last=row.last,
        )

    def _locked(self) -> Row[Any] | None:
        return self._connection.execute(_GUARD, {"target": self._key}).one_or_none()

    def _first(self) -> Row[Any]:
        self._connection.execute(new_row(self._connection, guards), {"target": self._key})
        return self._connection.execute(_GUARD, {"target": self._key}).one()

    def put(self, after: GuardState) -> None:
        """Only what is different is written; nothing is where nothing is."""
        if (after.holder, after.last) != (self.state.holder, self.state.last):
            holder = after.holder.model_dump() if after.holder else _NOBODY
            self._connection.execute(_ENTER, {"key": self._key, "last": after.last, **holder})
        wanted = Counter(after.made)
        gone = [{"number": number} for number, made in self._made if not _taken(wanted, made)]
        if gone:
            self._connection.execute(_FORGET, gone)
        new = [{"target": self._key, **_row(made)} for made in wanted.elements()]
        if new:
            self._connection.execute(_RESERVE, new)


_NOBODY: dict[str, str | None] = dict.fromkeys(Holder.model_fields)


def _taken(wanted: "Counter[CountedChange]", made: CountedChange) -> bool:
    """True where this one is still wanted; it is counted off."""
    if not wanted[made]:
        return False
    wanted[made] -= 1
    return True


def _holder(row: Row[Any]) -> Holder:
    return Holder(workflow_id=row.workflow_id, run_id=row.run_id, incident=row.incident)


def _made(row: Row[Any]) -> CountedChange:
    return CountedChange(at=row.at, step=row.step, holder=_holder(row), digest=row.digest, open=row.open)


def _row(made: CountedChange) -> dict[str, Any]:
    return {**made.model_dump(exclude={"holder"}), **made.holder.model_dump()}
