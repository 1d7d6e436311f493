"""Sentry: the errors of a project, read."""

from datetime import UTC, datetime, timedelta

from activities.integration import Credential, Integration, Proof
from activities.portable.verbs import none_of
from activities.sentry.client import Sentry, SentryTarget
from activities.sentry.issues import ReadIssues
from stanch.model.change import Target
from stanch.model.verb import TargetSpec

_LOOKED_AT = timedelta(hours=1)


async def prove(sentry: Sentry, target: Target) -> Proof:
    """The open errors of the last hour. Sentry's answers do not say what a token may do (2026-11)."""
    now = datetime.now(UTC)
    found, whole = await sentry.issues(target, "is:unresolved", now - _LOOKED_AT, now)
    return Proof(f"{'' if whole else 'at least '}{len(found)} open issues of the last hour seen")


INTEGRATION = Integration(
    name="sentry",
    connect=Sentry.connect,
    settings=("region",),
    readings=(ReadIssues,),
    target=TargetSpec(SentryTarget, "project"),
    vendor=True,
    credential=Credential(
        prove, made_by="an internal integration with Issue & Event: Read, in the settings of the organization"
    ),
    offers_none=none_of("nothing of the service runs at Sentry"),
)
