"""Firebase and Google Cloud: functions, Hosting and Remote Config read, rolled back, scaled and switched."""

from activities.firebase.answers import Service
from activities.firebase.client import IAM, OFF, RESOURCES, Firebase, Standing
from activities.firebase.cloud_run import ACT_AS
from activities.firebase.find import FINDER
from activities.firebase.flag_readings import ReadRemoteConfig
from activities.firebase.hosting_readings import ReadHosting, ReadRollouts
from activities.firebase.images import MEND, startable_before
from activities.firebase.logs import ReadLogs
from activities.firebase.measures import ReadMetrics
from activities.firebase.questions import QUESTIONS
from activities.firebase.readings import ReadReleases, ReadStatus
from activities.firebase.recent import ReadRecent
from activities.firebase.restart import Restart
from activities.firebase.roll_back import RollBack
from activities.firebase.roll_back_app_hosting import RollBackAppHosting
from activities.firebase.roll_back_hosting import RollBackHosting
from activities.firebase.scale import Scale
from activities.firebase.set_flag import SetFlag
from activities.firebase.set_secret import SetSecret, SetWebhookSecret
from activities.firebase.target import FirebaseTarget, project_of
from activities.google_credentials import keyless
from activities.integration import Credential, Integration, Proof
from stanch.errors import Rejected, Unauthorized
from stanch.model.change import Target
from stanch.model.verb import TargetSpec

_VERBS = (
    RollBack,
    RollBackHosting,
    RollBackAppHosting,
    Scale,
    Restart,
    SetFlag,
    SetSecret,
    SetWebhookSecret,
)
_READINGS = (
    ReadReleases,
    ReadStatus,
    ReadLogs,
    ReadMetrics,
    ReadRemoteConfig,
    ReadHosting,
    ReadRollouts,
    ReadRecent,
)
_PERMISSIONS = sorted({need for one in (*_VERBS, *_READINGS) for need in one.spec.needs})


async def prove(firebase: Firebase, target: Target) -> Proof:
    """The target itself, and which of the permissions that Stanch can use the account has in the project."""
    saw, runs_as = await _seen(firebase, target)
    path = f"v1/projects/{project_of(target)}:testIamPermissions"
    granted = await _granted(firebase, RESOURCES, path, _PERMISSIONS)
    if granted is None:
        return Proof(f"{saw}; its permissions are not told (the Cloud Resource Manager API is off)")
    if ACT_AS not in granted:
        # Mostly given on the account that a service runs as, of which a project knows nothing.
        there = await _may_act_as(firebase, runs_as)
        if there is None:
            saw = f"{saw}; whether it may act as {runs_as or 'the account that it runs as'} is not told"
        granted |= {ACT_AS} if there is None else there
    return Proof(f"{saw}; {len(granted)} of {len(_PERMISSIONS)} permissions", granted)


async def _may_act_as(firebase: Firebase, runs_as: str | None) -> frozenset[str] | None:
    """The right to act as that account, if it is there; None where Google does not tell."""
    if runs_as is None:
        return frozenset({ACT_AS})  # nothing runs there that somebody would have to act as
    path = f"v1/projects/-/serviceAccounts/{runs_as}:testIamPermissions"
    return await _granted(firebase, IAM, path, [ACT_AS]) if runs_as else None


async def _granted(firebase: Firebase, host: str, path: str, asked: list[str]) -> frozenset[str] | None:
    """Those of the asked-for permissions that the account has; None where the API is off."""
    try:
        answer = await firebase.ask("POST", host, path, json={"permissions": asked})
    except Rejected as error:
        if isinstance(error, Unauthorized) and OFF not in str(error):
            raise
        return None
    return frozenset(str(one) for one in (answer.data or {}).get("permissions") or [])


async def _seen(firebase: Firebase, target: Target) -> tuple[str, str | None]:
    """What is there, and the account that it runs as; None where nothing runs."""
    if target.at.get("function") or target.at.get("service"):
        function, service = await firebase.found(target)
        if function and function.first_generation:
            return f"1st-generation function {function.id} is {function.state}", None
        standing = await firebase.standing_of(service, function)
        said = f"{_serving(standing.service)}; {await _way_back(firebase, standing)}"
        return said, str(standing.service.template.get("serviceAccount") or "")
    await firebase.credentials.token()
    return f"the service account of {project_of(target)} gets tokens", None


def _serving(service: Service) -> str:
    return f"service {service.id} serves {service.latest_ready} as its latest ready revision"


async def _way_back(firebase: Firebase, standing: Standing) -> str:
    """What a rollback would find tonight."""
    goal = await startable_before(firebase, standing)
    found = f"{goal.revision.id} is there" if goal.revision else "there is no revision"
    gone = f"the images of {', '.join(goal.passed)} are deleted: {MEND}" if goal.passed else ""
    return "; ".join(filter(None, (f"{found} to go back to", gone, *goal.kept.effects("it"))))


INTEGRATION = Integration(
    name="firebase",
    connect=Firebase.connect,
    settings=("identity",),
    verbs=_VERBS,
    readings=_READINGS,
    target=TargetSpec(FirebaseTarget, "name"),
    vendor=True,
    credential=Credential(
        prove,
        keyless=keyless,
        made_by="gcloud iam service-accounts keys create, for an account with the roles run.developer,"
        " cloudfunctions.viewer, firebaseremoteconfig.admin, firebasehosting.admin, firebaseapphosting.admin,"
        " logging.viewer, monitoring.viewer, artifactregistry.reader,"
        " secretmanager.secretAccessor, secretmanager.secretVersionAdder and, on the account that {name} runs"
        " as, iam.serviceAccountUser",
    ),
    offers_none={
        "purge_cache": "Hosting purges its CDN at every release by itself",
        "run": "functions run no commands",
        "release_output": "functions have no release phase",
    },
    finder=FINDER,
    questions=QUESTIONS,
)
