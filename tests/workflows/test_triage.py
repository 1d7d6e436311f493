"""Whether it is really so."""

from typing import Any

import pytest

from stanch.model.evidence import ExpressionVariable
from stanch.model.plan import Applied
from tests.policy.making import AT, MINUTE, check, pinned, planned
from tests.workflows.beside import Outside, incident
from workflows.phases import triage

OK = {"it.ok": ExpressionVariable(type="bool", path=("it", "ok"))}


@pytest.mark.parametrize(
    ("known", "healthy"),
    [
        ({}, True),
        ({"applied": (Applied(planned=planned(), at=AT),), "bad_since": AT - MINUTE}, False),
        ({"applied": (Applied(planned=planned(), at=AT - MINUTE),), "bad_since": AT}, True),
    ],
    ids=["nothing was changed", "something was changed", "it came back since it was changed"],
)
async def test_good_checks_confirm_no_alert_until_something_is_changed(
    known: dict[str, Any], healthy: bool
) -> None:
    memory = incident(Outside(reading={"ok": True}), pinned(checks=(check(variables=OK),)), **known)

    await triage.gather(memory)

    assert memory.state.healthy is healthy
