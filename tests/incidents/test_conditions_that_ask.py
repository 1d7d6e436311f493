"""Who is asked, and how grave it is, by what was read."""

import pytest
from books import only
from stage import Stage, texts

from stanch.model.incident import Phase

STATUS = "release: {uses: fly.releases}, copies: {uses: fly.status}"


def restart(condition: str) -> str:
    return f'- {{uses: fly.restart, approval: {{who: one, nobody_if: "{condition}"}}}}'


async def test_nobody_is_asked_while_the_condition_is_true(stage: Stage) -> None:
    stage.playbook(only(restart("copies.count >= 2"), evidence=STATUS))
    stage.machines_are_well()

    incident = await stage.open()

    view = await stage.until(incident, Phase.VERIFY)
    assert "asks nobody: copies.count >= 2 (2)" in texts(view, "asks")


@pytest.mark.parametrize("condition", ["copies.count > 5", "change.is_instant"])
async def test_somebody_is_asked_while_it_is_false(stage: Stage, condition: str) -> None:
    stage.playbook(only(restart(condition), evidence=STATUS))

    incident = await stage.open()

    assert (await stage.until(incident, Phase.APPROVE)).state.plan


async def test_somebody_is_asked_where_it_cannot_be_decided(stage: Stage) -> None:
    evidence = f"{STATUS}, elsewhere: {{uses: fly.status, target: fly:nothing-there}}"
    stage.playbook(only(restart("elsewhere.count >= 2"), evidence=evidence), changed={})

    incident = await stage.open()

    assert (await stage.until(incident, Phase.APPROVE)).state.plan


async def test_the_first_severity_that_is_so_is_the_incidents(stage: Stage) -> None:
    severity = "{critical: copies.count > 5, high: copies.count >= 2, low: otherwise}"
    stage.playbook(only(restart("copies.count > 5"), evidence=STATUS, severity=severity))

    incident = await stage.open()

    view = await stage.until(incident, Phase.APPROVE)
    assert (view.state.label, view.state.severity) == ("high", "high")
    assert texts(view, "severity") == ["high: copies.count >= 2 (2)"]
