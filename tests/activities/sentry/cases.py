"""Sentry's reading in the world it is tried in."""

from datetime import timedelta

from sandbox.sentry.keys import SentryKey
from sandbox.sentry.scenes import NEW, ORGANIZATION, PROJECT, slurpy
from stanch.model.change import Target
from tests.activities.contract.case import AT, ReadingCase

BACKEND = Target(
    provider="sentry", name=PROJECT, at={"organization": ORGANIZATION, "environment": "production"}
)

READINGS = (
    ReadingCase(
        name="sentry.issues",
        reading="sentry.issues",
        scene=slurpy,
        key=SentryKey.ALL,
        target=BACKEND,
        first_bad_at=AT - timedelta(minutes=4),
        sees=lambda it: (
            (it.count, it.new, it.events, it.is_new, it.title, it.culprit, it.release, it.at_least)
            == (2, 1, 11, True, NEW, "/chat", "slurpy-backend@42", False)
        ),
    ),
)
