"""Sentry's fake: the issues of projects under `/sentry/api/0`."""

from stanch.sandbox.ground import Vendor
from stanch.sandbox.sentry import refusals
from stanch.sandbox.sentry.doors import routes
from stanch.sandbox.sentry.keys import SentryKey
from stanch.sandbox.sentry.world import SentryWorld

VENDOR = Vendor(
    name="sentry",
    world=SentryWorld,
    routes=routes,
    keys=tuple(SentryKey),
    refusal=refusals.shape,
    headers=refusals.headers,
    malformed=400,
)
