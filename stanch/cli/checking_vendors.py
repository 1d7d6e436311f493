"""Whether each vendor's credential works, tried by reading what the team runs there."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import httpx

from activities.contract import Credential, Part, Surroundings
from activities.registry import parts
from stanch.cli.checking import Check, Finding, failed, ok, readings_of, warn
from stanch.cli.checking_secrets import is_missing
from stanch.errors import Rejected, Unauthorized, Unavailable
from stanch.model.change import Target
from stanch.model.team import Provider
from stanch.playbooks.book import Book
from stanch.playbooks.problems import instead_of

AREA = "Vendors"


def checks(book: Book, around: Callable[[str], Surroundings]) -> Iterator[Check]:
    """One for each target of each vendor; `around` gives what a part is connected with."""
    vendors = {part.name: part for part in parts() if part.vendor}
    known = {part.name for part in parts()}
    for name in book.team.providers:
        if name not in known:
            yield Check(AREA, f"providers.{name}", partial(_stranger, name, vendors))
        elif name in vendors and not _targets(book, name):
            yield Check(AREA, f"providers.{name}", _idle)
    for part in vendors.values():
        for target in _targets(book, part.name):
            yield Check(AREA, target.key, partial(_prove, part, target, book, around))


async def _stranger(name: str, vendors: Iterable[str]) -> Finding:
    return failed(f"Stanch knows no provider {name}", instead_of(name, vendors))


async def _idle() -> Finding:
    return warn("no service runs on it, so its token was not tried", "Write a service with runs_on:")


def _targets(book: Book, provider: str) -> list[Target]:
    """What services run on there and what playbooks name there, each once."""
    named = [target for targets in book.ground.targets.values() for target in targets]
    for pinned in book.scenarios:
        named += [step.target for option in pinned.options for step in option.steps]
        named += [reading.target for reading in readings_of(pinned) if reading.target]
    each = {(target.key, *target.at.items()): target for target in named}
    return [target for target in each.values() if target.provider == provider]


async def _prove(part: Part, target: Target, book: Book, around: Callable[[str], Surroundings]) -> Finding:
    settings = book.team.providers.get(part.name, Provider())
    needs = f"needed by {_users(book, target)}"
    if part.credential is None:
        return warn("there is no way to try its token without changing something")
    reference = part.credential.reference(settings, target)
    if reference is None:
        written = part.credential.written.replace("{name}", target.name)
        return failed(
            f"{part.name} has no token; {needs}",
            f"Write providers: {{{part.name}: {{{written}}}}} in stanch.yaml",
        )
    if is_missing(reference):
        return failed(f"not tried, since {reference} cannot be read; {needs}", "See under Secrets")
    try:
        proof = await part.credential.prove(part.connect(around(part.name)), target)
        return ok(proof.saw)
    except Unauthorized as error:
        return failed(f"{error}; {needs}", _better_token(part.credential, target, reference))
    except Rejected as error:
        return failed(f"{error}; {needs}", _elsewhere(error, target, reference))
    except Unavailable as error:
        address = f"providers.{part.name}.base_url" if settings.base_url else "the network of this machine"
        return failed(f"{error}; {needs}", f"See {address}, and the vendor's status page")


def _better_token(credential: Credential, target: Target, reference: str) -> str:
    how = credential.made_by.format(name=target.name)
    return f"Put a token that reaches {target.name} into {reference} (made with: {how})"


def _elsewhere(error: Rejected, target: Target, reference: str) -> str:
    """What is not found may be misspelt, or be hidden from this token."""
    if error.status not in (0, httpx.codes.NOT_FOUND):
        return f"See what {target.provider} says of {target.name}"
    return f"See runs_on: of {target.name} in stanch.yaml, and whether the token in {reference} may see it"


def _users(book: Book, target: Target) -> str:
    """The verbs and readings of the playbooks that go there, verbs first."""
    verbs = {
        step.uses
        for pinned in book.scenarios
        for option in pinned.options
        for step in option.steps
        if step.target == target
    }
    readings = {
        reading.uses
        for pinned in book.scenarios
        for reading in readings_of(pinned)
        if reading.target == target
    }
    return ", ".join([*sorted(verbs), *sorted(readings - verbs)]) or "nothing in the playbooks yet"
