"""`postgres.end_queries`: exactly the queries that were listed are ended, and nothing that came after them.

Each is known by its process, the start of its session and the start of its query: a process number that was
given anew, or another query of the same session, is somebody else. That a query is no longer there is what
was wanted, whoever ended it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, Literal

from pydantic import Field, model_validator

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.postgres.client import Postgres
from activities.postgres.sessions import CANCEL, FOUND, TERMINATE, THERE, Session, sessions
from stanch.errors import PolicyError, Unauthorized
from stanch.model.base import Duration, Written
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.plain import amount
from stanch.rules import Rule

ACTIVE: Final = "active"
IDLE: Final = "idle in transaction"
_ABORTED = "idle in transaction (aborted)"
_SEES = "pg_read_all_stats"
_SIGNALS = "pg_signal_backend"
_ENDED = "ended"
_How = Literal["cancel", "terminate"]
_FUNCTIONS: dict[_How, str] = {"cancel": "pg_cancel_backend", "terminate": "pg_terminate_backend"}
_EFFECTS: dict[_How, tuple[str, ...]] = {
    "cancel": ("each query fails with 57014 query_canceled and its work is rolled back", "sessions stay"),
    "terminate": ("each session ends with 57P01 admin_shutdown and its open work is rolled back",),
}


class EndArguments(Written):
    """Which queries end: running, or idle inside a transaction, for longer than this."""

    older_than: Duration = Field(default=timedelta(minutes=5), gt=timedelta(0), le=timedelta(days=30))
    application: str | None = Field(default=None, max_length=63)
    """Only those of this `application_name`, exactly."""
    state: Literal["active", "idle in transaction"] = ACTIVE
    how: _How | None = None
    """`cancel` ends the query, `terminate` its session; a session that is idle can only be terminated."""
    at_most: int = Field(default=10, ge=1, le=100)
    """Of more than so many, the oldest."""

    @model_validator(mode="after")
    def _effective(self) -> "EndArguments":
        if self.state == IDLE and self.how == "cancel":
            message = "a session that is idle in a transaction runs nothing to cancel: terminate it"
            raise ValueError(message)
        return self

    @property
    def chosen(self) -> _How:
        """How they end."""
        return self.how or ("cancel" if self.state == ACTIVE else "terminate")


class EndSettings(Settings):
    """How they end."""

    how: _How


class EndQueries(Verb[Postgres]):
    """Ends what has run for too long."""

    spec: ClassVar = VerbSpec(
        name="postgres.end_queries",
        says="End queries that run, or transactions that idle, for longer than that; exactly those listed",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(waits_for=WaitsFor.SEEN, usually="some seconds; what nothing can interrupt goes on"),
        arguments=EndArguments,
        of="postgres",
        floor=Approval.ONE,
        effects=("each query or session ends with an error and its open work is rolled back",),
        risk=Risk.HIGH,
        needs=(_SIGNALS, _SEES),
    )
    arrives_within: ClassVar = timedelta(0)  # compared in the statement that ends it

    async def plan(self, request: PlanRequest) -> Change:
        """Lists them, the oldest first; sessions of superusers, of replication and of Stanch never."""
        wanted = arguments_of(EndArguments, request)
        states = [wanted.state] if wanted.state == ACTIVE else [IDLE, _ABORTED]
        rows = await self.vendor.ask(
            request.target,
            FOUND,
            {"application": wanted.application, "states": states, "older_than": wanted.older_than},
        )
        seen = sessions(rows)
        found = [one for one in seen if not one.is_hidden]
        hidden = len(seen) - len(found)
        _refuse_blind(request.target.name, found, hidden)
        chosen = found[: wanted.at_most]
        _refuse_powerless(request.target.name, chosen)
        return self._change(request, wanted, chosen, (len(found), hidden))

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """What is not there any more, or does something else by now, has ended."""
        rows = await self.vendor.ask(change.target, THERE, {"pids": [int(unit.id) for unit in change.units]})
        there = {str(one.pid): one for one in sessions(rows)}
        return {unit.id: _seen(unit, there.get(unit.id), done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """One signal; the server compares once more, in the statement that sends it."""
        was = _known(unit)
        await self.vendor.ask(
            change.target,
            CANCEL if EndSettings.of(change).how == "cancel" else TERMINATE,
            {
                "pid": int(unit.id),
                "backend_start": was["backend_start"],
                "query_start": was["query_start"],
                "state": was["state"],
            },
            marker=change.marker,
        )

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """One `psql` for each, with the same comparison."""
        function = _FUNCTIONS[EndSettings.of(change).how]
        return [f'psql "$DATABASE_URL" -c "{_by_hand(function, unit)}"' for unit in change.units]

    def _change(
        self, request: PlanRequest, wanted: EndArguments, chosen: list[Session], counted: tuple[int, int]
    ) -> Change:
        found, hidden = counted
        name, age = request.target.name, _spelled(wanted.older_than)
        what = ("query", "queries") if wanted.state == ACTIVE else ("idle transaction", "idle transactions")
        of = f" of application {wanted.application}" if wanted.application is not None else ""
        blind = f"; {hidden} more sessions are not visible without {_SEES}" if hidden else ""
        most = f" (the {wanted.at_most} oldest of {found})" if found > len(chosen) else ""
        return self.change(
            request,
            map(_unit, chosen),
            f"{wanted.chosen} {amount(len(chosen), *what)}{of} in {name} older than {age}{most}",
            undo=Undo(
                kind=UndoKind.NONE, why="what was rolled back has to be asked for again by who asked it"
            ),
            because="; ".join(_told(chosen)) + blind,
            effects=_EFFECTS[wanted.chosen],
            settings=EndSettings(how=wanted.chosen),
            limits={"at_most": wanted.at_most},
            nothing_to_do=f"none of the {what[1]}{of} in {name} is older than {age}",
        )


def _refuse_blind(name: str, found: list[Session], hidden: int) -> None:
    if hidden and not found:
        raise Unauthorized(
            "postgres", f"{name}: {hidden} sessions of other roles are not visible; it takes {_SEES}"
        )


def _refuse_powerless(name: str, chosen: list[Session]) -> None:
    beyond = sorted({one.role for one in chosen if not one.may_be_signalled})
    if beyond:
        raise Unauthorized(
            "postgres",
            f"{name}: sessions of {', '.join(beyond)} may not be ended by this role; GRANT {_SIGNALS} to it",
        )


def _unit(one: Session) -> Unit:
    if one.backend_start is None or one.query_start is None:
        raise PolicyError(
            Rule.UNKNOWN_SESSION, f"the server does not say since when {one.pid} runs its query"
        )
    was = {
        "application": one.application,
        "role": one.role,
        "query": one.shown,
        "state": one.state,
        "backend_start": _written(one.backend_start),
        "query_start": _written(one.query_start),
    }
    return Unit(id=str(one.pid), was=was, to=_ENDED)


def _seen(unit: Unit, there: Session | None, done: frozenset[str]) -> Seen:
    was = _known(unit)
    if there is None or there.backend_start is None or _written(there.backend_start) != was["backend_start"]:
        return Seen(_ENDED, shown="gone")
    if there.query_start is None:
        raise Unauthorized("postgres", f"session {unit.id} is no longer visible; it takes {_SEES}")
    if _written(there.query_start) != was["query_start"] or there.state != was["state"]:
        return Seen(_ENDED, shown=there.state)
    if unit.id in done:
        return Seen(_ENDED, "told to end", shown=there.state)
    return Seen(was, shown=there.state)


def _known(unit: Unit) -> dict[str, Any]:
    if not isinstance(unit.was, dict):
        raise PolicyError(Rule.UNKNOWN_SESSION, f"the plan does not say which session {unit.id} was")
    return unit.was


def _by_hand(function: str, unit: Unit) -> str:
    same = [f"{column} = '{_known(unit)[column]}'" for column in ("backend_start", "query_start", "state")]
    where = " AND ".join([f"pid = {unit.id}", *same])
    return " ".join(("SELECT", f"{function}(pid)", "FROM pg_stat_activity WHERE", where))


def _told(sessions: Iterable[Session]) -> Iterator[str]:
    """`worker (app): SELECT * FROM orders, 2 sessions since 02:41:10 UTC`: those that are alike together."""
    alike = dict[str, list[datetime | None]]()
    for one in sessions:
        alike.setdefault(f"{one.application or 'unnamed'} ({one.role}): {one.shown}", []).append(
            one.query_start
        )
    for query, starts in alike.items():
        first = min(filter(None, starts), default=None)
        since = f"{first.astimezone(UTC):%H:%M:%S} UTC" if first else "an unknown time"
        yield f"{query}, {amount(len(starts), 'session')} since {since}"


def _written(at: datetime) -> str:
    """To the microsecond, in which PostgreSQL counts."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _spelled(age: timedelta) -> str:
    return (
        f"{age.total_seconds():g} s" if age < timedelta(minutes=2) else f"{age // timedelta(minutes=1)} min"
    )
