"""`init`: a first `stanch.yaml` and one playbook in shadow, from what vendors show."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from activities.finding import FoundApp
from stanch.cli import arguments
from stanch.cli.arguments import Config, Data, Json
from stanch.cli.check.command import preflight
from stanch.cli.failures import CommandError, ExitCode, Misuse
from stanch.cli.init import asking
from stanch.cli.init.asking import InitOptions, Questions
from stanch.cli.init.drafted_services import DraftedService
from stanch.cli.init.look_around import VendorSight, look_around, seen_healths, watching
from stanch.cli.init.wishes import needs_token, wishes
from stanch.cli.init.written_files import PLAYBOOK, FirstSetup
from stanch.cli.local import run
from stanch.cli.screen import Screen
from stanch.errors import ConfigError
from stanch.secrets import Redactor

_SEVERAL = "NAME=VALUE"


def init(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    vendor: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A vendor to look at, such as fly; as often as needed."),
    ] = None,
    token_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VARIABLE",
            help="The variable or file that holds its token, never the token; with several: fly=VARIABLE.",
        ),
    ] = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR=URL", help="Where a vendor's API is, if not at its usual address."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(metavar="VENDOR.FIELD=VALUE", help="What else its provider says, such as aws.region."),
    ] = None,
    app: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this app; as often as needed.")
    ] = None,
    base: Annotated[
        list[str] | None, typer.Option(metavar="APP=URL", help="Where visitors reach an app.")
    ] = None,
    alerts: Annotated[
        list[str] | None, typer.Option(metavar="SOURCE", help="Who sends alerts, such as alertmanager.")
    ] = None,
    decides: Annotated[
        list[str] | None,
        typer.Option(metavar="PERSON", help="Who decides: ana, or ana=responder,approver,on-call."),
    ] = None,
    status_page: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=URL", help="A status page, where it is not known by its name."),
    ] = None,
    config: Config = Path("stanch.yaml"),
    data: Data = Path(".stanch"),
    yes: Annotated[bool, typer.Option("--yes", help="Take what is usual without asking.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a first stanch.yaml and one playbook in shadow, from what your vendors show; then check them.

    Vendors are only read: apps, how many copies run, the paths of health checks, names of secrets (never a
    value) and of alerts. What cannot be read is said, and stands in the file as a comment.

    Example: stanch init --vendor fly --token-from FLY_API_TOKEN --yes
    """
    said = InitOptions(
        vendor or (), token_from or (), arguments.named(base_url or (), "--base-url"),
        arguments.named(setting or (), "--setting"), app or (), arguments.named(base or (), "--base"),
        alerts or (), decides or (),
    )  # fmt: skip
    questions = Questions(asks=not (yes or as_json) and _is_terminal(), takes_usual=yes)
    files = (config, config.parent / PLAYBOOK)
    _refuse_taken(files, force=force)
    asking.refuse_unasked(said, questions, needs_token=needs_token(said.vendors))
    screen, redactor = Screen(), Redactor()
    sights = run(look_around(wishes(said, questions, Path.cwd()), redactor))
    if not as_json:
        _tell_found(screen, sights)
    setup = replace(
        _setup(sights, said, questions, redactor), pages=arguments.named(status_page or (), "--status-page")
    )
    _write(dict(zip(files, (setup.catalogue(), setup.playbook()), strict=True)))
    raise typer.Exit(_end(screen, setup, files, data, as_json=as_json))


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _refuse_taken(files: Sequence[Path], *, force: bool) -> None:
    taken = [str(path) for path in files if path.exists()]
    if taken and not force:
        raise CommandError(
            "exists",
            f"{', '.join(taken)} is there already; nothing was written. Name another place with --config,"
            " or try --force",
        )


def _tell_found(screen: Screen, sights: Sequence[VendorSight]) -> None:
    for sight in sights:
        found = sight.found
        named = [f"{app.name} ({app.copies})" if app.copies is not None else app.name for app in found.apps]
        named += [watch.name for watch in found.watches] + list(found.alerts)
        screen.line(f"Found at {sight.wish.name}: {', '.join(named) or 'nothing'}")
        for why in (*found.unread, *(f"{app.name}: {one}" for app in found.apps for one in app.unread)):
            screen.line(f"  not read: {why}")


def _setup(
    sights: Sequence[VendorSight], said: InitOptions, questions: Questions, redactor: Redactor
) -> FirstSetup:
    apps = _apps(sights, said, questions)
    bases = {name: _base(one, said, questions) for name, (_, one) in apps.items()}
    names, people = asking.sources(said, questions), asking.people(said, questions)
    healths = run(seen_healths([one for _, one in apps.values()], bases, redactor))
    watches = [(sight.wish.name, watch) for sight in sights for watch in sight.found.watches]
    services = [
        DraftedService(
            one, provider, bases[name], healths.get(name), watching(one, bases[name], watches), list(people)
        )
        for name, (provider, one) in apps.items()
    ]
    return FirstSetup(sights, services, people, names, {})


def _apps(
    sights: Sequence[VendorSight], said: InitOptions, questions: Questions
) -> dict[str, tuple[str, FoundApp]]:
    """Those that are wished for, with their vendor; of two with one name the later is told apart by it."""
    found: dict[str, tuple[str, FoundApp]] = {}
    for sight in sights:
        for one in sight.found.apps:
            name = one.name if one.name not in found else f"{sight.wish.name}-{one.name}"
            found[name] = (sight.wish.name, replace(one, name=name))
    wished = said.apps or (questions.words("Which of them?", " ".join(found)) if found else ())
    strange = [name for name in wished if name not in found]
    if strange:
        raise Misuse(f"no app {strange[0]} was found; there is {', '.join(found) or 'none'}")
    return {name: found[name] for name in found if not wished or name in wished}


def _base(app: FoundApp, said: InitOptions, questions: Questions) -> str:
    if app.name in said.bases:
        return said.bases[app.name].rstrip("/")
    return questions.answer(f"Where do visitors reach {app.name}?", app.base).rstrip("/")


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Misuse(f"{path} cannot be written: {error.strerror}") from error


def _end(screen: Screen, setup: FirstSetup, files: Sequence[Path], data: Path, *, as_json: bool) -> ExitCode:
    """What was written, and what `stanch check` says of it."""
    if not as_json:
        for path in files:
            screen.line(f"Written: {path}")
        if setup.unopened:
            screen.line(f"These alerts open nothing yet: {', '.join(setup.unopened)}")
        screen.line()
    try:
        checked = preflight(screen, files[0], data, as_json=as_json)
    except ConfigError as error:
        checked = {"problems": str(error).splitlines(), "ok": False}
        if not as_json:
            screen.block(str(error), indent=0)
    if as_json:
        screen.document(_document(setup, files, checked))
    else:
        screen.line("Next: stanch plan SiteDown, and stanch up")
    return ExitCode.OK if checked["ok"] else ExitCode.REFUSED


def _document(setup: FirstSetup, files: Sequence[Path], checked: dict[str, Any]) -> dict[str, Any]:
    return {
        "written": [str(path) for path in files],
        "services": [one.app.name for one in setup.services if one.is_whole],
        "left_as_comments": [one.app.name for one in setup.services if not one.is_whole],
        "alerts": setup.alerts,
        "alerts_that_open_nothing": setup.unopened,
        "not_read": {
            sight.wish.name: [
                *sight.found.unread,
                *(f"{app.name}: {why}" for app in sight.found.apps for why in app.unread),
            ]
            for sight in setup.sights
        },
        "check": checked,
    }
