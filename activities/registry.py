"""Every outside system, a line each; imported only when a process asks for it."""

from collections.abc import Iterable
from importlib import import_module

from activities.contract import Part
from activities.portable import PORTABLE
from stanch.model.verb import Catalogue

MODULES = {
    "aws": "activities.aws",
    "fly": "activities.fly",
    "vercel": "activities.vercel",
    "firestore": "activities.firestore",
    "cloudflare": "activities.cloudflare",
    "heroku": "activities.heroku",
    "netlify": "activities.netlify",
    "github": "activities.github",
    "stripe": "activities.stripe",
    "firebase": "activities.firebase",
    "sentry": "activities.sentry",
    "datadog": "activities.datadog",
    "newrelic": "activities.newrelic",
    "uptimerobot": "activities.uptimerobot",
    "pagerduty": "activities.pagerduty",
    "grafana": "activities.grafana",
    "prometheus": "activities.prometheus",
    "logfile": "activities.logfile",
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
        readings={
            spec.name: spec
            for spec in (*(source.spec for part in found for source in part.readings), *PORTABLE)
        },
        targets={part.name: part.target for part in found if part.target},
        settings={part.name: frozenset(part.settings) for part in found},
        pages=frozenset(page for part in found for page in part.pages),
    )
