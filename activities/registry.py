"""Every outside system, a line each; imported only when a process asks for it."""

from collections.abc import Iterable
from importlib import import_module

from activities.contract import Part
from stanch.model.verb import Catalogue

MODULES = {
    "fly": "activities.fly",
    "vercel": "activities.vercel",
    "firestore": "activities.firestore",
    "cloudflare": "activities.cloudflare",
    "probe": "activities.probes",
    "metrics": "activities.metrics",
    "status": "activities.status_pages",
    "http": "activities.endpoints",
    "postgres": "activities.postgres",
    "redis": "activities.redis",
}


def parts(only: Iterable[str] = ()) -> list[Part]:
    """The parts of these names, or all."""
    wanted = list(only) or list(MODULES)
    found: list[Part] = [import_module(MODULES[name]).PART for name in wanted]
    return found


def catalogue() -> Catalogue:
    """Every verb, reading and kind of target."""
    found = parts()
    return Catalogue(
        verbs={verb.spec.name: verb.spec for part in found for verb in part.verbs},
        readings={source.spec.name: source.spec for part in found for source in part.readings},
        targets={part.name: part.target for part in found if part.target},
    )
