"""Google's fake is as stubborn as its documents say."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import crypt, jwt

from sandbox import Sandbox, application
from sandbox.clock import SandboxClock
from sandbox.firebase.keys import AUDIENCE, FirebaseKey, key_of
from sandbox.firebase.project import Project
from sandbox.firebase.scenes import FLAG, PROJECT, packs
from sandbox.firebase.service import BY_REVISION, LATEST, Service
from sandbox.firebase.world import FirebaseWorld

SERVICE = f"/firebase/run/v2/projects/{PROJECT}/locations/us-central1/services/purchasepack"
CONFIG = f"/firebase/firebaseremoteconfig/v1/projects/{PROJECT}/remoteConfig"
RELEASES = f"/firebase/firebasehosting/v1beta1/sites/{PROJECT}/releases"
ENTRIES = "/firebase/logging/v2/entries:list"
ROLLOUTS = (
    f"/firebase/firebaseapphosting/v1/projects/{PROJECT}/locations/us-central1/backends/pack-admin/rollouts"
)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ON_LATEST = [{"type": LATEST, "percent": 100}]


@pytest.fixture
def sandbox() -> Sandbox:
    """Its time passes only where a test lets it: how long a test takes changes no minute's sum."""
    return Sandbox(
        packs, SandboxClock(datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1))
    )


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    return sandbox.of(FirebaseWorld).projects[PROJECT]


@pytest.fixture
def service(project: Project) -> Service:
    return project.services["us-central1/purchasepack"]


@pytest.fixture
async def google(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as client:
        client.headers["Authorization"] = f"Bearer {await token(client)}"
        client.headers["Accept-Encoding"] = "gzip"
        yield client


def assertion(key: str = FirebaseKey.ALL, **changed: Any) -> str:
    info, now = json.loads(key), int(time.time())
    claims = {"iss": info["client_email"], "scope": SCOPE, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
    signer = crypt.RSASigner.from_service_account_info(info)
    return str(jwt.encode(signer, {**claims, **changed}).decode())


async def exchange(client: httpx.AsyncClient, proof: str, grant: str = GRANT) -> httpx.Response:
    form = {"grant_type": grant, "assertion": proof}
    return await client.post("/firebase/oauth2/token", data=form)


async def token(client: httpx.AsyncClient, key: str = FirebaseKey.ALL) -> str:
    return str((await exchange(client, assertion(key))).json()["access_token"])


async def read(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(SERVICE)).json()
    return found


async def patch(client: httpx.AsyncClient, mask: str, **body: Any) -> httpx.Response:
    return await client.patch(SERVICE, params={"updateMask": mask}, json=body)


def by_another_key() -> str:
    made = rsa.generate_private_key(65537, 2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return assertion(key_of("stanch", made.private_bytes(*pem).decode()))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (by_another_key, "invalid_grant"),
        (lambda: assertion(aud="https://elsewhere.example/token"), "invalid_grant"),
        (lambda: assertion(iat=int(time.time()) - 7200, exp=int(time.time()) - 3600), "invalid_grant"),
        (lambda: assertion(exp=int(time.time()) + 7200), "invalid_grant"),
        (lambda: assertion(iss="nobody@elsewhere.example"), "invalid_grant"),
        (lambda: assertion(scope="openid"), "invalid_scope"),
    ],
)
async def test_only_a_fresh_proof_of_a_known_account_for_this_endpoint_gets_a_token(
    google: httpx.AsyncClient, make: Any, code: str
) -> None:
    refused = await exchange(google, make())

    assert (refused.status_code, refused.json()["error"]) == (400, code)


async def test_another_grant_gets_no_token(google: httpx.AsyncClient) -> None:
    refused = await exchange(google, assertion(), "password")

    assert refused.json()["error"] == "unsupported_grant_type"


async def test_a_token_is_of_an_hour_and_an_ended_one_is_refused(
    sandbox: Sandbox, google: httpx.AsyncClient
) -> None:
    given = (await exchange(google, assertion())).json()
    sandbox.of(FirebaseWorld).expire()

    refused = await google.get(SERVICE)

    assert (given["expires_in"], given["token_type"]) == (3599, "Bearer")
    assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_the_metadata_server_wants_its_header(google: httpx.AsyncClient) -> None:
    url = "/firebase/metadata/computeMetadata/v1/instance/service-accounts/default/token"

    without, given = await google.get(url), await google.get(url, headers={"Metadata-Flavor": "Google"})

    assert (without.status_code, given.status_code) == (403, 200)


async def test_an_account_that_may_only_read_cannot_change(
    google: httpx.AsyncClient, service: Service
) -> None:
    google.headers["Authorization"] = f"Bearer {await token(google, FirebaseKey.READ_ONLY)}"

    seen, refused = await google.get(SERVICE), await patch(google, "traffic", traffic=ON_LATEST)

    assert (seen.status_code, refused.status_code) == (200, 403)
    assert refused.json()["error"]["details"][0]["metadata"]["permission"] == "run.services.update"


async def test_an_account_of_another_project_sees_nothing(google: httpx.AsyncClient) -> None:
    google.headers["Authorization"] = f"Bearer {await token(google, FirebaseKey.ELSEWHERE)}"

    refused = [await google.get(path) for path in (SERVICE, CONFIG, RELEASES)]

    assert {one.status_code for one in refused} == {403}


async def test_traffic_moves_in_its_time_and_only_with_the_current_etag(
    sandbox: Sandbox, google: httpx.AsyncClient, service: Service
) -> None:
    before, good = await read(google), service.revisions[1].id
    traffic = [{"type": BY_REVISION, "revision": good, "percent": 100}]

    begun = await patch(google, "traffic", traffic=traffic, etag=before["etag"])
    stale = await patch(google, "traffic", traffic=ON_LATEST, etag=before["etag"])
    operation = f"/firebase/run/v2/{begun.json()['name']}"
    during, still = await read(google), (await google.get(operation)).json()
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))
    after, over = await read(google), (await google.get(operation)).json()

    assert (stale.status_code, stale.json()["error"]["status"]) == (409, "ABORTED")
    assert (during["reconciling"], during["observedGeneration"] != during["generation"]) == (True, True)
    assert (still["done"], over["done"], "error" in over) == (False, True, False)
    assert (after["reconciling"], after["trafficStatuses"][0]["revision"]) == (False, good)
    assert after["etag"] != before["etag"]


@pytest.mark.parametrize(
    "traffic",
    [
        [{"type": LATEST, "percent": 90}],
        [{"type": BY_REVISION, "revision": "purchasepack-00099-zzz", "percent": 100}],
    ],
)
async def test_traffic_must_add_up_and_name_revisions_that_exist(
    google: httpx.AsyncClient, traffic: list[dict[str, Any]]
) -> None:
    refused = await patch(google, "traffic", traffic=traffic)

    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


async def test_a_revision_without_its_image_ends_in_an_error_and_gets_no_visitors(
    sandbox: Sandbox, google: httpx.AsyncClient, service: Service
) -> None:
    bad, good, _ = service.revisions
    good.starts = False
    traffic = [{"type": BY_REVISION, "revision": good.id, "percent": 100}]

    begun = (await patch(google, "traffic", traffic=traffic)).json()["name"]
    sandbox.pass_time(timedelta(seconds=sandbox.pace.alias))

    after = await read(google)
    assert (await google.get(f"/firebase/run/v2/{begun}")).json()["error"]["code"] == 9
    assert (after["terminalCondition"]["state"], service.shares()) == ("CONDITION_FAILED", {bad.id: 100})


async def test_a_template_makes_a_revision_only_when_it_changes_or_is_forced(
    google: httpx.AsyncClient, service: Service
) -> None:
    template = (await read(google))["template"]
    template.pop("revision")

    await patch(google, "template", template=template)
    same = len(service.revisions)
    forced = {"updateMask": "template", "forceNewRevision": "true"}
    await google.patch(SERVICE, params=forced, json={"template": template})

    assert (same, len(service.revisions)) == (3, 4)


async def test_a_revisions_name_is_taken_once(google: httpx.AsyncClient) -> None:
    template = (await read(google))["template"]

    refused = await patch(google, "template", template=template)

    assert (refused.status_code, refused.json()["error"]["status"]) == (409, "ALREADY_EXISTS")


async def test_much_memory_takes_more_cpu_and_reserved_annotations_are_refused(
    google: httpx.AsyncClient,
) -> None:
    template = (await read(google))["template"]
    template["containers"][0]["resources"]["limits"]["memory"] = "8Gi"
    template.pop("revision")

    hungry = await patch(google, "template", template=template)
    reserved = await patch(google, "annotations", annotations={"run.googleapis.com/x": "y"})

    assert (hungry.status_code, reserved.status_code) == (400, 400)


async def test_an_unknown_field_of_the_mask_is_a_surprise(
    sandbox: Sandbox, google: httpx.AsyncClient
) -> None:
    refused = await patch(google, "ingress", ingress="INGRESS_TRAFFIC_ALL")

    assert refused.status_code == 400
    assert len(sandbox.ledger.unexpected) == 1


async def test_revisions_come_page_by_page(google: httpx.AsyncClient) -> None:
    first = (await google.get(f"{SERVICE}/revisions", params={"pageSize": 2})).json()
    second = (
        await google.get(f"{SERVICE}/revisions", params={"pageSize": 2, "pageToken": first["nextPageToken"]})
    ).json()

    assert (len(first["revisions"]), len(second["revisions"]), "nextPageToken" in second) == (2, 1, False)


async def test_a_deployment_that_goes_on_is_seen_at_the_function(
    sandbox: Sandbox, google: httpx.AsyncClient
) -> None:
    sandbox.of(FirebaseWorld).deploy("purchasePack", in_progress=True)
    path = f"projects/{PROJECT}/locations/us-central1/functions/purchasePack"

    function = (await google.get(f"/firebase/cloudfunctions/v2/{path}")).json()
    old = await google.get(f"/firebase/cloudfunctions/v1/{path}")

    assert (function["state"], function["environment"], old.status_code) == ("DEPLOYING", "GEN_2", 404)


async def test_a_template_of_flags_is_published_under_its_etag_only(
    sandbox: Sandbox, google: httpx.AsyncClient, project: Project
) -> None:
    first = await google.get(CONFIG)
    body = {name: part for name, part in first.json().items() if name != "version"}
    held = {"If-Match": first.headers["etag"]}

    published = await google.put(CONFIG, json=body, headers=held)
    stale = await google.put(CONFIG, json=body, headers=held)

    details = stale.json()["error"]["details"][0]
    assert (published.status_code, published.json()["version"]["versionNumber"]) == (200, "87")
    assert (stale.status_code, details["errorCode"]) == (412, "VERSION_MISMATCH")
    for etag in ({}, {"If-Match": "*"}):
        assert (await google.put(CONFIG, json=body, headers=etag)).status_code == 400
    assert len(sandbox.ledger.unexpected) == 2


async def test_the_etag_is_told_only_to_who_takes_gzip(google: httpx.AsyncClient) -> None:
    plain = await google.get(CONFIG, headers={"Accept-Encoding": "identity"})

    assert "etag" not in plain.headers


async def test_a_dry_run_publishes_nothing_and_its_etag_is_no_lock(
    sandbox: Sandbox, google: httpx.AsyncClient, project: Project
) -> None:
    first = await google.get(CONFIG)
    body = {name: part for name, part in first.json().items() if name != "version"}

    tried = await google.put(
        CONFIG, params={"validateOnly": "true"}, json=body, headers={"If-Match": first.headers["etag"]}
    )

    assert (tried.headers["etag"].endswith("-0"), project.templates["client"].editions[0].number) == (
        True,
        86,
    )
    assert sandbox.ledger.effects() == []


@pytest.mark.parametrize(
    "parameter",
    [
        {"defaultValue": {"value": True}},
        {"conditionalValues": {"android": {"value": "x"}}},
    ],
)
async def test_values_are_strings_and_conditions_are_defined(
    google: httpx.AsyncClient, parameter: dict[str, Any]
) -> None:
    held = {"If-Match": (await google.get(CONFIG)).headers["etag"]}

    refused = await google.put(CONFIG, json={"parameters": {FLAG: parameter}}, headers=held)

    assert (refused.status_code, "VALIDATION_ERROR" in refused.text) == (400, True)


async def test_versions_are_listed_and_one_can_stand_again(
    google: httpx.AsyncClient, project: Project
) -> None:
    listed = (await google.get(f"{CONFIG}:listVersions", params={"pageSize": 1})).json()

    back = await google.post(f"{CONFIG}:rollback", json={"versionNumber": "85"})

    assert [one["versionNumber"] for one in listed["versions"]] == ["86"]
    assert listed["nextPageToken"] == "1"
    assert (back.json()["version"]["updateType"], back.json()["version"]["rollbackSource"]) == (
        "ROLLBACK",
        "85",
    )


async def test_only_whole_versions_are_released_and_twice_is_twice(
    sandbox: Sandbox, google: httpx.AsyncClient, project: Project
) -> None:
    site = project.sites[PROJECT]
    oldest, middle, _ = site.versions
    site.versions[middle].status = "DELETED"
    name = {"versionName": f"sites/{PROJECT}/versions/{oldest}"}

    for _ in range(2):
        await google.post(RELEASES, params=name, json={"message": "INC-1"})
    refused = await google.post(
        RELEASES, params={"versionName": f"sites/{PROJECT}/versions/{middle}"}, json={}
    )

    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert [effect.marker for effect in sandbox.ledger.effects("firebase.release")] == ["INC-1", "INC-1"]
    assert site.live == oldest


async def test_a_rollout_asked_for_twice_is_one_and_its_name_is_taken(
    google: httpx.AsyncClient, project: Project
) -> None:
    backend = project.backends["us-central1/pack-admin"]
    body = {"build": f"{backend.name}/builds/build-2026-11-001"}
    asked = {"rolloutId": "mine", "requestId": "a"}

    first = await google.post(ROLLOUTS, params=asked, json=body)
    again = await google.post(ROLLOUTS, params=asked, json=body)
    other = await google.post(ROLLOUTS, params={**asked, "requestId": "b"}, json=body)

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert [one.id for one in backend.rollouts].count("mine") == 1


async def list_entries(google: httpx.AsyncClient, **body: Any) -> httpx.Response:
    asked = {"resourceNames": [f"projects/{PROJECT}"], "orderBy": "timestamp desc", **body}
    return await google.post(ENTRIES, json=asked)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", 13),
        ('severity>=ERROR AND "pack_purchase_failed"', 1),
        ('"critical_purchase_error" OR "pack_purchase_failed"', 13),
        ('resource.labels.service_name="another"', 0),
        ('(resource.type="cloud_function" OR resource.type="cloud_run_revision") AND textPayload:"ab1"', 3),
        ("severity=INFO", 0),
    ],
)
async def test_a_filter_lets_through_what_it_says(
    google: httpx.AsyncClient, written: str, found: int
) -> None:
    answer = (await list_entries(google, filter=written)).json()

    assert len(answer.get("entries", [])) == found


@pytest.mark.parametrize("written", ["severity>=", "(severity=ERROR", "a ~ b"])
async def test_a_filter_that_cannot_be_read_is_refused(google: httpx.AsyncClient, written: str) -> None:
    refused = await list_entries(google, filter=written)

    assert (refused.status_code, "Unparseable filter" in refused.text) == (400, True)


async def test_entries_come_page_by_page_newest_first(google: httpx.AsyncClient) -> None:
    first = (await list_entries(google, pageSize=8)).json()
    second = (await list_entries(google, pageSize=8, pageToken=first["nextPageToken"])).json()

    stamps = [one["timestamp"] for one in (*first["entries"], *second["entries"])]
    assert (len(stamps), stamps, "nextPageToken" in second) == (13, sorted(stamps, reverse=True), False)


async def test_a_late_line_is_not_there_before_it_arrived(
    sandbox: Sandbox, google: httpx.AsyncClient, service: Service
) -> None:
    service.journal.say("late", service.id, "r", late=timedelta(seconds=9))
    before = (await list_entries(google, filter='"late"')).json()
    sandbox.pass_time(timedelta(seconds=10))

    after = (await list_entries(google, filter='"late"')).json()

    assert (len(before.get("entries", [])), len(after["entries"])) == (0, 1)


async def failures(google: httpx.AsyncClient, now: datetime, minutes: int) -> list[int]:
    """Answers of 5xx by minute, as Cloud Monitoring shows them now, the oldest first."""
    asked = {
        "filter": 'metric.type="run.googleapis.com/request_count"'
        ' AND resource.labels.service_name="purchasepack" AND resource.labels.location="us-central1"',
        "interval.startTime": (now - timedelta(minutes=minutes)).isoformat(),
        "interval.endTime": now.isoformat(),
        "aggregation.alignmentPeriod": "60s",
        "aggregation.perSeriesAligner": "ALIGN_DELTA",
        "aggregation.crossSeriesReducer": "REDUCE_SUM",
        "aggregation.groupByFields": "metric.labels.response_code_class",
    }
    path = f"/firebase/monitoring/v3/projects/{PROJECT}/timeSeries"
    found = (await google.get(path, params=asked)).json().get("timeSeries", [])
    of_5xx = [one for one in found if one["metric"]["labels"]["response_code_class"] == "5xx"]
    points = [point for one in of_5xx for point in one["points"]]
    return [int(point["value"]["int64Value"]) for point in reversed(points)]


async def test_what_is_measured_follows_visitors_a_right_cure_shows_late_and_a_wrong_one_nowhere(
    sandbox: Sandbox, google: httpx.AsyncClient
) -> None:
    whole = sandbox.services["packs"].measure().requests
    sandbox.pass_time(timedelta(minutes=10))
    sandbox.of(FirebaseWorld).deploy("purchasePack", good=False)
    sandbox.pass_time(timedelta(minutes=10))
    wrong = await failures(google, sandbox.clock.now(), 7)
    sandbox.of(FirebaseWorld).deploy("purchasePack")
    sandbox.pass_time(timedelta(minutes=2))
    early = await failures(google, sandbox.clock.now(), 5)
    sandbox.pass_time(timedelta(minutes=3))

    late = await failures(google, sandbox.clock.now(), 5)

    assert wrong == [whole] * 4, "three minutes are not in yet"
    assert early == [whole] * 2, "all of them are of before the cure"
    assert sum(late) < whole / 10, "but for the moment that the cure itself took"


async def test_sixty_looks_a_minute_are_allowed(sandbox: Sandbox, google: httpx.AsyncClient) -> None:
    sandbox.enforce_rate_limits = True
    allowed = {(await list_entries(google)).status_code for _ in range(60)}

    refused = await list_entries(google)
    sandbox.pass_time(timedelta(minutes=1))
    again = await list_entries(google)

    assert (allowed, refused.status_code, again.status_code) == ({200}, 429, 200)
    assert "retry-after" not in refused.headers
    assert refused.json()["error"]["status"] == "RESOURCE_EXHAUSTED"


async def test_every_api_names_its_permission(google: httpx.AsyncClient) -> None:
    path = f"/firebase/cloudresourcemanager/v1/projects/{PROJECT}:testIamPermissions"

    held = (await google.post(path, json={"permissions": ["run.services.get", "run.services.update"]})).json()

    assert held == {"permissions": ["run.services.get", "run.services.update"]}
