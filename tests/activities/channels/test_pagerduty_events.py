"""An incident at PagerDuty for each of ours."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from activities.channels import Channels
from sandbox import Fault, Sandbox
from sandbox.pagerduty.keys import ROUTING
from sandbox.pagerduty.world import PagerDutyWorld
from sandbox.server import serving
from stanch.errors import Rejected, Unavailable
from stanch.model.alert import Severity
from tests.activities.channels.telling import channels, message

NUMBER = "INC-20261121-7K3QXM"


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    sandbox = Sandbox()
    monkeypatch.setenv("TEST_PAGER", ROUTING)
    async with serving(sandbox) as url:
        monkeypatch.setenv("TEST_URL", url)
        yield sandbox


def pager() -> Channels:
    base = f"{os.environ['TEST_URL']}/pagerduty"
    return channels(pager={"provider": "pagerduty", "token": "env:TEST_PAGER", "base_url": base})


async def test_a_call_opens_one_there_that_is_acknowledged_and_resolved_with_ours(sandbox: Sandbox) -> None:
    to, world = pager(), sandbox.of(PagerDutyWorld)
    seen = []
    for kind in ("page", "escalation", "acknowledged", "closed"):
        await to.tell(message("pager", kind=kind, calls=("everybody",)))
        seen.append(world.event_state(NUMBER))

    assert seen == ["triggered", "triggered", "acknowledged", "resolved"]
    assert list(world.events) == [NUMBER]


async def test_what_calls_nobody_is_not_said_there(sandbox: Sandbox) -> None:
    await pager().tell(message("pager", kind="approval"))

    assert sandbox.of(PagerDutyWorld).events == {}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.HIGH, "error"),
        (Severity.MEDIUM, "warning"),
        (Severity.LOW, "info"),
    ],
)
async def test_how_grave_it_is_is_said_in_their_words(sandbox: Sandbox, ours: Severity, theirs: str) -> None:
    await pager().tell(message("pager", kind="page", severity=ours, calls=("tech-lead",)))

    (event,) = sandbox.of(PagerDutyWorld).events[NUMBER]
    assert event["payload"]["severity"] == theirs
    assert event["payload"]["custom_details"]["called"] == "tech-lead"


async def test_a_key_of_no_integration_is_never_tried_again_and_never_shown(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PAGER", "another-integration-key-0123456789")

    with pytest.raises(Rejected, match="Invalid routing key") as refused:
        await pager().tell(message("pager", kind="page"))

    assert "another-integration" not in str(refused.value)


async def test_too_many_events_are_sent_later(sandbox: Sandbox) -> None:
    sandbox.order(Fault(status=429, headers={"Retry-After": "9"}, path="/pagerduty/v2/enqueue"))

    with pytest.raises(Unavailable) as refused:
        await pager().tell(message("pager", kind="page"))

    assert refused.value.retry_after == timedelta(seconds=9)
