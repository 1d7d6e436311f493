import pytest

from activities.cloudflare import INTEGRATION, prove
from activities.cloudflare.client import Cloudflare, CloudflareTarget
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.cloudflare.scenes import ACCOUNT, ZONE
from sandbox.faults import Fault, Trouble
from sandbox.world import Sandbox
from stanch.errors import Rejected, Unauthorized, Unavailable
from tests.activities.cloudflare.cases import PITCHEY
from tests.activities.cloudflare.working import cloudflare_of, saying


def envelope(code: int, message: str = "no") -> dict[str, object]:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


async def test_a_good_status_with_success_false_is_a_refusal_that_names_its_code() -> None:
    cloudflare = saying(200, envelope(10007, "This Worker does not exist on your account."))

    with pytest.raises(Rejected, match=r"\[10007\] This Worker does not exist"):
        await cloudflare.deployments(PITCHEY)


@pytest.mark.parametrize("body", [[], {"result": {"deployments": []}}, "fine"])
async def test_an_answer_without_the_envelope_is_not_cloudflares(body: object) -> None:
    with pytest.raises(Unavailable, match="without its envelope"):
        await saying(200, body).deployments(PITCHEY)


@pytest.mark.parametrize("status", range(520, 528))
async def test_cloudflares_own_edge_in_trouble_passes(status: int) -> None:
    with pytest.raises(Unavailable, match=str(status)):
        await saying(status, "error code", "text/plain").deployments(PITCHEY)


@pytest.mark.parametrize("code", [6003, 9109, 10000])
async def test_a_refused_token_is_known_by_its_code_whatever_the_status_is(code: int) -> None:
    with pytest.raises(Unauthorized, match="400"):
        await saying(400, envelope(code)).deployments(PITCHEY)


@pytest.mark.parametrize("code", [10013, 10429])
async def test_a_busy_vendor_is_known_by_its_code_where_the_status_says_nothing(code: int) -> None:
    with pytest.raises(Unavailable):
        await saying(200, envelope(code)).deployments(PITCHEY)


async def test_a_refusal_without_an_envelope_is_shown_as_it_is() -> None:
    with pytest.raises(Rejected, match="error code: 1015"):
        await saying(400, "error code: 1015", "text/plain").deployments(PITCHEY)


async def test_an_envelope_of_an_odd_shape_is_shown_as_it_is() -> None:
    with pytest.raises(Rejected, match="errors"):
        await saying(400, {"success": False, "errors": "many"}).deployments(PITCHEY)


async def test_a_worker_without_deployments_is_said() -> None:
    body = {"success": True, "errors": [], "messages": [], "result": {"deployments": []}}

    with pytest.raises(Rejected, match="has no deployment"):
        await saying(200, body).deployments(PITCHEY)


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "accounts/a/workers/scripts/s/deployments", "Workers Scripts:Read"),
        ("POST", "accounts/a/workers/scripts/s/deployments", "Workers Scripts:Edit"),
        ("POST", "accounts/a/workers/observability/telemetry/query", "Workers Observability:Read"),
        ("PUT", "accounts/a/storage/kv/namespaces/n/values/k", "Workers KV Storage:Edit"),
        ("PATCH", "accounts/a/hyperdrive/configs/c", "Hyperdrive:Edit"),
        ("DELETE", "zones/z/firewall/access_rules/rules/r", "Firewall Services:Edit"),
        ("POST", "zones/z/purge_cache", "Cache Purge"),
    ],
)
async def test_a_refusal_names_the_permission_that_the_call_takes(
    method: str, path: str, permission: str
) -> None:
    with pytest.raises(Unauthorized) as refused:
        await saying(403, envelope(10000, "Authentication error")).result(method, path)

    assert str(refused.value).endswith(f"Authentication error; the token needs {permission}")


async def test_a_users_token_is_proved_by_itself_and_by_the_worker(cloudflare: Cloudflare) -> None:
    proof = await prove(cloudflare, PITCHEY)

    assert "the token is active; live is version 12" in proof.saw
    assert proof.granted is None


async def test_a_token_that_the_account_owns_is_verified_at_the_account(sandbox: Sandbox) -> None:
    proof = await prove(cloudflare_of(sandbox, CloudflareKey.OF_THE_ACCOUNT), PITCHEY)

    assert "active until 2027-01-01" in proof.saw


async def test_a_token_of_nobody_is_refused_after_both_were_asked(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized, match="401"):
        await prove(cloudflare_of(sandbox, "something else"), PITCHEY)


async def test_a_token_of_another_account_reaches_no_worker_here(sandbox: Sandbox) -> None:
    with pytest.raises(Unauthorized, match="403"):
        await prove(cloudflare_of(sandbox, CloudflareKey.ELSEWHERE), PITCHEY)


async def test_a_token_that_was_switched_off_proves_nothing(sandbox: Sandbox) -> None:
    body = {"success": True, "errors": [], "messages": [], "result": {"id": "t1", "status": "disabled"}}

    with pytest.raises(Unauthorized, match="the token is disabled"):
        await prove(saying(200, body), PITCHEY)


async def test_a_token_is_not_proved_while_cloudflare_does_not_answer(
    sandbox: Sandbox, cloudflare: Cloudflare
) -> None:
    sandbox.order(Fault(trouble=Trouble.TIMEOUT, path="/verify"))

    with pytest.raises(Unavailable):
        await prove(cloudflare, PITCHEY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"worker": "Pitchey", "account": ACCOUNT},
        {"worker": "pitchey/../other", "account": ACCOUNT},
        {"worker": "pitchey", "account": "my account"},
        {"worker": "pitchey", "account": ACCOUNT, "zone": "pitchey.example"},
    ],
)
def test_a_target_is_a_name_and_identifiers(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="pattern"):
        CloudflareTarget(**wrong)


def test_a_worker_of_a_wrangler_environment_is_a_script_of_its_own() -> None:
    target = CloudflareTarget(worker="pitchey-production", account=ACCOUNT, zone=ZONE)

    assert target.worker == "pitchey-production"


def test_the_vendors_limit_is_kept_by_all_workers_together() -> None:
    requests_of_an_activity, allowed, within = 4, 1200, 300

    assert INTEGRATION.per_second is not None
    assert INTEGRATION.per_second * requests_of_an_activity * within <= allowed
