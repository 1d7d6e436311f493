"""Where a request goes, and with what, is the team's to say: no alert decides it, no secret is written."""

from collections.abc import Callable

import pytest

from stanch.playbooks.book import Book

WITH_DOOR = "    owners: [ana]\n    also_on: [{provider: http, service: door}]\n"


@pytest.fixture
def door(team: str) -> str:
    facts = "facts: {admin: https://door.shop.example, host: door.shop.example"
    return team.replace("    owners: [ana]\n", WITH_DOOR).replace("facts: {metrics:", f"{facts}, metrics:")


def call(url: str, more: str = "") -> str:
    return f'options: [{{uses: http.call, with: {{url: "{url}"{more}}}}}]'


@pytest.mark.parametrize(
    "url",
    [
        "${alert.labels['instance']}",
        "${alert.labels.instance}/drain",
        "https://${alert.labels.instance}/drain",
        "https://door.shop.example:${alert.labels.port}/drain",
        "https://${alert.name}@door.shop.example/drain",
        "https://door.shop.example${alert.labels.path}",
        "${alert.labels.scheme}://door.shop.example/",
        "https://${service.facts.host}.${alert.labels.zone}/drain",
        "${service.facts.admin}${alert.labels.path}",
    ],
)
def test_an_alert_never_decides_where_a_request_goes(
    complaint: Callable[..., str], door: str, url: str
) -> None:
    said = complaint(call(url), door)

    assert said.startswith("playbooks/slurpy.yaml:8: scenarios.site-down.options[0].with.url: ${")
    assert "would decide where this goes. Write scheme and host out, or take them from service.facts" in said


@pytest.mark.parametrize(
    "url",
    [
        "https://door.shop.example/drain/${alert.labels.instance}?by=${alert.name}",
        "${service.facts.admin}/drain/${alert.name}",
        "https://${service.facts.host}/drain?x=${alert.name}",
    ],
)
def test_behind_the_host_an_alert_may_stand(scenario: Callable[..., Book], door: str, url: str) -> None:
    assert scenario(call(url), door).scenarios[0].options[0].steps[0].arguments["url"] == url


def test_so_it_is_where_something_is_read(complaint: Callable[..., str]) -> None:
    said = complaint("evidence: {n: {uses: numbers.http, with: {url: 'https://${alert.labels.at}/m'}}}")

    assert "evidence.n.with.url: ${alert.labels.at} would decide where this goes" in said


@pytest.mark.parametrize(
    ("more", "name"),
    [
        (", json: {password: literal}", "password"),
        (", json: {deep: [{apiKey: literal}]}", "apiKey"),
        (", undo: {url: 'https://x.example/', json: {token: t}}", "token"),
    ],
)
def test_a_secret_written_into_a_body_is_refused(
    complaint: Callable[..., str], door: str, more: str, name: str
) -> None:
    told = complaint(call("https://door.shop.example/", more), door)

    assert f"{name} names a secret, and a body is shown and kept: send it as bearer instead" in told
    assert "literal" not in told


@pytest.mark.parametrize("query", ["token=abc", "a=1&api_key=abc", "sig=abc", "key=abc&x=${alert.name}"])
def test_a_secret_written_into_a_query_is_refused(
    complaint: Callable[..., str], door: str, query: str
) -> None:
    told = complaint(call(f"https://door.shop.example/drain?{query}"), door)

    assert "holds a secret in its query (" in told
    assert "abc" not in told


def test_a_flag_s_own_key_is_no_secret(scenario: Callable[..., Book], door: str) -> None:
    assert scenario(call("https://door.shop.example/", ", json: {key: checkout, value: 'off'}"), door)


@pytest.mark.parametrize(
    ("health", "said"),
    [
        ("api.shop.example/healthz", "write an address as https://host/path"),
        ("https://api.shop.example/healthz?key=abc", "holds a secret in its query (key)"),
        ("https://me:abc@api.shop.example/", "write an address as https://host/path, without user and"),
    ],
)
def test_what_is_wrong_with_a_health_address_is_said_where_it_stands(
    complaint: Callable[..., str], team: str, health: str, said: str
) -> None:
    wrong = team.replace("https://api.slurpy.example/healthz]", f"{health}]")

    told = complaint("options: []", wrong)

    assert told.startswith("stanch.yaml:7: services.backend.health[0]: ")
    assert said in told
    assert "abc" not in told
    assert len(told.splitlines()) == 1
