"""Sentry's fake: the issues of projects under `/sentry/api/0`."""

from sandbox.base import Vendor
from sandbox.sentry import refusals
from sandbox.sentry.doors import routes
from sandbox.sentry.furnish import FURNISHINGS
from sandbox.sentry.keys import SentryKey
from sandbox.sentry.world import SentryWorld

VENDOR = Vendor(
    name="sentry",
    world=SentryWorld,
    routes=routes,
    keys=tuple(SentryKey),
    refusal=refusals.shape,
    headers=refusals.headers,
    malformed=400,
    furnishings=FURNISHINGS,
)
