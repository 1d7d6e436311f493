from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from activities.connection import Connection
from activities.converging import converge
from activities.http_call import INTEGRATION, CallArguments, CallEndpoint, EndpointCaller, StatusOnlyApi
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from sandbox import keys
from sandbox.app import application
from sandbox.faults import Fault, Trouble
from sandbox.server import serving
from sandbox.service import Ailment
from sandbox.world import Sandbox
from stanch.errors import ConfigError, Conflict, Moved, Rejected, Unauthorized, Unavailable
from stanch.model.change import Change, Delivery, PlanRequest, Target, UndoKind
from stanch.model.team import Provider
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
CLEAR = "http://sandbox.example/service/backend/admin/cache/clear"
SERVICE = Target(provider="http", name="backend")


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox.slurpy()
    made.services["backend"].ailments.add(Ailment.POISONED_CACHE)
    return made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    where = tmp_path / "admin"
    where.write_text(keys.SERVICE)
    return where


@pytest.fixture
def around(secret: Path) -> Surroundings:
    return Surroundings(Provider(), Redactor(), b"a key", {"admin": f"file:{secret}"})


def verb_of(app: Any, around: Surroundings) -> CallEndpoint:
    connection = Connection(transport=httpx.ASGITransport(app))
    return CallEndpoint(
        EndpointCaller(StatusOnlyApi("http", connection, around.redactor), TeamSecrets(around))
    )


@pytest.fixture
def verb(sandbox: Sandbox, around: Surroundings) -> CallEndpoint:
    return verb_of(application(sandbox), around)


def rotate(secret: Path) -> None:
    secret.write_text("another-secret-value")


async def planned(verb: CallEndpoint, **arguments: Any) -> Change:
    asked = {"url": CLEAR, "bearer": "admin", **arguments}
    change = await verb.plan(PlanRequest(target=SERVICE, arguments=asked, as_of=AT, marker="INC-1/1"))
    return Change.model_validate_json(change.model_dump_json())


def answering(status: int, seen: list[tuple[str, str, bytes]] | None = None, body: bytes = b"ok") -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if seen is not None:
            seen.append((scope["method"], scope["path"], (await receive())["body"]))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


async def test_a_call_is_made_over_a_real_socket_and_carries_its_marker(
    sandbox: Sandbox, around: Surroundings
) -> None:
    verb = CallEndpoint(INTEGRATION.connect(around))
    async with serving(sandbox) as base:
        change = await planned(verb, url=f"{base}/service/backend/admin/cache/clear")
        done: set[str] = set()
        await converge(verb, change, done)

    assert done == {"call"}
    assert [effect.marker for effect in sandbox.ledger.effects("service.admin")] == ["INC-1/1"]
    assert not sandbox.services["backend"].ailments


async def test_planning_sends_nothing_and_says_that_the_call_may_come_twice(
    sandbox: Sandbox, verb: CallEndpoint
) -> None:
    change = await planned(verb, json={"all": True})

    assert sandbox.ledger.requests == []
    assert change.delivery is Delivery.AT_LEAST_ONCE
    assert "sent again when its answer is lost" in change.effects[0]
    assert change.summary == f'POST {CLEAR} with {{"all":true}} for backend'
    assert change.undo.kind is UndoKind.NONE


async def test_a_call_that_is_done_is_not_made_again(sandbox: Sandbox, verb: CallEndpoint) -> None:
    change = await planned(verb)
    done: set[str] = set()
    await converge(verb, change, done)

    await converge(verb, change, done)

    assert len(sandbox.ledger.requests) == 1


async def test_a_call_whose_answer_is_lost_is_made_again_under_the_same_key(
    sandbox: Sandbox, verb: CallEndpoint
) -> None:
    change = await planned(verb)
    sandbox.order(Fault(trouble=Trouble.ANSWER_LOST, path="admin"))
    with pytest.raises(Unavailable):
        await converge(verb, change, set())

    await converge(verb, change, set())

    assert len(sandbox.ledger.requests) == 2
    assert len(sandbox.ledger.effects("service.admin")) == 1


async def test_a_secret_that_rotated_since_the_approval_stops_the_call(
    sandbox: Sandbox, verb: CallEndpoint, secret: Path
) -> None:
    change = await planned(verb)
    rotate(secret)

    with pytest.raises(Moved, match="admin has rotated"):
        await converge(verb, change, set())

    assert sandbox.ledger.requests == []


async def test_the_secret_is_in_no_plan_and_no_error(sandbox: Sandbox, around: Surroundings) -> None:
    verb = verb_of(answering(400, body=f"bad bearer {keys.SERVICE}".encode()), around)
    change = await planned(verb)

    with pytest.raises(Rejected) as refused:
        await converge(verb, change, set())

    assert keys.SERVICE not in change.model_dump_json() + str(refused.value)


async def test_a_secret_that_the_team_does_not_have_is_said_in_planning(verb: CallEndpoint) -> None:
    with pytest.raises(ConfigError, match=r"secrets\.pool is missing"):
        await planned(verb, bearer="pool")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_credential_is_said_once(sandbox: Sandbox, verb: CallEndpoint, status: int) -> None:
    sandbox.order(Fault(status=status))

    with pytest.raises(Unauthorized):
        await converge(verb, await planned(verb), set())


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_is_asked_again_when_it_says(
    sandbox: Sandbox, verb: CallEndpoint, status: int
) -> None:
    sandbox.order(Fault(status=status, headers={"Retry-After": "3"}))

    with pytest.raises(Unavailable) as refused:
        await converge(verb, await planned(verb), set())

    assert refused.value.retry_after == timedelta(seconds=3)


async def test_an_answer_that_is_no_json_is_good_enough(sandbox: Sandbox, verb: CallEndpoint) -> None:
    sandbox.order(Fault(trouble=Trouble.GARBAGE))
    done: set[str] = set()

    await converge(verb, await planned(verb), done)

    assert done == {"call"}


@pytest.mark.parametrize(("status", "expect"), [(404, [404]), (409, [200, 409]), (202, [202]), (204, [])])
async def test_an_expected_status_is_good(around: Surroundings, status: int, expect: list[int]) -> None:
    verb = verb_of(answering(status), around)
    done: set[str] = set()

    await converge(verb, await planned(verb, expect=expect), done)

    assert done == {"call"}


@pytest.mark.parametrize(
    ("status", "expect", "error"),
    [(200, [202], Rejected), (404, [410], Rejected), (409, [200], Conflict), (302, [], Rejected)],
)
async def test_any_other_status_is_not(
    around: Surroundings, status: int, expect: list[int], error: type[Exception]
) -> None:
    verb = verb_of(answering(status), around)

    with pytest.raises(error):
        await converge(verb, await planned(verb, expect=expect), set())


async def test_a_call_with_a_way_back_is_taken_back_by_it(around: Surroundings) -> None:
    seen: list[tuple[str, str, bytes]] = []
    verb = verb_of(answering(200, seen), around)
    back = {"method": "DELETE", "url": "http://sandbox.example/pause"}
    change = await planned(verb, url="http://sandbox.example/pause", json={"for": "10m"}, undo=back)
    await converge(verb, change, set())

    await converge(verb, change.undone(), set())

    assert change.undo.kind is UndoKind.COMPENSATES
    assert seen == [("POST", "/pause", b'{"for":"10m"}'), ("DELETE", "/pause", b"")]


async def test_what_is_sent_is_part_of_what_is_approved(verb: CallEndpoint) -> None:
    one, other = await planned(verb, json={"keys": 1}), await planned(verb, json={"keys": 2})

    assert one.digest != other.digest


@pytest.mark.parametrize(
    "written",
    [
        {"headers": {"Authorization": "Bearer abc"}},
        {"headers": {"x-api-key": "abc"}},
        {"headers": {"X-Note": "a\r\nb: c"}},
        {"headers": {"Idempotency-Key": "mine"}},
        {"url": "https://ana:pw@api.shop.example/"},
        {"method": "TRACE"},
        {"expect": [500]},
    ],
)
def test_a_credential_or_nonsense_in_a_playbook_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CallArguments.model_validate({"url": "https://api.shop.example/", **written})


async def test_without_idempotency_no_key_is_sent(around: Surroundings) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]))
        await answering(200)(scope, receive, send)

    verb = verb_of(app, around)
    await converge(verb, await planned(verb, idempotency=False, headers={"X-Note": "stanch"}), set())

    assert b"idempotency-key" not in seen[0]
    assert seen[0][b"x-note"] == b"stanch"
