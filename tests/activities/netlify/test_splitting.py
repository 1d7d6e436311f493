import pytest

from activities.netlify.stop_split_test import StopSplitTest
from sandbox.clock import SandboxClock
from sandbox.netlify.scenes import gitquest_split
from sandbox.world import Sandbox
from stanch.errors import PolicyError
from tests.activities.contract.case import AT
from tests.activities.netlify.publishing import carried_out, netlify_of, planned


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(gitquest_split, SandboxClock(AT))


async def test_nobody_gets_the_branch_any_more(sandbox: Sandbox) -> None:
    verb = StopSplitTest(netlify_of(sandbox))
    assert sandbox.services["frontend"].measure().error_rate == 0.5
    change = await planned(verb, name="checkout")

    await carried_out(sandbox, verb, change)

    assert sandbox.services["frontend"].measure().error_rate == 0
    assert "main 60, new-checkout 40" in change.summary


async def test_a_split_test_that_is_not_there_is_refused_with_those_that_are(sandbox: Sandbox) -> None:
    with pytest.raises(PolicyError, match="checkout") as refused:
        await planned(StopSplitTest(netlify_of(sandbox)), name="prices")

    assert refused.value.rule == "no-such-split-test"
