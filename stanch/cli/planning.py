"""`check` and `plan`: whether a set-up would work, and what an alert would lead to; nothing is changed."""

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from activities.registry import catalogue
from stanch.cli import (
    arguments,
    checking_doors,
    checking_places,
    checking_secrets,
    checking_store,
    checking_temporal,
    checking_vendors,
    rehearsal,
    rehearsal_report,
)
from stanch.cli import checking_report as report
from stanch.cli.checking import Check, Grade, Row, all_ended
from stanch.cli.checking_scope import Scope
from stanch.cli.failures import ExitCode, Misuse
from stanch.cli.rehearsal_cast import Cast, around
from stanch.cli.screen import Screen
from stanch.errors import ConfigError
from stanch.model.alert import Alert
from stanch.model.base import digest_of, parse_duration
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.playbooks.problems import Problem
from stanch.secrets import Redactor
from workers.process import ended

T = TypeVar("T")

Config = Annotated[Path, typer.Option("--config", help="The team's stanch.yaml.", envvar="STANCH_CONFIG")]
Data = Annotated[Path, typer.Option("--data", help="The data folder.", envvar="STANCH_DATA")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document for machines.")]


def check(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    offline: Annotated[
        bool, typer.Option("--offline", help="Only the files: no network, no secrets.")
    ] = False,
    role: Annotated[
        str, typer.Option("--as", metavar="PROCESS", help="Only what a gateway, or a worker, needs.")
    ] = "",
    only: Annotated[str, typer.Option(help="With --as worker: only these parts, such as fly.")] = "",
    but: Annotated[str, typer.Option("--except", help="With --as worker: all but these.")] = "",
    as_json: Json = False,
) -> None:
    """Check configuration, playbooks, credentials and reachability.

    Everything outside is only read, and no message is sent. Exits with 1 when something would not work.
    On a host that runs only some of the processes, --as leaves out the secrets of the others.

    Example: stanch check --offline
    """
    screen = Screen()
    try:
        book = _book(config)
    except ConfigError as error:
        _tell_problems(screen, report.problems_in(str(error)), as_json=as_json)
        raise typer.Exit(ExitCode.REFUSED) from None
    scope = Scope.of(book.team, role, only, but)
    rows = [] if offline else _checked(book, data, scope, silent=as_json)
    fine = all(row.grade is not Grade.FAILED for row in rows)
    if as_json:
        found = {"problems": [], "checks": [asdict(row) for row in rows], "scenarios": report.summaries(book)}
        screen.document({**found, "ok": fine})
    else:
        report.book(screen, book, rows)
    raise typer.Exit(ExitCode.OK if fine else ExitCode.REFUSED)


def _book(config: Path) -> Book:
    return load_book(config, catalogue())


def _tell_problems(screen: Screen, found: list[Problem], *, as_json: bool) -> None:
    if as_json:
        problems = [asdict(problem) for problem in found]
        return screen.document({"problems": problems, "checks": [], "scenarios": [], "ok": False})
    return report.problems(screen, found)


def _checked(book: Book, data: Path, scope: Scope, *, silent: bool) -> list[Row]:
    redactor = Redactor()
    with report.progress(silent=silent) as tell:
        return _run(all_ended(_checks(book, data, redactor, scope), redactor, tell))


def _checks(book: Book, data: Path, redactor: Redactor, scope: Scope) -> list[Check]:
    """Every check there is; secrets are the first to be read, so that all that follows is cleaned of them."""
    connect = around(book.team, data, redactor)
    vendors = [one for one in checking_vendors.checks(book, connect) if scope.works_for(one.what)]
    places = [
        *checking_places.health_checks(book, connect),
        *checking_places.page_checks(book, connect),
        *checking_places.channel_checks(book, redactor),
    ]
    return [
        *checking_secrets.checks(scope.needed(book.team), redactor),
        *(vendors if scope.parts else ()),
        *(places if scope.home else ()),
        *checking_temporal.checks(data, scope.queues, connect("").fingerprint_key),
        *((checking_store.check(data, redactor),) if scope.home or scope.doors else ()),
        *(checking_doors.checks(book, redactor) if scope.doors else ()),
    ]


def plan(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="The alert's name, as `opens_on` has it.")],
    service: Annotated[str, typer.Option(help="The label `service`.", show_default=False)] = "",
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Another label; as often as needed.")
    ] = None,
    summary: Annotated[str, typer.Option(help="What is wrong, in one line.", show_default=False)] = "",
    severity: Annotated[
        str, typer.Option(help="The label `severity`, in the team's own words.", show_default=False)
    ] = "",
    firing_for: Annotated[str, typer.Option(help="For how long it fires already, such as 10m.")] = "0s",
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    as_json: Json = False,
) -> None:
    """Take an alert through a playbook with real readings and no change.

    Nothing is written anywhere, and no Temporal is needed. Exits with 1 when nothing would be done.

    Example: stanch plan SiteDown --service backend
    """
    named = {"alertname": alert, "service": service, "severity": severity, **arguments.labels(label or [])}
    fired = _alert({name: value for name, value in named.items() if value}, summary, _length(firing_for))
    book, redactor = _book(config), Redactor()
    cast = Cast(around(book.team, data, redactor))
    end = _run(rehearsal.rehearse(book.match(fired), fired, cast))
    screen = Screen()
    if as_json:
        screen.document(rehearsal.cleaned(rehearsal_report.document(end), redactor))
    else:
        rehearsal_report.paint(screen, book, end, redactor)
    raise typer.Exit(ExitCode.OK if end.acts else ExitCode.REFUSED)


def _alert(labels: dict[str, str], summary: str, firing_for: timedelta) -> Alert:
    """As an alert source would have sent it."""
    return Alert(
        source="plan",
        fingerprint=digest_of(labels),
        name=labels["alertname"],
        firing=True,
        started_at=datetime.now(UTC) - firing_for,
        service=labels.get("service", ""),
        severity_hint=labels.get("severity", ""),
        labels=labels,
        summary=summary or labels["alertname"],
    )


def _length(text: str) -> timedelta:
    try:
        length = parse_duration(text)
    except ValueError:
        length = None
    if not isinstance(length, timedelta):
        raise Misuse(f"--firing-for takes a length of time such as 30s, 10m or 2h, not {text!r}")
    return length


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    finally:
        ended()
