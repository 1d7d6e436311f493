"""Which description holds for which vendor: a line each.

A vendor stands here under the name of its part and of its prefix in the sandbox. The path of a vendor's own
address, such as `/client/v4`, may be left out there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.discovery import discovery
from tests.conformance.graph import graphql
from tests.conformance.hyper_schema import hyper_schema
from tests.conformance.openapi import openapi
from tests.conformance.swagger import swagger


@dataclass(frozen=True)
class Described:
    """One document, and where below the vendor's prefix its paths begin (a regular expression)."""

    document: str
    read: Callable[[str], Any]
    under: str = ""


def _google(*names: str) -> tuple[Described, ...]:
    """Several hosts of Google's; a fake may tell them apart by a first part of the path."""
    return tuple(Described(f"google-{name}.discovery.json", discovery, r"(?:/[\w.-]+)?") for name in names)


DESCRIBED: dict[str, tuple[Described, ...]] = {
    "fly": (
        Described("fly-machines.openapi.json", lambda name: openapi(name, error="ErrorResponse")),
        Described("fly-graphql.introspection.json", graphql),
    ),
    "vercel": (Described("vercel.openapi.json", openapi),),
    "heroku": (Described("heroku.hyper-schema.json", hyper_schema),),
    "cloudflare": (Described("cloudflare.openapi.json", openapi),),
    "netlify": (Described("netlify.swagger.json", swagger),),
    "firebase": _google(
        "run-v2",
        "cloudfunctions-v2",
        "cloudfunctions-v1",
        "firebaseremoteconfig-v1",
        "firebasehosting-v1beta1",
        "firebaseapphosting-v1",
        "logging-v2",
        "monitoring-v3",
        "firestore-v1",
    ),
    "github": (Described("github.openapi.json", openapi),),
    "sentry": (Described("sentry.openapi.json", openapi),),
    "datadog": (
        Described("datadog-v1.openapi.json", openapi),
        Described("datadog-v2.openapi.json", openapi),
    ),
    "uptimerobot": (Described("uptimerobot.openapi.json", openapi),),
    "pagerduty": (
        Described("pagerduty-rest.openapi.json", openapi),
        Described("pagerduty-events-v2.openapi.json", openapi),
    ),
    "opsgenie": (Described("opsgenie.swagger.json", swagger),),
    "slack": (Described("slack-web-api.swagger.json", swagger),),
    "statuspage": (Described("statuspage.openapi.json", openapi),),
    "status": (Described("statuspage-public.openapi.json", openapi, r"/[^/]+"),),
}

BESIDE: dict[str, dict[str, str]] = {
    "fly": {r"/prometheus/[^/]+/api/v1/\w+": "Prometheus' own API; a real one reads these expressions"},
    "vercel": {
        r"/v2/teams": "not in this copy of the document",
        r"/v10/projects": "not in this copy of the document",
    },
    "github": {r"/graphql": "its GraphQL schema is not among the documents"},
    "heroku": {
        r"/apps/[^/]+/addons": "of add-ons the document has only names",
        r"/logplex/sessions/[^/]+": "lines of plain text, from a host whose addresses are answered whole",
        r"/streams/[^/]+": "what a release phase printed, from a host whose addresses are answered whole",
        r"/client/v11/databases/[^/]+/connection_reset": "the host of databases, as its tool asks it",
    },
    "cloudflare": {
        r"/client/v4/user/tokens/verify": "not in this copy of the document",
        r"/client/v4/accounts": "not in this copy of the document",
        r"/client/v4/accounts/[^/]+/workers/(domains|subdomain)": "not in this copy of the document",
        r"/client/v4/accounts/[^/]+/workers/scripts/[^/]+/subdomain": "not in this copy of the document",
        r"/client/v4/graphql": "the schema of GraphQL Analytics is not among the documents",
    },
    "pagerduty": {r"/services/[^/]+": "not in this copy of the document"},
    "netlify": {
        r"/analytics/.+": "the host of logs, as its tool asks it",
        r"/user": "not in this copy of the document",
    },
    "firebase": {
        r"/cloudresourcemanager/v1/projects": "its document is not among those",
        r"/run/v1/projects/[^/]+/locations/-/services": "of Cloud Run's APIs v1 is not among them",
        r"/firestore/v1/projects/[^/]+/databases": "not in this copy of the document",
        r"/oauth2/token": "OAuth 2.0, which has no document of Google's kind",
        r"/cloudresourcemanager/v1/projects/[^/]+:testIamPermissions": "its document is not among those",
        r"/iam/v1/projects/-/serviceAccounts/[^/]+:testIamPermissions": "its document is not among those",
        r"/firebaseremoteconfig/v1/projects/[^/]+/namespaces/.+": "not in this copy of the document",
        r"/artifactregistry/v1/projects/[^/]+/.+": "its document is not among those",
        r"/secretmanager/v1/projects/[^/]+/.+": "its document is not among those",
    },
}
"""Paths of a described vendor that no document of it knows, and why; what is said there is only counted."""

UNDESCRIBED = {
    "aws": "botocore holds every request against its own service models, and moto answers from them",
    "rds": "AWS: as `aws`",
    "elasticache": "AWS: as `aws`",
    "firestore": "spoken over gRPC by Google's own client, which knows the messages",
    "postgres": "a wire protocol, spoken by the database's own driver",
    "redis": "a wire protocol, spoken by the database's own driver",
    "stripe": "its description is not among the documents",
    "newrelic": "its GraphQL schema is not among the documents",
    "grafana": "the description of its Alertmanager is not among the documents",
    "prometheus": "it publishes no machine-readable description; a real one is asked where it is installed",
    "logfile": "plain text from a team's own addresses",
    "metrics": "plain JSON or Prometheus' text from a team's own addresses",
    "probe": "plain HTTP to a team's own addresses",
    "http": "calls to a team's own services",
}
"""Parts that nothing here is held against, and why."""
