"""What only a project at Google can settle."""

import re

import httpx

from activities.firebase.client import REMOTE_CONFIG, Firebase
from activities.firebase.flags import path
from activities.firebase.target import project_of
from activities.open_questions import OpenQuestion, counted
from stanch.errors import Rejected
from stanch.model.change import Target

_BY_HAND = 'curl -s -H "Authorization: Bearer $(gcloud auth print-access-token)"'
_DIGEST = re.compile(r"[0-9a-f]{64}")


async def _digests(firebase: Firebase, target: Target) -> str:
    """How the images of the service's revisions are named, without what makes each its own."""
    function, service = await firebase.found(target)
    if function and function.first_generation:
        return "a 1st-generation function has no revisions"
    revisions = await firebase.revisions(service)
    digests = [
        _DIGEST.sub("DIGEST", str(one.get("imageDigest") or "not told"))
        for revision in revisions
        for one in revision.container_statuses
    ]
    without = sum(not revision.container_statuses for revision in revisions)
    return f"{len(revisions)} revisions, {without} without containerStatuses; imageDigest: {counted(digests)}"


async def _versions_for_servers(firebase: Firebase, target: Target) -> str:
    """Whether the versions of servers' Remote Config can be listed."""
    asked = f"{path(project_of(target), 'server')}:listVersions"
    try:
        answer = await firebase.get(REMOTE_CONFIG, asked, {"pageSize": 1})
    except Rejected as error:
        if error.status != httpx.codes.NOT_FOUND:
            raise
        return "answered 404"
    found = (answer.data or {}).get("versions") or []
    return f"answered {answer.status} with {'a version' if found else 'no version'}"


QUESTIONS = (
    OpenQuestion(
        "Does API v1 of Cloud Run list the services of every region under locations/-?",
        "It does, with the region under cloud.googleapis.com/location, as gcloud run services list has it",
        by_hand=f"{_BY_HAND} 'https://run.googleapis.com/v1/projects/PROJECT/locations/-/services?limit=1'",
    ),
    OpenQuestion(
        "Is a backend of App Hosting a Cloud Run service of its name, in its region?",
        "It is: `stanch init` then writes it once, as the backend",
        by_hand="gcloud run services list --project=PROJECT, beside firebase apphosting:backends:list",
    ),
    OpenQuestion(
        "Which form has imageDigest in containerStatuses of a revision?",
        "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/PACKAGE@sha256:DIGEST",
        _digests,
    ),
    OpenQuestion(
        "Can versions be listed under namespaces/firebase-server?",
        "As those of apps; 404 is taken for none",
        _versions_for_servers,
    ),
    OpenQuestion(
        "Is 404 certain for an image, by digest, that was deleted?",
        "It is: a revision whose image is not found is not gone back to",
        by_hand=f"{_BY_HAND} https://artifactregistry.googleapis.com/v1/projects/PROJECT/locations/REGION/"
        "repositories/REPOSITORY/packages/PACKAGE/versions/sha256:DIGEST",
    ),
    OpenQuestion(
        "Does a function's updateTime stand still while it is DEPLOYING?",
        "It does: what has been at it for two hours never ends",
        by_hand="gcloud functions describe NAME --gen2 --region REGION --format='value(state,updateTime)',"
        " twice during a deployment",
    ),
    OpenQuestion(
        "Are all points of a minute's request_count there after four minutes?",
        "They are: newer minutes are left out",
        by_hand=f"{_BY_HAND} 'https://monitoring.googleapis.com/v3/projects/PROJECT/timeSeries?filter=FILTER"
        "&interval.startTime=MINUTE&interval.endTime=MINUTE_AFTER&aggregation.perSeriesAligner=ALIGN_NONE',"
        " each minute for six",
    ),
    OpenQuestion(
        "Is a change of scaling alone refused with 409 where the service's template names its revision?",
        "It is not: only the scaling is sent, and the template stays as it is",
        by_hand=f"{_BY_HAND} -X PATCH -H 'Content-Type: application/json' -d BODY 'https://run.googleapis.com/"
        "v2/projects/PROJECT/locations/REGION/services/SERVICE?updateMask=MASK&validateOnly=true'",
    ),
)
