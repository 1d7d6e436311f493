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


WITH_AWS = Team.model_validate({"providers": {"aws": {}, "fly": {"token": "env:FLY"}}})


def test_what_uses_an_account_is_worked_for_wherever_the_account_is() -> None:
    assert chosen(WITH_AWS) == ["home", "aws", "rds", "elasticache", "fly"]
    assert chosen(WITH_AWS, ["aws"]) == ["aws", "rds", "elasticache"]
    assert chosen(WITH_AWS, but=["aws"]) == ["home", "fly"]
    assert queues_of(WITH_AWS, chosen(WITH_AWS, ["aws"])) == [
        "stanch-aws",
        "stanch-rds",
        "stanch-elasticache",
    ]


def test_nobody_works_for_a_part_of_an_account_alone() -> None:
    with pytest.raises(ConfigError, match="rds is worked for with the credential of aws: name aws"):
        chosen(WITH_AWS, ["rds"])


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
