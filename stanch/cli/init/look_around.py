"""What vendors show of themselves, and which address of each app tells whether it is well."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from activities.finding import FoundAccount, FoundApp, FoundWatch
from activities.integration import Surroundings
from activities.probes.prober import Prober, Visit
from stanch.cli.init.wishes import VendorWish
from stanch.errors import StanchError
from stanch.model.team import Provider
from stanch.secrets import Redactor

_USUAL_PATHS = ("/healthz", "/health", "/api/health", "/")
_LONGEST = 60.0


@dataclass(frozen=True)
class VendorSight:
    """What was found at one vendor, cleaned of secrets."""

    wish: VendorWish
    found: FoundAccount


@dataclass(frozen=True)
class SeenHealth:
    """The path by which an app tells whether it is well, and what it answered there."""

    path: str
    says: str


async def look_around(wishes: Sequence[VendorWish], redactor: Redactor) -> list[VendorSight]:
    """Every vendor at the same time; one that does not answer is no reason to leave out another."""
    return await asyncio.gather(*(_look(wish, redactor) for wish in wishes))


async def _look(wish: VendorWish, redactor: Redactor) -> VendorSight:
    settings = Provider.model_validate(wish.settings)
    try:
        async with asyncio.timeout(_LONGEST):
            found = await wish.finder.look(wish.integration.connect(Surroundings(settings, redactor)))
    except TimeoutError:
        found = FoundAccount(unread=(f"{wish.name}: did not tell all within {_LONGEST:g} s",))
    except StanchError as error:
        found = FoundAccount(unread=(redactor.clean(str(error)),))
    except (httpx.InvalidURL, UnicodeError):
        # Their texts hold what was written, which may be a secret.
        found = FoundAccount(unread=(f"{wish.name}: no request can be made of its address and its token",))
    return VendorSight(wish, found)


async def seen_healths(
    apps: Iterable[FoundApp], bases: Mapping[str, str], redactor: Redactor
) -> dict[str, SeenHealth]:
    """For each app that is reached somewhere, the path that tells most of it."""
    prober = Prober.connect(Surroundings(Provider(), redactor))
    reached = [app for app in apps if bases.get(app.name)]
    healths = await asyncio.gather(*(_health(prober, bases[app.name], app.health) for app in reached))
    return {app.name: health for app, health in zip(reached, healths, strict=True)}


async def _health(prober: Prober, base: str, told: Sequence[str]) -> SeenHealth:
    """What the vendor's own checks ask for; else the first usual path that is well, or is there."""
    paths = told[:1] or _USUAL_PATHS
    answers = [(path, await prober.visit(Visit(f"{base.rstrip('/')}{path}"))) for path in paths]
    well = [(path, answer) for path, answer in answers if httpx.codes.is_success(answer.status)]
    there = [(path, answer) for path, answer in answers if answer.status not in (0, httpx.codes.NOT_FOUND)]
    path, answer = (*well, *there, answers[-1])[0]
    said = answer.why or f"it answered {answer.status}"
    return SeenHealth(path, said if answer.status else f"it {said}")


def watching(
    app: FoundApp, base: str, watches: Iterable[tuple[str, FoundWatch]]
) -> list[tuple[str, FoundWatch]]:
    """What of all that watches watches this app: by its address, else by its name; each with its vendor."""
    host = urlsplit(base).netloc
    return [
        (vendor, watch)
        for vendor, watch in watches
        if (host and urlsplit(watch.looks_at).netloc == host)
        or (not watch.looks_at and (watch.name == app.name or app.name.endswith(f"-{watch.name}")))
        or watch.name == app.name
    ]
