"""What people ask for by its name: a scenario that may be opened by hand, a command of a playbook."""

import httpx
import pytest

from tests.gateway.doubles import FakeControl

BACK = "/scenarios/back"


async def test_a_scenario_is_opened_with_what_was_chosen_and_by_whom(
    ana: httpx.AsyncClient, control: FakeControl
) -> None:
    answer = await ana.post(BACK, json={"with": {"app": "blue"}})

    assert (answer.status_code, set(answer.json())) == (202, {"incident"})
    (group,) = control.taken
    assert group.key == "incident-backend"
    assert (group.pinned.scenario, group.pinned.asked, group.pinned.asked_by) == (
        "back", {"app": "blue"}, "ana",
    )  # fmt: skip
    assert [(alert.source, alert.firing, alert.summary) for alert in group.alerts] == [
        ("asked", True, "asked by ana: app=blue")
    ]


@pytest.mark.parametrize("chosen", [{}, {"code": "502"}])
async def test_what_is_chosen_from_a_list_that_has_to_be_read_is_held_against_it_later(
    ana: httpx.AsyncClient, control: FakeControl, chosen: dict[str, str]
) -> None:
    answer = await ana.post("/scenarios/put-back", json={"with": chosen})

    assert answer.status_code == 202
    (group,) = control.taken
    assert group.pinned.asked == chosen


async def test_a_command_is_an_incident_of_its_own(ana: httpx.AsyncClient, control: FakeControl) -> None:
    answer = await ana.post("/commands/restart-all")

    assert answer.status_code == 202
    (group,) = control.taken
    assert group.key.startswith("incident-backend-restart-all-")
    (option,) = group.pinned.options
    assert [step.target.name for step in option.steps] == ["slurpy-backend", "slurpy-worker"]


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (BACK, {}, "app"),
        (BACK, {"with": {"app": "red"}}, "blue, green"),
        (BACK, {"with": {"app": "blue", "region": "x"}}, "region"),
        ("/scenarios/bakc", {}, "Did you mean back?"),
        ("/scenarios/down", {}, "asked: true"),
        ("/commands/restart", {}, "Did you mean restart-all?"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_what_can(
    ana: httpx.AsyncClient, control: FakeControl, path: str, body: dict[str, object], words: str
) -> None:
    answer = await ana.post(path, json=body)

    assert answer.status_code == 422
    assert words in answer.json()["error"]["message"]
    assert control.taken == []


@pytest.mark.parametrize("path", [BACK, "/commands/restart-all"])
async def test_who_may_not_ask_for_a_change_may_not_ask_for_this(
    li: httpx.AsyncClient, control: FakeControl, path: str
) -> None:
    answer = await li.post(path, json={"with": {"app": "blue"}} if path == BACK else {})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "role-missing")
    assert control.taken == []
