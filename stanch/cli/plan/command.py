"""`stanch plan`: what an alert would lead to; nothing is changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from stanch.cli import arguments
from stanch.cli.arguments import Config, Data, Json
from stanch.cli.failures import ExitCode, Misuse
from stanch.cli.local import book_of, run
from stanch.cli.plan import measuring, rehearsal, report
from stanch.cli.plan.live_providers import Cast, around
from stanch.cli.screen import Screen
from stanch.model.alert import Alert
from stanch.model.base import digest_of, parse_duration
from stanch.secrets import Redactor


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

    An alert of `alerts:` is measured first: it says whether it would fire now, and goes on as if it did.
    Nothing is written anywhere, and no Temporal is needed. Exits with 1 when nothing would be done.

    Example: stanch plan SiteDown --service backend
    """
    named = {"alertname": alert, "service": service, "severity": severity, **arguments.labels(label or [])}
    fired = _alert({name: value for name, value in named.items() if value}, summary, _length(firing_for))
    book, redactor = book_of(config), Redactor()
    cast = Cast(around(book.team, data, redactor))
    measured, end = run(measuring.rehearse_measured(book, fired, cast))
    screen = Screen()
    if as_json:
        screen.document(rehearsal.cleaned(report.document(end, measured), redactor))
    else:
        report.paint_measured(screen, measured, redactor)
        report.paint(screen, book, end, redactor)
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
