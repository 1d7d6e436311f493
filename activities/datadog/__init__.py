"""Datadog: metrics and logs, read."""

from datetime import UTC, datetime

from activities.datadog.client import PROVIDER, Datadog
from activities.datadog.logs import DatadogTarget, ReadLogs
from activities.datadog.metric import ReadMetric
from activities.integration import Credential, Integration, Proof
from activities.open_questions import OpenQuestion
from activities.portable.verbs import none_of
from stanch.errors import Unauthorized
from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.verb import TargetSpec

_ANY = "avg:system.cpu.idle{*}"


async def prove(datadog: Datadog, _: Target) -> Proof:
    """Both keys: the API key alone, then a query that takes the application key too."""
    if not await datadog.is_known():
        raise Unauthorized(PROVIDER, "the API key is not valid")
    await ReadMetric(datadog).read(Look(arguments={"query": _ANY}, as_of=datetime.now(UTC)))
    return Proof("both keys are accepted and metrics can be read; logs were not tried")


INTEGRATION = Integration(
    name="datadog",
    connect=Datadog.connect,
    settings=("site", "application_key"),
    readings=(ReadMetric, ReadLogs),
    target=TargetSpec(DatadogTarget, name="service"),
    vendor=True,
    credential=Credential(
        prove,
        made_by="Organization Settings, API Keys; application_key under Application Keys, with "
        "timeseries_query, logs_read_data and logs_read_index_data",
    ),
    offers_none=none_of("nothing of the service runs at Datadog"),
    questions=(
        OpenQuestion(
            "How late are metrics: when does a closed minute stop changing?",
            "A minute after it is over; where they are a cloud's own, later, as late_by says",
            by_hand='curl -s -H "DD-API-KEY: $API_KEY" -H "DD-APPLICATION-KEY: $APPLICATION_KEY"'
            " 'https://api.SITE/api/v1/query?from=MINUTE&to=MINUTE_AFTER&query=QUERY',"
            " 30, 60 and 120 s after the minute",
        ),
    ),
)
