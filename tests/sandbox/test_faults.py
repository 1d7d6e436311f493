import httpx
import pytest

from sandbox import Fault, Sandbox, Trouble
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld
from sandbox.server import serving

MACHINES = "/fly/v1/apps/slurpy-backend/machines"


def machine(sandbox: Sandbox) -> str:
    return f"{MACHINES}/{next(iter(sandbox.of(FlyWorld).apps['slurpy-backend'].machines))}"


async def test_a_status_strikes_the_calls_it_was_ordered_for_as_often_as_ordered(
    sandbox: Sandbox, fly: httpx.AsyncClient
) -> None:
    sandbox.order(Fault(vendor="fly", method="GET", path="/machines$", status=503, times=2, after=1))

    statuses = [(await fly.get(MACHINES)).status_code for _ in range(4)]
    other = (await fly.get("/service/backend/metrics.json")).status_code

    assert statuses == [200, 503, 503, 200]
    assert other == 200
    assert [seen.fault for seen in sandbox.ledger.requests] == ["", "status", "status", "", ""]


async def test_a_refusal_speaks_as_its_vendor_does(
    sandbox: Sandbox, fly: httpx.AsyncClient, vercel: httpx.AsyncClient
) -> None:
    sandbox.order(Fault(status=429, times=2))

    ours, theirs = await fly.get(MACHINES), await vercel.get("/vercel/v9/projects/my-shop")

    assert ours.json() == {"error": "rate limit exceeded"}
    assert "retry-after" not in ours.headers
    assert theirs.json()["error"]["code"] == "rate_limited"
    assert {"retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(
        theirs.headers
    )


async def test_garbage_and_empty_lists(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST))
    sandbox.order(Fault(trouble=Trouble.GARBAGE))

    empty, garbage = await fly.get(MACHINES), await fly.get(MACHINES)

    assert empty.json() == []
    with pytest.raises(ValueError, match="Expecting value"):
        garbage.json()


@pytest.mark.parametrize(("trouble", "done"), [(Trouble.RESET, 0), (Trouble.ANSWER_LOST, 1)])
async def test_in_process_a_broken_connection_is_a_read_error(
    sandbox: Sandbox, fly: httpx.AsyncClient, trouble: Trouble, done: int
) -> None:
    sandbox.order(Fault(trouble=trouble, method="POST"))

    with pytest.raises(httpx.ReadError):
        await fly.post(f"{machine(sandbox)}/restart")

    assert len(sandbox.ledger.effects("fly.restart_machine")) == done


@pytest.mark.parametrize(
    ("trouble", "seen", "done"),
    [
        (Trouble.RESET, httpx.ReadError, 0),
        (Trouble.ANSWER_LOST, httpx.ReadError, 1),
        (Trouble.TIMEOUT, httpx.ReadTimeout, 0),
        (Trouble.ANSWER_LATE, httpx.ReadTimeout, 1),
    ],
)
async def test_on_a_socket_the_client_sees_the_real_thing_and_the_next_call_works(
    sandbox: Sandbox, trouble: Trouble, seen: type[Exception], done: int
) -> None:
    sandbox.order(Fault(trouble=trouble, method="POST"))
    headers = {"Authorization": f"Bearer {FlyKey.ALL}"}

    async with (
        serving(sandbox) as url,
        httpx.AsyncClient(base_url=url, headers=headers, timeout=0.3) as client,
    ):
        with pytest.raises(seen):
            await client.post(f"{machine(sandbox)}/restart")
        effects = len(sandbox.ledger.effects("fly.restart_machine"))
        again = await client.post(f"{machine(sandbox)}/restart")

    assert (effects, again.status_code) == (done, 200)


async def test_unknown_calls_and_bodies_are_remembered(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    answers = [
        await fly.get("/fly/v1/nothing"),
        await fly.put(MACHINES),
        await fly.post(MACHINES, content=b"{"),
        await fly.post(MACHINES, json={"config": "small"}),
        await fly.get(MACHINES, params={"limit": "many"}),
        await fly.post(f"{MACHINES}/none/restart"),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 400, 422, 400, 404]
    assert [one.path for one in sandbox.ledger.unexpected] == ["/fly/v1/nothing", *[MACHINES] * 4]


async def test_credentials_are_not_kept(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    await fly.get(MACHINES)

    assert FlyKey.ALL not in str(sandbox.ledger.requests)
