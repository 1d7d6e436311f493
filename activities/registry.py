"""Every outside system, a line each; imported only when a process asks for it."""

from collections.abc import Iterable
from importlib import import_module

from activities.integration import Integration
from activities.portable import PORTABLE
from activities.portable.verbs import PORTABLE_VERBS
from stanch.model.verb import Catalogue

MODULES = {
    "aws": "activities.aws",
    "rds": "activities.aws.rds",
    "elasticache": "activities.aws.elasticache",
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
    "metrics": "activities.http_metrics",
    "status": "activities.status_pages",
    "http": "activities.http_call",
    "postgres": "activities.postgres",
    "redis": "activities.redis",
}


def integrations(only: Iterable[str] = ()) -> list[Integration]:
    """The integrations of these names, or all."""
    wanted = list(only) or list(MODULES)
    found: list[Integration] = [import_module(MODULES[name]).INTEGRATION for name in wanted]
    return found


def accounts() -> dict[str, str]:
    """Of each integration that uses the settings of another, that other one."""
    return {one.name: one.account for one in integrations() if one.account}


def catalogue() -> Catalogue:
    """Every verb, reading and kind of target."""
    found = integrations()
    return Catalogue(
        verbs={verb.spec.name: verb.spec for integration in found for verb in integration.verbs},
        readings={
            spec.name: spec
            for spec in (
                *(reader.spec for integration in found for reader in integration.readings),
                *PORTABLE,
            )
        },
        targets={integration.name: integration.target for integration in found if integration.target},
        settings={one.name: frozenset(one.settings) for one in found if not one.account},
        accounts=accounts(),
        pages=frozenset(page for integration in found for page in integration.pages),
        portable_verbs={verb.name: verb for verb in PORTABLE_VERBS},
        offers_none={
            (integration.name, name): why
            for integration in found
            for name, why in integration.offers_none.items()
        },
    )
