"""Whether alerts and people can get in: sources and tokens of the gateway."""

from collections.abc import Iterator
from functools import partial

from stanch.cli.check.results import Finding, PreflightCheck, failed, ok, warn
from stanch.cli.check.secrets import is_missing
from stanch.errors import ConfigError
from stanch.gateway.tokens import long_enough
from stanch.model.playbook import Pinned
from stanch.model.team import Source, Team
from stanch.model.verb import Approval, AutomationMode
from stanch.playbooks.book import Book
from stanch.playbooks.problems import instead_of
from stanch.policy import approving
from stanch.policy.condition_words import in_words
from stanch.secrets import Redactor
from stanch.sources.registry import SOURCES

AREA = "Gateway"


def checks(book: Book, redactor: Redactor) -> Iterator[PreflightCheck]:
    """One for each alert source, one for the people."""
    for name, source in book.team.sources.items():
        yield PreflightCheck(AREA, f"sources.{name}", partial(_source, name, source, redactor))
    if not book.team.sources:
        yield PreflightCheck(AREA, "sources", partial(_no_source, book))
    for name, person in book.team.people.items():
        if person.token:
            yield PreflightCheck(AREA, f"people.{name}", partial(_token, name, person.token, redactor))
    yield PreflightCheck(AREA, "people", partial(_people, book))


async def _source(name: str, source: Source, redactor: Redactor) -> Finding:
    if name not in SOURCES:
        return failed(f"Stanch knows no alert source {name}", instead_of(name, SOURCES))
    for reference in filter(None, (source.token, source.password)):
        if is_missing(reference):
            return failed(f"has no secret, since {reference} cannot be read", "See under Secrets")
        try:
            long_enough(redactor.read(reference), reference)
        except ConfigError as error:
            return failed(str(error))
    return ok("has a secret")


async def _no_source(book: Book) -> Finding:
    closed = ", ".join(_opened_from_outside_only(book))
    return warn(
        "no alert source is written in stanch.yaml" + (f": nothing opens {closed}" if closed else ""),
        "`stanch up` makes a token for alertmanager; elsewhere write"
        " sources: {alertmanager: {token: env:NAME}}",
    )


async def _token(name: str, reference: str, redactor: Redactor) -> Finding:
    if is_missing(reference):
        return failed(f"has no token, since {reference} cannot be read", "See under Secrets")
    try:
        long_enough(redactor.read(reference), f"people.{name}.token")
    except ConfigError as error:
        return failed(str(error), "`stanch up` does not start with it")
    return ok("has a token")


def _opened_from_outside_only(book: Book) -> Iterator[str]:
    """The scenarios of which no alert is measured, and which nobody may ask for."""
    measured = {(alert.service, alert.name) for playbook in book.playbooks for alert in playbook.alerts}
    for entry in book.entries:
        service = entry.pinned.service.name
        opens = any(of == service and one.fullmatch(name) for of, name in measured for one in entry.alerts)
        if not (opens or entry.asked):
            yield f"{entry.pinned.scenario} of {service}"


async def _people(book: Book) -> Finding:
    team = book.team
    needed = max((careful(pinned).people for pinned in book.scenarios), default=0)
    able = _able(team)
    if not any(person.token for person in team.people.values()):
        return warn(
            "nobody in stanch.yaml has a token",
            "`stanch up` makes one for whoever starts it; elsewhere write people: {ana: {token: env:NAME}}",
        )
    if len(able) < needed:
        return failed(
            f"a plan may need {needed} to approve it; {len(able)} can ({', '.join(able) or 'nobody'})",
            "Give people the role approver, and a token each that can be read",
        )
    return ok(f"{', '.join(able) or 'nobody'} can approve")


def _able(team: Team) -> list[str]:
    return [
        name
        for name, person in team.people.items()
        if person.token
        and not is_missing(person.token)
        and not {"approver", "admin"}.isdisjoint(person.roles)
    ]


def careful(pinned: Pinned) -> Approval:
    """The most careful approval that any of a scenario's steps asks for."""
    found = Approval.NOBODY
    for option in pinned.options:
        for step in option.steps:
            found = found.at_least(approving.needed(step))
    return found


def unasked(pinned: Pinned) -> Iterator[str]:
    """What a scenario would do without asking, were its mode auto; with the condition, where there is one."""
    for option in (*pinned.contain, *pinned.options):
        auto = [step.model_copy(update={"mode": AutomationMode.AUTO}) for step in option.steps]
        if not auto or any(approving.needed(step, unasked=True).people for step in auto):
            continue
        conditions = [step.asking.nobody_if for step in auto if approving.needed(step).people]
        unless = f" if {' and '.join(map(in_words, dict.fromkeys(conditions)))}" if conditions else ""
        yield f"{option.name}{unless}"
