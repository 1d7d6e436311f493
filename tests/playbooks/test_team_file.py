"""What is wrong in stanch.yaml, and how it is said."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.registry import catalogue
from stanch.errors import ConfigError, PlaybookError
from stanch.model.verb import Catalogue
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book, load_team, shipped

SECRET = "sk_live_51HxYzAbCdEf"


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str], str]:
    def said(text: str) -> str:
        (tmp_path / "stanch.yaml").write_text(text)
        with pytest.raises(ConfigError) as error:
            load_team(tmp_path / "stanch.yaml")
        whole = "".join(traceback.format_exception(error.value))
        assert SECRET not in whole
        assert error.value.__context__ is None
        return str(error.value).replace(f"{tmp_path}/", "")

    return said


def test_a_team_is_read(tmp_path: Path, team: str) -> None:
    (tmp_path / "stanch.yaml").write_text(team)

    found = load_team(tmp_path / "stanch.yaml")

    assert found.services["worker"].runs_on.fields == {"app": "slurpy-worker", "process_group": "jobs"}


def test_a_missing_file_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_team(tmp_path / "stanch.yaml")

    said = str(error.value)
    assert "stanch.yaml: there is no such file. Write one that names at least a service, such as:" in said
    (tmp_path / "stanch.yaml").write_text(said.partition("such as:\n")[2])
    assert list(load_team(tmp_path / "stanch.yaml").services) == ["backend"]
    assert load_book(tmp_path / "stanch.yaml", catalogue()).team.mode == "shadow"


@pytest.mark.parametrize(
    "text",
    [
        f"providers: {{fly: {{token: {SECRET}}}}}",
        f"providers: {{fly: {{api_key: {SECRET}}}}}",
        f"providers: {{aws: {{login: {{secret: {SECRET}}}}}}}",
        f"providers: {{fly: {SECRET}}}",
        f"secrets: {{a: {SECRET}}}",
        f"secrets: [{SECRET}]",
        f"sources: {{pager: {{token: [{SECRET}]}}}}",
        f"sources: {{pager: {{username: a, password: {SECRET}}}}}",
        f"people: {{ana: {{token: {SECRET}}}}}",
        f"channels: {{chat: {{webhook: https://hooks.example/{SECRET}}}}}",
        f"channels: {{chat: {{webhook: {{url: {SECRET}}}}}}}",
        f"temporal_door: {SECRET}",
        f"services: {{a: {{runs_on: {SECRET}}}}}",
        f"escalation: [{{after: {SECRET}, to: x}}]",
    ],
)
def test_a_secret_in_the_place_of_its_reference_is_never_shown(
    refused: Callable[[str], str], text: str
) -> None:
    assert refused(text).startswith("stanch.yaml:1: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "providers:\n  fly:\n    token: abc123",
            "stanch.yaml:3: providers.fly.token: a secret is written as a reference, env:NAME or file:/run/",
        ),
        ("servces: {}", "stanch.yaml:1: servces: there is no such key. Did you mean services?"),
        (
            "services:\n  a:\n    runs_on: {provider: fly}\n    limits:\n      max_cuont: 3",
            "stanch.yaml:5: services.a.limits.max_cuont: there is no such key. Did you mean max_count?",
        ),
        ("services: {a: {runs_on: {app: x}}}", "services.a.runs_on.provider: is missing"),
        ("services: {a: {}}", "services.a.runs_on: is missing"),
        ("temporal_door: maybe", "temporal_door: is none of the words that may stand here. It is one of off"),
        (
            "people: {ana: {roles: [aprover]}}",
            "people.ana.roles[0]: aprover gives no right; did you mean approver?",
        ),
        ("freezes: [{starts: 2026-12-24T00:00:00, ends: 2026-12-25T00:00:00, why: x}]", "with their offset"),
        (
            "weekly_freezes:\n  - {starts: Friday 16:00, ends: Mon 08:00, time_zone: UTC, why: x}",
            "stanch.yaml:2: weekly_freezes[0].starts: 'Friday 16:00' is no time of a week: write day, hour",
        ),
        (
            "weekly_freezes:\n  - {starts: Fri 16:00, ends: Mon 08:00, time_zone: Berlin, why: x}",
            "weekly_freezes[0].time_zone: no time zone is called 'Berlin': write its place, such as",
        ),
        (
            "weekly_freezes:\n  - {starts: Fri 16:00, ends: Fri 16:00, time_zone: UTC, why: x}",
            "weekly_freezes[0]: a freeze ends at another time than it starts",
        ),
        (
            "on_call:\n  order: [ana]\n  hands_over: Mon 09:00\n  time_zone: UTC\n  begins: 2026-12-01",
            "stanch.yaml:5: on_call.begins: is a Tue, and the hand-over is on Mon: write 2026-11-30 or",
        ),
        (
            "on_call:\n  order:\n    - ana\n    -\n  hands_over: Mon 09:00\n  time_zone: UTC",
            "stanch.yaml:4: on_call.order[1]: is empty",
        ),
        ("on_call: {order: [ana], hands_over: Mon 09:00, time_zone: UTC}", "on_call.begins: is missing"),
        ("sources: {pager: {}}", "sources.pager: give token, or username and password"),
        ("escalation: [{after: -5m, to: x}]", "escalation[0].after"),
        ("- a\n- b", "stanch.yaml:1: wants fields of its own"),
        ("just words", "stanch.yaml:1: wants fields of its own"),
    ],
)
def test_what_is_wrong_is_said_with_line_field_and_a_way_out(
    refused: Callable[[str], str], text: str, said: str
) -> None:
    assert said in refused(text)


def test_people_and_names_are_held_against_each_other(refused: Callable[[str], str]) -> None:
    said = refused(
        """
services:
  api: {runs_on: {provider: fly, app: a}, owners: [anna], aliases: [web]}
  web: {runs_on: {provider: fly, app: b}}
  shop: {runs_on: {provider: fly, app: b}, aliases: [WEB, store]}
people: {ana: {}}
"""
    )

    assert said.splitlines() == [
        "stanch.yaml:3: services.api.aliases[0]: web means web already. Remove one of them",
        "stanch.yaml:3: services.api.owners[0]: there is no person anna. Did you mean ana?",
        "stanch.yaml:5: services.shop.aliases[0]: WEB means web already. Remove one of them",
    ]


def test_a_rota_is_held_against_the_people_and_against_itself(refused: Callable[[str], str]) -> None:
    said = refused(
        """
people: {ana: {}, sam: {}}
on_call:
  order: [ana, sma, ""]
  hands_over: Mon 09:00
  time_zone: Europe/Berlin
  begins: 2026-11-30
  overrides:
    - {from: 2026-12-24T09:00:00Z, until: 2026-12-26T09:00:00Z, name: sam}
    - {from: 2026-12-26T09:00:00Z, until: 2026-12-28T09:00:00Z, name: ana}
    - {from: 2026-12-25T09:00:00Z, until: 2026-12-26T12:00:00Z, name: kim}
"""
    )

    twice = "stanch.yaml:11: on_call.overrides[2]: overrides"
    noon, morning = "2026-12-26T12:00:00+00:00", "2026-12-26T09:00:00+00:00"
    mend = "too. Let one begin where the other ends"
    assert said.splitlines() == [
        "stanch.yaml:4: on_call.order[1]: there is no person sma. Did you mean sam?",
        "stanch.yaml:4: on_call.order[2]: nobody would be on call. People are ana, sam",
        "stanch.yaml:11: on_call.overrides[2].name: there is no person kim. People are ana, sam",
        f"{twice}[0] holds from 2026-12-25T09:00:00+00:00 until {morning} {mend}",
        f"{twice}[1] holds from {morning} until {noon} {mend}",
    ]


def test_nobody_is_called_as_the_role_that_a_rota_gives(refused: Callable[[str], str]) -> None:
    rota = "{order: [on-call], hands_over: Mon 09:00, time_zone: UTC, begins: 2026-11-30}"

    assert "people.on-call: on-call is whoever the rota names" in refused(
        f"people: {{on-call: {{}}}}\non_call: {rota}"
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "provider: fly, app: slurpy-backend",
            "provider: flyy, app: a",
            "nothing can run on flyy. Did you mean fly?",
        ),
        (
            "app: slurpy-backend",
            "aap: a",
            "stanch.yaml:6: services.backend.runs_on.aap: there is no such key. Did",
        ),
        ("app: slurpy-backend", "app: [a]", "services.backend.runs_on.app: wants a text"),
    ],
)
def test_where_a_service_runs_is_held_against_its_provider(
    complaint: Callable[..., str], team: str, before: str, after: str, said: str
) -> None:
    assert said in complaint("options: []", team.replace(before, after))


def test_a_wrong_team_is_a_matter_of_configuration_and_a_wrong_playbook_one_of_playbooks(
    book_of: Callable[..., Book], team: str, usual: str
) -> None:
    with pytest.raises(ConfigError) as configuration:
        book_of(usual, team.replace("app: slurpy-backend", "aap: x"))
    with pytest.raises(PlaybookError):
        book_of(usual + "    moed: auto", team.replace("owners: [ana]", "owners: [anna]"))

    assert type(configuration.value) is ConfigError


def test_a_pattern_that_matches_no_file_says_how_to_begin(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "stanch.yaml").write_text("playbooks: [plays/*.yaml, 'library:slurp', a.yaml]")

    with pytest.raises(ConfigError) as error:
        load_book(tmp_path / "stanch.yaml", catalogue)

    assert "playbooks[0]: no file matches plays/*.yaml. Write a playbook there, or begin with" in str(
        error.value
    )
    assert "playbooks[1]: no playbook slurp ships with Stanch. Did you mean slurpy?" in str(error.value)


def test_playbooks_are_found_in_folders_with_any_name_and_each_once(
    tmp_path: Path, catalogue: Catalogue, team: str, usual: str
) -> None:
    folder = tmp_path / "the [new] ones"
    folder.mkdir()
    (tmp_path / "b.yaml").write_text(usual)
    (folder / "a.yaml").write_text(usual)
    (folder / "stanch.yaml").write_text(team + f"playbooks: [a.yaml, '*.yml', {tmp_path}/*.yaml, '?.yaml']")
    (folder / "c.yml").write_text(usual)

    found = load_book(folder / "stanch.yaml", catalogue).scenarios

    assert [pinned.playbook for pinned in found] == ["a", "c", "b"]


def test_two_playbooks_of_one_name_are_refused(
    tmp_path: Path, catalogue: Catalogue, team: str, usual: str
) -> None:
    for name in ("a.yaml", "a.yml"):
        (tmp_path / name).write_text(usual)
    (tmp_path / "stanch.yaml").write_text(team + "playbooks: [a.yaml, a.yml]")

    with pytest.raises(ConfigError, match="have one name"):
        load_book(tmp_path / "stanch.yaml", catalogue)


def test_a_playbook_that_ships_with_stanch_is_taken_by_its_name(
    tmp_path: Path, catalogue: Catalogue, team: str
) -> None:
    (tmp_path / "stanch.yaml").write_text(team + "playbooks: ['library:slurpy']")

    with pytest.raises(ConfigError) as error:  # of another team
        load_book(tmp_path / "stanch.yaml", catalogue)

    assert str(shipped("slurpy") / "slurpy.yaml") in str(error.value)
