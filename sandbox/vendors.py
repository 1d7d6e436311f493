"""Every vendor the sandbox plays, a line each; imported only when somebody calls there."""

from collections import deque
from functools import cache
from importlib import import_module

from starlette.types import Message, Receive, Scope

from sandbox.base import BODY, SandboxBase, Vendor, World
from sandbox.ledger import vendor_of

MODULES = {
    "firestore": "sandbox.firestore",
    "aws": "sandbox.aws",
    "fly": "sandbox.fly",
    "vercel": "sandbox.vercel",
    "cloudflare": "sandbox.cloudflare",
    "heroku": "sandbox.heroku",
    "netlify": "sandbox.netlify",
    "github": "sandbox.github",
    "stripe": "sandbox.stripe",
    "firebase": "sandbox.firebase",
    "sentry": "sandbox.sentry",
    "datadog": "sandbox.datadog",
    "newrelic": "sandbox.newrelic",
    "uptimerobot": "sandbox.uptimerobot",
    "pagerduty": "sandbox.pagerduty",
    "slack": "sandbox.slack",
    "grafana": "sandbox.grafana",
    "prometheus": "sandbox.prometheus",
    "logfile": "sandbox.logfile",
    "postgres": "sandbox.postgres",
    "redis": "sandbox.redis",
}
_OURS = Vendor("sandbox", World, lambda _: [])
"""What stands in for no vendor: the service, the inbox, status pages."""


@cache
def vendor(name: str) -> Vendor:
    """The vendor of that name."""
    found: Vendor = import_module(MODULES[name]).VENDOR
    return found


def vendors() -> list[Vendor]:
    """All of them."""
    return [vendor(name) for name in MODULES]


def behind(path: str) -> Vendor:
    """The vendor who answers at this path."""
    name = vendor_of(path)
    return vendor(name) if name in MODULES else _OURS


async def opened(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """The same call, its body read, for some are known by it; whoever follows reads all of it anew.

    Also that the client went away in the middle: half a body is no call that somebody made wrongly.
    """
    if scope["type"] != "http" or BODY in scope:
        return scope, receive
    unread: deque[Message] = deque()
    while not unread or unread[-1].get("more_body", False):
        unread.append(await receive())
    body = b"".join(message.get("body", b"") for message in unread)

    async def again() -> Message:
        return unread.popleft() if unread else await receive()

    return {**scope, BODY: body}, again


def named(scope: Scope) -> str:
    """What this call is known by."""
    return behind(scope["path"]).path(scope)


def is_write(scope: Scope) -> bool:
    """Whether this call may change something."""
    return behind(scope["path"]).is_write(scope)


def secrets(sandbox: SandboxBase) -> set[str]:
    """Every credential that a vendor accepts, and whatever vendors keep and never show."""
    every = vendors()
    kept = {secret for each in every for secret in sandbox.of(each.world).secrets()}
    return kept | {key for each in every for key in each.keys}
