"""Each worker process works for what it is told, and refuses names under which nobody would."""

import pytest

from stanch.errors import ConfigError
from stanch.model.team import Team
from workers.wiring import chosen, named, queues_of

TEAM = Team.model_validate(
    {"providers": {"fly": {"token": "env:FLY"}, "vercel": {"token": "env:VERCEL"}}},
)


def test_without_a_word_everything_that_is_set_up_is_worked_for() -> None:
    assert chosen(TEAM) == ["home", "fly", "vercel"]


def test_a_worker_without_any_vendors_credential_is_called_home() -> None:
    queues = queues_of(TEAM, chosen(TEAM, ["home"]))

    assert {"stanch-tell", "stanch-probe", "stanch-status"} <= set(queues)
    assert {"stanch-fly", "stanch-vercel"}.isdisjoint(queues)


def test_all_but_one_may_be_worked_for() -> None:
    assert chosen(TEAM, but=["fly"]) == ["home", "vercel"]


def test_names_may_stand_apart() -> None:
    assert named("fly, vercel") == named("fly,vercel") == ["fly", "vercel"]


@pytest.mark.parametrize(
    ("only", "but", "said"),
    [
        (["flyy"], [], "there is no provider flyy to work for. Did you mean fly?"),
        ([], ["hom"], "there is no provider hom to work for. Did you mean home?"),
        (
            ["heroku"],
            [],
            "--only heroku: heroku is not set up here. Write providers: {heroku: {token: env:NAME}}",
        ),
        (["fly"], ["fly"], "leave nothing to work for"),
    ],
)
def test_a_name_that_nobody_would_work_under_is_refused(only: list[str], but: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        chosen(TEAM, only, but)

    assert said in str(refused.value)
