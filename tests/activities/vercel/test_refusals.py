from datetime import timedelta

import pytest

from activities.converging import converge
from activities.vercel.client import Vercel
from activities.vercel.roll_back import RollBack
from sandbox.faults import Fault, Trouble
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.scenes import TEAM
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox
from stanch.errors import PolicyError, Rejected, Unauthorized, Unavailable
from stanch.model.change import Target
from tests.activities.vercel.deploying import carried_out, operations, planned, vercel_of


@pytest.mark.parametrize("key", [VercelKey.ELSEWHERE, "no-key-at-all"])
async def test_a_credential_that_does_not_reach_the_project_is_said_and_never_shown(
    sandbox: Sandbox, key: str
) -> None:
    vercel = vercel_of(sandbox, key)

    with pytest.raises(Unauthorized) as refused:
        await planned(RollBack(vercel))

    assert key not in str(refused.value)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_vercel_is_asked_again_when_it_says(
    sandbox: Sandbox, vercel: Vercel, status: int
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    sandbox.order(Fault(status=status, method="POST", headers={"Retry-After": "4"}))

    with pytest.raises(Unavailable) as refused:
        await converge(verb, change, set())

    assert refused.value.retry_after == timedelta(seconds=4)
    await carried_out(sandbox, verb, change)
    assert operations(sandbox) == ["vercel.rollback"]


async def test_a_plan_that_does_not_allow_it_is_no_matter_of_the_credential(
    sandbox: Sandbox, vercel: Vercel
) -> None:
    verb = RollBack(vercel)
    change = await planned(verb)
    said = {"error": {"code": "forbidden", "message": "Upgrade to Pro to roll back further"}}
    sandbox.order(Fault(status=403, method="POST", body=said))

    with pytest.raises(Rejected, match="Upgrade to Pro") as refused:
        await converge(verb, change, set())

    assert not isinstance(refused.value, Unauthorized)


async def test_garbage_is_no_reason_to_act(sandbox: Sandbox, vercel: Vercel) -> None:
    change = await planned(RollBack(vercel))
    sandbox.order(Fault(trouble=Trouble.GARBAGE, path="/v4/aliases"))

    with pytest.raises(Unavailable):
        await converge(RollBack(vercel), change, set())

    assert operations(sandbox) == []


async def test_empty_answers_are_no_reason_to_act(sandbox: Sandbox, vercel: Vercel) -> None:
    sandbox.order(Fault(trouble=Trouble.EMPTY_LIST, path="deployments", times=None))

    with pytest.raises(PolicyError):
        await planned(RollBack(vercel))


async def test_a_domain_of_another_project_is_refused(sandbox: Sandbox, vercel: Vercel) -> None:
    sandbox.of(VercelWorld).add("blog", TEAM, ["blog.example"]).aliases["blog.example"] = "dpl_blog"
    target = Target(provider="vercel", name="my-shop", at={"team": TEAM, "domain": "blog.example"})

    with pytest.raises(Rejected, match="belongs to another project"):
        await planned(RollBack(vercel), target=target)
