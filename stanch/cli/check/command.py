"""`stanch check`: whether a set-up would work; nothing is changed."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from stanch.cli.arguments import Config, Data, Json
from stanch.cli.check import (
    addresses,
    channels,
    daylight,
    doors,
    probing,
    reachable,
    report,
    secrets,
    store,
    temporal,
    vendors,
)
from stanch.cli.check.results import CheckResult, Grade, PreflightCheck, all_ended
from stanch.cli.check.scope import Scope
from stanch.cli.failures import ExitCode
from stanch.cli.local import book_of, run
from stanch.cli.plan.live_providers import around
from stanch.cli.screen import Screen
from stanch.errors import ConfigError
from stanch.playbooks.book import Book
from stanch.playbooks.problems import Problem
from stanch.secrets import Redactor


def check(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    offline: Annotated[
        bool, typer.Option("--offline", help="Only the files: no network, no secrets.")
    ] = False,
    role: Annotated[
        str, typer.Option("--as", metavar="PROCESS", help="Only what a gateway, or a worker, needs.")
    ] = "",
    only: Annotated[str, typer.Option(help="With --as worker: only these integrations, such as fly.")] = "",
    but: Annotated[str, typer.Option("--except", help="With --as worker: all but these.")] = "",
    probe: Annotated[
        list[str] | None,
        typer.Option(
            "--probe-vendor",
            metavar="NAME",
            help="Ask this vendor, too, what only a real account can settle; more than once, or all.",
        ),
    ] = None,
    send_test: Annotated[
        str,
        typer.Option(
            "--send-test", metavar="PERSON", help="Send each channel one message that calls this person."
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Check configuration, playbooks, credentials and reachability.

    Everything outside is only read; only --send-test sends a message. Every option is planned as it would be
    at night, whatever its condition says now; planning changes nothing. Exits with 1 when something would not
    work.
    On a host that runs only some of the processes, --as leaves out the secrets of the others.
    --probe-vendor also shows what your account says of things that Stanch only infers; that fails no check.
    --send-test also pages whoever is on call at PagerDuty, for a moment; mail goes to that person alone.

    Example: stanch check --offline, or stanch check --send-test ana
    """
    screen = Screen()
    try:
        book = book_of(config)
    except ConfigError as error:
        _tell_problems(screen, report.problems_in(str(error)), as_json=as_json)
        raise typer.Exit(ExitCode.REFUSED) from None
    scope = Scope.of(book.team, role, only, but)
    channels.refuse_nobody(send_test, book, offline=offline)
    asked = probing.vendors_of(probe or (), book, scope, offline=offline)
    redactor = Redactor()
    checks = [] if offline else _checks(book, data, redactor, scope, send_test)
    rows = _checked(checks, redactor, silent=as_json)
    found = run(probing.probed(asked, book, around(book.team, data, redactor), redactor)) if asked else []
    fine = _is_fine(rows)
    if as_json:
        screen.document({**_document(book, rows), "probes": [asdict(one) for one in found]})
    else:
        report.book(screen, book, rows)
        report.probes(screen, found, probing.remarks(asked, found))
    raise typer.Exit(ExitCode.OK if fine else ExitCode.REFUSED)


def preflight(screen: Screen, config: Path, data: Path, *, as_json: bool) -> dict[str, Any]:
    """Every check of a whole set-up, told on the screen unless a document is wanted; gives that document.

    Raises `ConfigError` with every problem of the files.
    """
    book, redactor = book_of(config), Redactor()
    checks = _checks(book, data, redactor, Scope.of(book.team, "", "", ""))
    rows = _checked(checks, redactor, silent=as_json)
    if not as_json:
        report.book(screen, book, rows)
    return _document(book, rows)


def _document(book: Book, rows: Sequence[CheckResult]) -> dict[str, Any]:
    return {
        "problems": [],
        "remarks": [asdict(remark) for remark in book.remarks],
        "checks": [asdict(row) for row in rows],
        "probes": [],
        "scenarios": report.summaries(book),
        "calls": reachable.document(book),
        "ok": _is_fine(rows),
    }


def _is_fine(rows: Sequence[CheckResult]) -> bool:
    return all(row.grade is not Grade.FAILED for row in rows)


def _tell_problems(screen: Screen, found: list[Problem], *, as_json: bool) -> None:
    if as_json:
        problems = [asdict(problem) for problem in found]
        return screen.document(
            {"problems": problems, "checks": [], "probes": [], "scenarios": [], "calls": [], "ok": False}
        )
    return report.problems(screen, found)


def _checked(found: list[PreflightCheck], redactor: Redactor, *, silent: bool) -> list[CheckResult]:
    if not found:
        return []
    with report.progress(silent=silent) as tell:
        return run(all_ended(found, redactor, tell))


def _checks(
    book: Book, data: Path, redactor: Redactor, scope: Scope, send_to: str = ""
) -> list[PreflightCheck]:
    """Every check there is; secrets are the first to be read, so that all that follows is cleaned of them."""
    connect = around(book.team, data, redactor)
    of_vendors = [one for one in vendors.checks(book, connect) if scope.works_for(one.what)]
    places = [
        *addresses.health_checks(book, connect),
        *addresses.page_checks(book, connect),
        *channels.checks(book, redactor, send_to),
    ]
    return [
        *secrets.checks(scope.needed(book.team), redactor),
        *(of_vendors if scope.integrations else ()),
        *(places if scope.home else ()),
        *daylight.checks(book, connect, scope),
        *temporal.checks(data, scope.queues, connect("").fingerprint_key),
        *((store.check(data, redactor),) if scope.home or scope.doors else ()),
        *(doors.checks(book, redactor) if scope.doors else ()),
    ]
