"""A team's channels, and messages to them, outside of any incident."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.channels import Channels
from stanch.model.alert import Severity
from stanch.model.message import Delivered, Message
from stanch.model.team import Team
from stanch.secrets import Redactor
from tests.policy.making import AT

PEOPLE = {
    "ana": {"roles": ["responder", "tech-lead"], "slack": "U01ANA", "email": "ana@team.example"},
    "li": {"roles": ["responder", "on-call"], "email": "li@team.example"},
    "sam": {"roles": ["responder"]},
}


ROTA = {"order": ["ana", "sam"], "hands_over": "Sat 04:00", "time_zone": "UTC", "begins": "2026-11-21"}
"""An hour after the usual message it is handed over to ana."""


def channels(
    messages: dict[str, str] | None = None, rota: Mapping[str, Any] | None = None, **written: Any
) -> Channels:
    """The channels of a team of three."""
    team = Team.model_validate({"people": PEOPLE, "channels": written, "on_call": rota})
    return Channels(team, Redactor(), messages or {})


def message(channel: str, number: int = 1, **changed: Any) -> Message:
    """One of several messages of one incident."""
    usual = {
        "channel": channel,
        "kind": "approval",
        "incident": "INC-20261121-7K3QXM",
        "service": "backend",
        "severity": Severity.CRITICAL,
        "headline": "P0: site-down on backend",
        "text": f"message {number}",
        "key": f"INC-20261121-7K3QXM/{channel}/{number}",
        "at": AT,
        "card": "phase: approve",
    }
    return Message.model_validate(usual | changed)


async def tell_again(to: Channels, said: Message) -> Delivered:
    """A later attempt at the same message, as Temporal makes it when no answer came."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=2)
    told: Delivered = await environment.run(to.tell, said)
    return told
