"""Whether each vendor's credential works, tried by reading what the team runs there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import httpx

from activities.integration import Credential, Integration, Proof, Surroundings
from activities.registry import integrations
from stanch.cli.check.results import Finding, PreflightCheck, failed, ok, readings_of, warn
from stanch.cli.check.secrets import is_missing
from stanch.errors import ConfigError, Rejected, Unauthorized, Unavailable
from stanch.model.change import Target
from stanch.model.team import Provider
from stanch.playbooks.book import Book
from stanch.playbooks.problems import instead_of

AREA = "Vendors"


def checks(book: Book, around: Callable[[str], Surroundings]) -> Iterator[PreflightCheck]:
    """One for each target of each vendor; `around` gives what an integration is connected with."""
    vendors = {
        integration.name: integration
        for integration in integrations()
        if integration.vendor or integration.credential
    }
    known = {integration.name for integration in integrations()}
    for name in book.team.providers:
        theirs = [integration for integration in vendors.values() if integration.provider == name]
        if name not in known:
            yield PreflightCheck(AREA, f"providers.{name}", partial(_stranger, name, vendors))
        elif any(one.target for one in theirs) and not any(targets_of(book, one) for one in theirs):
            yield PreflightCheck(AREA, f"providers.{name}", _idle)
    for integration in vendors.values():
        for target in targets_of(book, integration):
            what = f"providers.{integration.name}" if target == integration.itself else target.key
            yield PreflightCheck(AREA, what, partial(_prove, integration, target, book, around))


async def _stranger(name: str, vendors: Iterable[str]) -> Finding:
    return failed(f"Stanch knows no provider {name}", instead_of(name, vendors))


async def _idle() -> Finding:
    return warn("no service runs on it, so its token was not tried", "Write a service with runs_on:")


def targets_of(book: Book, integration: Integration) -> list[Target]:
    """What services run on there and what playbooks name there, each once; else the vendor, if it is used."""
    named = [target for targets in book.context.targets.values() for target in targets]
    for pinned in book.scenarios:
        named += [step.target for option in pinned.options for step in option.steps]
        named += [reading.target for reading in readings_of(pinned) if reading.target]
    each = {(target.key, *target.at.items()): target for target in named}
    found = [target for target in each.values() if target.provider == integration.name]
    set_up = integration.target is None and integration.provider in book.team.providers
    used = set_up or _uses(book, integration.itself)
    return found or ([integration.itself] if used else [])


async def _prove(
    integration: Integration, target: Target, book: Book, around: Callable[[str], Surroundings]
) -> Finding:
    settings = book.team.providers.get(integration.provider, Provider())
    credential, uses = integration.credential, _uses(book, target)
    needs = f"needed by {_named(uses)}"
    if credential is None:
        return warn("there is no way to try its token without changing something")
    secret = credential.reference(settings, target)
    reference = secret or credential.keyless(settings)
    if not reference:
        written = credential.written.replace("{name}", target.name)
        mend = f"Write providers: {{{integration.provider}: {{{written}}}}} in stanch.yaml"
        return failed(f"{integration.provider} has no token; {needs}", mend)
    if secret and is_missing(secret):
        return failed(f"not tried, since {secret} cannot be read; {needs}", "See under Secrets")
    try:
        proof = await credential.prove(integration.connect(around(integration.name)), target)
    except ConfigError as error:
        return failed(f"{error}; {needs}", f"See providers.{integration.provider} in stanch.yaml")
    except Unauthorized as error:
        said = ". ".join(filter(None, (f"{error}; {needs}", _takes(uses))))
        return failed(said, _better_token(credential, target, reference))
    except Rejected as error:
        return failed(f"{error}; {needs}", _elsewhere(error, target, reference))
    except Unavailable as error:
        address = (
            f"providers.{integration.provider}.base_url"
            if settings.base_url
            else "the network of this machine"
        )
        return failed(f"{error}; {needs}", f"See {address}, and the vendor's status page")
    return _proven(proof, uses, _better_token(credential, target, reference))


def _proven(proof: Proof, uses: Mapping[str, tuple[str, ...]], mend: str) -> Finding:
    """Good, unless the vendor says that a permission is missing."""
    if proof.granted is None:
        return ok(proof.saw)
    lacking = {name: [one for one in wanted if one not in proof.granted] for name, wanted in uses.items()}
    said = "; ".join(f"{name} lacks {', '.join(missing)}" for name, missing in lacking.items() if missing)
    return failed(f"{proof.saw}; {said}", mend) if said else ok(proof.saw)


def _takes(uses: Mapping[str, tuple[str, ...]]) -> str:
    """`fly.restart, fly.roll_back: deploy token of the app`, each permission once."""
    by: dict[tuple[str, ...], list[str]] = {}
    for name, wanted in uses.items():
        by.setdefault(wanted, []).append(name)
    return "; ".join(f"{', '.join(names)}: {', '.join(wanted)}" for wanted, names in by.items() if wanted)


def _better_token(credential: Credential, target: Target, reference: str) -> str:
    how = credential.made_by.format(name=target.name)
    return f"Put a token that reaches {target.name} into {reference} (made with: {how})"


def _elsewhere(error: Rejected, target: Target, reference: str) -> str:
    """What is not found may be misspelt, or be hidden from this token."""
    if target == _whole(target.provider):
        return f"See providers.{target.provider} in stanch.yaml"
    if error.status not in (0, httpx.codes.NOT_FOUND):
        return f"See what {target.provider} says of {target.name}"
    return f"See runs_on: of {target.name} in stanch.yaml, and whether the token in {reference} may see it"


def _uses(book: Book, target: Target) -> dict[str, tuple[str, ...]]:
    """The verbs and readings of the playbooks that go there, verbs first, with the permissions they take."""
    known = book.context.catalogue
    verbs = {
        step.uses: known.verbs[step.uses].needs
        for pinned in book.scenarios
        for option in pinned.options
        for step in option.steps
        if step.target == target
    }
    readings = {
        reading.uses: known.readings[reading.uses].needs
        for pinned in book.scenarios
        for reading in readings_of(pinned)
        if (reading.target or _whole(reading.uses)) == target
    }
    return dict(sorted(verbs.items())) | dict(sorted(readings.items()))


def _named(uses: Iterable[str]) -> str:
    return ", ".join(uses) or "nothing in the playbooks yet"


def _whole(uses: str) -> Target:
    """What a reading without a target is of: the vendor itself."""
    provider = uses.partition(".")[0]
    return Target(provider=provider, name=provider)
