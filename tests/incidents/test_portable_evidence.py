"""Evidence that a playbook asks for without naming a vendor."""

import pytest
from books import ASKED_BACK, only
from stage import Stage

from sandbox.faults import Fault
from stanch.errors import PlaybookError
from stanch.model.incident import Phase

LATELY = "lately: {uses: recent, with: {within: 30m}}"
LINES = "lines: {uses: logs, with: {matching: ['unhandled exception'], within: 30m}}"
ALSO_ON_VERCEL = {
    "    runs_on: {{provider: fly, app: slurpy-backend}}\n": (
        "    runs_on: {{provider: fly, app: slurpy-backend}}\n"
        "    also_on: [{{provider: vercel, project: my-shop, team: team_sandbox, domain: shop.example}}]\n"
    )
}


async def test_what_was_changed_lately_is_asked_wherever_the_service_runs(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK, evidence=LATELY, look_at="lately"), changed=ALSO_ON_VERCEL)

    incident = await stage.open()
    view = await stage.until(incident, Phase.APPROVE)

    found = view.state.evidence["lately"].result or {}
    assert {one["where"] for one in found["happenings"]} == {"fly:slurpy-backend", "vercel:my-shop"}
    assert (found["deploys"], found["is_complete"]) == (2, True)


async def test_who_does_not_answer_is_named_and_the_others_count(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK, evidence=LATELY, look_at="lately"), changed=ALSO_ON_VERCEL)
    stage.sandbox.order(Fault(vendor="vercel", status=403, times=None))

    incident = await stage.open()
    view = await stage.until(incident, Phase.APPROVE)

    known = view.state.evidence["lately"]
    assert known.result is not None
    assert (known.result["deploys"], known.result["is_complete"]) == (1, False)
    assert "lately of vercel:my-shop" in known.line


async def test_lines_are_counted_where_the_service_runs(stage: Stage) -> None:
    stage.playbook(only(ASKED_BACK, evidence=LINES, look_at="lines"))

    incident = await stage.open()
    view = await stage.until(incident, Phase.APPROVE)

    known = view.state.evidence["lines"]
    assert known.uses == "fly.logs"
    assert (known.result or {})["count"] == 1


async def test_a_release_and_a_status_are_read_where_the_service_runs(stage: Stage) -> None:
    evidence = "release: {uses: releases}, copies: {uses: status, with: {within: 1h}}, keys: {uses: secrets}"
    option = "- {when: release.is_newest && copies.count >= 2, uses: fly.restart, approval: one}"
    stage.playbook(only(option, evidence=evidence, look_at="keys"))

    incident = await stage.open()
    view = await stage.until(incident, Phase.APPROVE)

    known = view.state.evidence
    assert [known[name].uses for name in ("release", "copies", "keys")] == [
        "fly.releases",
        "fly.status",
        "fly.secrets",
    ]
    assert (known["release"].result or {})["name"] == "v42"


def test_where_nothing_can_be_counted_the_playbook_is_refused(stage: Stage) -> None:
    nowhere = {"provider: fly, app: slurpy-backend": "provider: http, service: backend"}

    with pytest.raises(PlaybookError, match="logs is not known where backend runs"):
        stage.playbook(only(evidence=LINES), changed=nowhere)
