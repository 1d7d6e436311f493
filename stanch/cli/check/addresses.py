"""Whether health addresses and status pages answer."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from pydantic import JsonValue, TypeAdapter, ValidationError

from activities.addresses import Address, WebAddress, shown
from activities.integration import Surroundings
from activities.probes.expected import ExpectedAnswer
from activities.probes.prober import Prober, Visit
from activities.status_pages.pages import Pages
from activities.status_pages.reading import summed_up
from stanch.cli.check.results import Finding, PreflightCheck, failed, ok, readings_of, warn
from stanch.errors import ConfigError, Rejected, Unavailable
from stanch.playbooks.book import Book

_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)
SECRET_ADDRESS: TypeAdapter[str] = TypeAdapter(WebAddress)
_NAMING_PAGES = {"status.page": ("page",), "status.pages": ("pages", "hosting")}
"""The arguments by which a reading is told of pages."""
_HERE = ("localhost", "127.0.0.1", "::1")


def health_checks(book: Book, around: Callable[[str], Surroundings]) -> Iterator[PreflightCheck]:
    """One for each address under a service's `health:`."""
    outside = Prober.connect(around("probe"))
    for name, service in book.context.services.items():
        for url in service.health:
            what = shown(url) if is_address(url) else "an address"
            yield PreflightCheck("Health", f"{name}: {what}", partial(_health, outside, name, url))


async def _health(outside: Prober, service: str, url: str) -> Finding:
    mend = f"See health: of {service} in stanch.yaml"
    if not is_address(url):
        return failed(
            "is no http or https address", f"{mend}: https://host/path, without user, password or key"
        )
    answer = await outside.visit(Visit(url))
    took = f"in {answer.took.total_seconds():.2f} s"
    why = answer.why or ExpectedAnswer().complaint(answer.status, answer.body)
    if not why:
        return ok(f"answered {answer.status} {took}")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return warn(f"{why} {took}", f"If {service} is well at the moment: {mend[:1].lower()}{mend[1:]}")
    return failed(why, f"{mend}; it answers 2xx when all is well")


def page_checks(book: Book, around: Callable[[str], Surroundings]) -> Iterator[PreflightCheck]:
    """One for each status page that a playbook, a provider or a service names."""
    pages = Pages.connect(around("status"))
    required, mentioned = _named(book)
    for name in sorted({*required, *mentioned, *book.team.status_pages}):
        must = name in required or name in book.team.status_pages
        yield PreflightCheck("Status pages", name, partial(_page, pages, name, must))


def _named(book: Book) -> tuple[set[str], set[str]]:
    """The pages that something is decided by, and those that are only mentioned."""
    required = {provider.status_page for provider in book.team.providers.values()} - {""}
    for pinned in book.scenarios:
        for reading in readings_of(pinned):
            required |= {page for page in _pages_of(reading.uses, reading.arguments) if "${" not in page}
    return required, {name for service in book.team.services.values() for name in service.depends_on}


def _pages_of(uses: str, asked: Mapping[str, JsonValue]) -> Iterator[str]:
    """The names of pages that a reading is given."""
    for name in _NAMING_PAGES.get(uses, ()):
        given = asked.get(name) or ()
        yield from map(str, given if isinstance(given, list | tuple) else [given])


async def _page(pages: Pages, name: str, required: bool) -> Finding:
    try:
        known = pages.named(name)
    except ConfigError as error:
        unknown = failed if required else warn
        return unknown(str(error))
    mend = f"See status_pages.{name} in stanch.yaml"
    try:
        seen = await pages.seen(name, datetime.now(UTC))
        wanted = frozenset(component.casefold() for component in known.components)
        said = summed_up(name, seen, wanted).line()
    except Unavailable as error:
        return warn(str(error), f"What rests on it cannot be decided while it is silent. {mend}")
    except Rejected as error:
        return failed(str(error), mend)
    return ok(f"{pages.kind(name)}, {said.removeprefix(f'{name}: ')}")


def is_address(text: str, kind: TypeAdapter[str] = _ADDRESS) -> bool:
    """Whether something can be asked there."""
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True
