"""`heroku.run`: a command in a one-off dyno, once, until it has ended well.

Heroku has no token against a second dyno, and tells the exit status only in the log, of which it keeps 1500
lines (devcenter.heroku.com/articles/one-off-dynos and /articles/logging, read 2026-11). So the command line
carries the marker, says its own status, and says it again for some minutes, while the dyno is still listed:
a worker that lost the answer finds it there, and a busy log does not push the status out.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from shlex import quote
from typing import Annotated, Any, ClassVar

from pydantic import Field

from activities.contract import Seen, Settings, Verb, arguments_of
from activities.heroku.answers import Dyno, Release
from activities.heroku.client import NEEDS, Heroku
from activities.heroku.history import deployed, if_it_hangs, left_pending, refuse_while_releasing, running
from activities.heroku.log import log_of
from activities.portable.log_lines import LoggedLine
from activities.portable.verbs import NumberedRelease, OneCommand, number_of
from stanch.errors import Conflict, Moved, PolicyError, Rejected
from stanch.model.base import Duration
from stanch.model.change import Change, Kind, PlanRequest, Undo, UndoKind, Unit
from stanch.model.course import Course, WaitsFor
from stanch.model.verb import Approval, Risk, VerbSpec
from stanch.rules import Rule

_COMMAND = "command"
_SAYS_EVERY = timedelta(seconds=5)
_SAYS_FOR = timedelta(minutes=3)
_ENDED = re.compile(r"Process exited with status (\d+)")


class RunArguments(OneCommand):
    """`within` says how long it may run."""

    release: NumberedRelease = ""
    size: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]*$", max_length=40)] = ""
    within: Duration = Field(default=timedelta(minutes=30), gt=timedelta(0), le=timedelta(hours=23))


class OneOffSettings(Settings):
    """The code that was approved, and the dyno that runs the command."""

    code: str
    since: int = 0
    """The newest release that there was in planning."""
    size: str = ""
    time_to_live: int


class Run(Verb[Heroku]):
    """Runs a command beside the app."""

    spec: ClassVar = VerbSpec(
        name="heroku.run",
        says="A command, such as a migration back, in a one-off dyno of the running release",
        kind=Kind.ACT,
        undo=UndoKind.NONE,
        course=Course(
            waits_for=WaitsFor.DONE,
            usually="as long as its command",
            visitors="nothing changes for them",
            limits="a one-off dyno lives for a day",
        ),
        arguments=RunArguments,
        of="heroku",
        floor=Approval.TWO,
        effects=(
            "runs once, in a dyno of its own, with the config vars and the code of the running release",
            (
                f"its dyno stays {_SAYS_FOR // timedelta(minutes=1)} minutes after the command,"
                " so that its end is seen"
            ),
            "what it does to data stays done",
        ),
        risk=Risk.HIGH,
        needs=NEEDS,
    )
    look_again_in: ClassVar = timedelta(seconds=10)

    async def plan(self, request: PlanRequest) -> Change:
        """Heroku runs the code of now: a command that belongs to another release is refused."""
        wanted, target = arguments_of(RunArguments, request), request.target
        app, releases = await asyncio.gather(self.vendor.app(target), self.vendor.releases(target))
        if app.is_fir:
            raise PolicyError(
                Rule.NO_LOG_HISTORY, f"{app.name} is a Fir app: how a command ends cannot be told"
            )
        refuse_while_releasing(target, releases, request.as_of)
        now, brought = running(releases), deployed(releases)
        if now is None or brought is None or not now.code:
            raise PolicyError(Rule.NOTHING_RUNS, f"{target.name} has no code to run a command with")
        _refuse_other_code(releases, now, brought, number_of(wanted.release))
        seconds = int((wanted.within + _SAYS_FOR).total_seconds())
        return self.change(
            request,
            (Unit(id=_COMMAND, was=None, to=wanted.command),),
            f"run `{wanted.command}` on {target.name} with the code of v{brought.version}",
            undo=Undo(kind=UndoKind.NONE, why="what a command did cannot be taken back"),
            effects=(
                *self.spec.effects,
                f"is ended by Heroku after {_minutes(wanted.within)} minutes",
                *left_pending(releases, request.as_of),
            ),
            settles_within=wanted.within + _SAYS_FOR,
            settings=OneOffSettings(
                code=now.code, since=releases[0].version, size=wanted.size, time_to_live=seconds
            ),
        )

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:
        """By the marker: among the dynos, and in the log."""
        dynos = await self.vendor.dynos(change.target)
        lines = (await log_of(self.vendor, change.target)).lines
        ours = next((dyno for dyno in dynos if _says(change.marker) in dyno.command), None)
        return {unit.id: _seen(change, unit, ours, lines, done) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:
        """Starts the dyno, if the code is still what was approved."""
        releases = await self.vendor.releases(change.target)
        now, planned = running(releases), OneOffSettings.of(change)
        if now is None or now.code != planned.code:
            raise Moved("heroku", f"{change.target.name} runs other code than was planned on")
        pending = next((one for one in releases if one.pending and one.version > planned.since), None)
        if pending:
            said = f"v{pending.version} of {change.target.name} is pending"
            raise Conflict("heroku", f"{said}; {if_it_hangs(change.target)}")
        body: dict[str, Any] = {
            "command": _line(str(unit.to), change.marker),
            "attach": False,
            "env": {"STANCH_CHANGE": change.marker},
            "time_to_live": planned.time_to_live,
            "type": "run",
        }
        if planned.size:
            body["size"] = planned.size
        await self.vendor.call("POST", change.target, "/dynos", body)

    @classmethod
    def commands(cls, change: Change) -> Sequence[str]:
        """`heroku run`, which passes the exit status on."""
        app, size = change.target.name, OneOffSettings.of(change).size
        sized = f" --size {size}" if size else ""
        return [f"heroku run --exit-code{sized} -a {app} -- {quote(str(unit.to))}" for unit in change.units]


def _refuse_other_code(releases: list[Release], now: Release, brought: Release, wanted: int | None) -> None:
    """Raise where the command belongs to code that does not run: one-off dynos get what runs."""
    named = next((one for one in releases if one.version == wanted), None)
    if wanted is not None and (named is None or named.code != now.code):
        said = f" ({named.says})" if named else ""
        raise PolicyError(
            Rule.NOT_THAT_RELEASE,
            f"Heroku runs commands with the code of v{now.version} ({brought.says}) only, not with that of"
            f" v{wanted}{said}: run it by hand from a checkout of that release's commit",
        )


def _minutes(within: timedelta) -> int:
    return max(1, round(within / timedelta(minutes=1)))


def _says(marker: str) -> str:
    return f"stanch {marker} ended with status"


def _line(command: str, marker: str) -> str:
    """The command in a shell of its own, then its status said again and again, and passed on."""
    times = _SAYS_FOR // _SAYS_EVERY
    every = int(_SAYS_EVERY.total_seconds())
    return (
        f"sh -c {quote(command)}; status=$?; n=0; "
        f'while [ "$n" -lt {times} ]; do echo "{_says(marker)} $status"; n=$((n+1)); sleep {every}; done; '
        "exit $status"
    )


def _seen(
    change: Change, unit: Unit, dyno: Dyno | None, lines: list[LoggedLine], done: frozenset[str]
) -> Seen:
    said = re.compile(rf"^{re.escape(_says(change.marker))} (\d+)")
    status = next((found[1] for line in lines if (found := said.match(line.text))), None)
    started = dyno.name if dyno else _named_in(lines, change.marker)
    if status is None and dyno is None and started:
        status = _exit_of(lines, started)
    if status is not None:
        _refuse_failed(change, status, started)
        return Seen(unit.to, shown="ended with status 0")
    if dyno:
        return Seen(unit.to, f"{dyno.name} is {dyno.state}", shown="started")
    if started:
        raise Rejected("heroku", f"{started} is gone, and the log does not say how the command ended")
    if unit.id not in done:
        return Seen(unit.was)
    if not lines:
        raise Rejected("heroku", "the log is empty: how the command ended cannot be told")
    return Seen(unit.to, "no dyno of it is listed yet", shown="started")


def _refuse_failed(change: Change, status: str, dyno: str) -> None:
    if int(status):
        where = f"heroku logs --dyno-name {dyno or 'run'} -a {change.target.name}"
        raise Rejected("heroku", f"the command ended with status {status}; its output: {where}")


def _named_in(lines: list[LoggedLine], marker: str) -> str:
    """The dyno whose start the log tells: `heroku[run.4412]: Starting process with command ...`."""
    found = (
        line.source.removeprefix("heroku[").removesuffix("]")
        for line in lines
        if line.source.startswith("heroku[run.") and _says(marker) in line.text
    )
    return next(found, "")


def _exit_of(lines: list[LoggedLine], dyno: str) -> str | None:
    """What Heroku itself says of a dyno's end."""
    found = (_ENDED.search(line.text) for line in reversed(lines) if line.source == f"heroku[{dyno}]")
    return next((end[1] for end in found if end), None)
