"""Where people are told, as `stanch.yaml` says it: each kind says what it needs, and nothing else."""

from collections.abc import Callable

import pytest

from stanch.errors import ConfigError
from stanch.model.channel import ChannelKind
from stanch.playbooks.book import Book
from tests.playbooks.shop import TEAM

MAIL = "{provider: email, from: stanch@shop.example, server: smtp.shop.example}"
NOTHING = "scenarios: {down: {opens_on: Down}}\n"


def written(channel: str) -> str:
    return TEAM.replace("  team: {webhook: env:TEAM}\n", f"  team: {channel}\n")


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("{events: [closed]}", "a channel has either webhook, or provider and where it is there"),
        ("{webhook: env:A, provider: slack}", "a channel has either webhook, or provider"),
        ("{provider: slack}", "a channel of slack says token, channel too"),
        ("{provider: email, from: a@shop.example}", "a channel of email says server too"),
        ("{provider: pagerduty, token: env:A, to: x}", "a channel of pagerduty takes no to; it takes token"),
        ("{webhook: env:A, token: env:B}", "a channel of webhook takes no token; it takes webhook, shape"),
        ("{provider: slak, channel: x, token: env:A}", "is none of the words that may stand here"),
        (MAIL.replace("}", ", username: stanch}"), "both username and password, or neither"),
        ("{provider: slack, channel: x, token: xoxb-1}", "a secret is written as a reference"),
        ("{webhook: env:A, colour: red}", "there is no such key"),
    ],
)
def test_what_is_wrong_with_a_channel_is_said_where_it_stands(
    load: Callable[..., Book], channel: str, words: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(NOTHING, written(channel))

    assert words in str(refused.value)
    assert "channels.team" in str(refused.value)
    assert "xoxb-1" not in str(refused.value)


def test_mail_that_may_reach_customers_hears_only_what_names_it(load: Callable[..., Book]) -> None:
    quiet = load(NOTHING, written(MAIL))
    asked = load(NOTHING, written(MAIL.replace("}", ", to: users@shop.example, events: [closed]}")))

    assert quiet.scenarios[0].tell == ()
    assert asked.scenarios[0].tell == ("team",)
    assert quiet.scenarios[0].speaks == {"team": ChannelKind.EMAIL}
    assert any("only what names it goes there" in str(remark) for remark in quiet.remarks)


def test_a_name_calls_a_person_a_role_or_everybody(load: Callable[..., Book]) -> None:
    team = load(NOTHING, TEAM).team

    assert team.called("everybody") == tuple(team.people)
    assert team.called("lead") == ("li",)
    assert team.called("li") == ("li",)
    assert team.called("status_page") == ()
