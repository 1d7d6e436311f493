"""What an incident runs by, once a playbook is resolved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.registry import catalogue
from stanch.errors import PlaybookError
from stanch.model.alert import Severity
from stanch.model.change import Target
from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Asking, Pinned
from stanch.model.verb import Approval, AutomationMode, NoHelp
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from stanch.policy import facts
from stanch.policy.conditions import Truth, evaluate
from stanch.policy.templates import render_all

BACKEND = Target(provider="fly", name="slurpy-backend")
WORKER = Target(provider="fly", name="slurpy-worker", at={"process_group": "jobs"})
BOX = Target(provider="box", name="web-1", at={"region": "ord", "safe": "false"})


@pytest.fixture
def pinned(scenario: Callable[..., Book]) -> Callable[..., Pinned]:
    return lambda lines, *team: scenario(lines, *team).scenarios[0]


def test_a_label_of_the_team_becomes_a_rank(pinned: Callable[..., Pinned]) -> None:
    found = pinned("options: []")

    assert (found.severity, found.severities["P2"]) == (Severity.CRITICAL, Severity.MEDIUM)


def test_the_team_s_rules_travel_with_the_scenario(pinned: Callable[..., Pinned]) -> None:
    found = pinned("options: []")

    assert found.service.owners == ("ana",)
    assert found.tell == ("chat",)
    assert found.ui_roles == ("responder",)
    assert [rung.to for rung in found.escalation] == ["tech-lead"]
    assert found.freezes[0].starts == datetime(2026, 12, 24, tzinfo=UTC)


def test_a_door_that_is_off_has_no_roles(pinned: Callable[..., Pinned], team: str) -> None:
    assert pinned("options: []", team + "temporal_door: off\n").ui_roles == ()


def test_a_playbook_s_own_ladder_goes_before_the_team_s(book_of: Callable[..., Book], usual: str) -> None:
    own = "{rank: critical, escalate: [{after: 1h, to: CTO}]}"
    found = book_of(usual.replace("P0: critical", f"P0: {own}")).scenarios[0]

    assert [(rung.after, rung.to) for rung in found.escalation] == [(timedelta(hours=1), "CTO")]


@pytest.mark.parametrize(
    ("reading", "target"),
    [
        ("{uses: fly.status}", BACKEND),
        ("{uses: fly.status, target: worker}", WORKER),
        ("{uses: fly.status, target: fly:slurpy-worker}", WORKER),
        ("{uses: fly.status, target: fly:elsewhere}", Target(provider="fly", name="elsewhere")),
        ("{uses: box.state, target: frontend}", BOX),
        ("{uses: status.page, with: {page: fly}}", None),
    ],
)
def test_a_reading_looks_at_the_service_s_own_target_unless_another_is_written(
    pinned: Callable[..., Pinned], reading: str, target: Target | None
) -> None:
    assert pinned(f"evidence: {{a: {reading}}}\nlook_at: a").evidence[0].target == target


def test_a_service_that_also_runs_elsewhere_is_found_there(pinned: Callable[..., Pinned], team: str) -> None:
    both = team.replace("    owners: [ana]\n", "    also_on: [{provider: box, box: cache-1}]\n")

    found = pinned("options: [{uses: box.tune}]", both)

    assert found.options[0].steps[0].target == Target(provider="box", name="cache-1", at={"safe": "false"})
    assert found.service.target == BACKEND


LOG = """    also_on:
      - {provider: http, service: door}
      - {provider: logfile, url: https://logs.example/app.log}
"""
FLY = "{provider: fly, app: slurpy-frontend}"


@pytest.mark.parametrize(("uses", "read_at"), [("logs", "logfile"), ("fly.logs", "fly")])
def test_logs_are_read_where_they_are_gathered_before_where_the_service_runs(
    tmp_path: Path, team: str, usual: str, uses: str, read_at: str
) -> None:
    on_fly = team.replace("{provider: box, box: web-1, region: ord}", FLY)
    gathered = on_fly.replace("    owners: [ana]\n", LOG)
    (tmp_path / "stanch.yaml").write_text(gathered)
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "a.yaml").write_text(
        f"{usual}    look_at: lines\n    evidence: {{lines: {{uses: {uses}}}}}\n"
    )

    (reading,) = load_book(tmp_path / "stanch.yaml", catalogue()).scenarios[0].evidence

    assert reading.uses == f"{read_at}.logs"
    assert reading.target
    assert reading.target.provider == read_at


@pytest.mark.parametrize(
    ("reading", "urls"),
    [
        ("{uses: probe}", ["https://api.slurpy.example/healthz"]),
        ("{uses: probe, target: frontend}", ["https://www.slurpy.example"]),
        ("{uses: probe, with: {urls: [https://x.example]}}", ["https://x.example"]),
    ],
)
def test_a_probe_takes_the_service_s_addresses_unless_others_are_written(
    pinned: Callable[..., Pinned], reading: str, urls: list[str]
) -> None:
    found = pinned(f"evidence: {{a: {reading}}}\nlook_at: a\nverify: {reading}")

    assert found.evidence[0].arguments["urls"] == urls
    assert found.checks[0].arguments["urls"] == urls


def test_a_probe_of_one_address_is_of_no_other(pinned: Callable[..., Pinned]) -> None:
    asked = (
        "{url: https://x.example/hook, method: POST, json: {type: a}, expect: [401, 4xx], pick: {db: a.b}}"
    )

    found = pinned(f"look_at: a\nevidence: {{a: {{uses: probe, with: {asked}}}}}")

    assert found.evidence[0].arguments == {
        "url": "https://x.example/hook",
        "method": "POST",
        "json": {"type": "a"},
        "expect": [401, "4xx"],
        "pick": {"db": "a.b"},
    }


def test_without_checks_the_service_s_addresses_are_probed(pinned: Callable[..., Pinned]) -> None:
    (check,) = pinned("options: []").checks

    assert (check.uses, check.good_when) == ("probe", "!it.failing && !it.is_slow")
    assert check.variables == {
        f"it.{name}": ExpressionVariable(type="bool", path=("it", name)) for name in ("failing", "is_slow")
    }


def test_a_service_without_addresses_has_no_check(book_of: Callable[..., Book], usual: str) -> None:
    assert book_of(usual.replace("backend", "worker")).scenarios[0].checks == ()


def test_a_check_may_speak_of_the_service_whose_facts_are_settled_while_loading(
    pinned: Callable[..., Pinned],
) -> None:
    (check,) = pinned(
        """
        verify:
          uses: numbers.http
          with: {url: "${service.facts.metrics}?of=${service.name}"}
          good_when: it.share < 0.05 && it.slowest < duration("2s") && it.age < duration("1m")
        """
    ).checks

    assert check.arguments == {"url": "https://api.slurpy.example/metrics?of=backend"}
    assert check.variables["it.age"] == ExpressionVariable(type="duration", path=("it", "seen_at"), age=True)
    assert sorted(check.variables) == ["it.age", "it.share", "it.slowest"]


def test_variables_are_those_that_are_spoken_of_and_those_that_always_exist(
    pinned: Callable[..., Pinned],
) -> None:
    found = pinned(
        """
        evidence: {release: {uses: fly.releases}, machines: {uses: fly.status}}
        options:
          - {when: "release.known && release.age < alert.age", uses: fly.restart}
          - uses: box.tune_fly
            with: {size: "${was.size + machines.count}"}
        """
    )

    assert found.variables["release.age"] == ExpressionVariable(
        type="duration", path=("release", "finished_at"), age=True
    )
    assert found.variables["release.known"] == ExpressionVariable(type="bool", path=("release", "known"))
    assert sorted(name for name in found.variables if name.split(".")[0] not in ("alert", "service")) == [
        "machines.count",
        "release.age",
        "release.known",
    ]
    assert "was.size" not in found.variables
    assert found.variables["alert.firing_count"].type == "int"


def test_what_is_pinned_is_all_that_an_incident_needs_to_decide(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        evidence: {release: {uses: fly.releases}, machines: {uses: fly.status}}
        options:
          - when: release.age < duration("2h") && alert.labels["tier"] == "web"
            uses: fly.scale
            with: {count: "${machines.count + 2}"}
        """
    )
    travelled = Pinned.model_validate_json(found.model_dump_json())
    now = datetime(2026, 11, 21, 8, tzinfo=UTC)
    sources = {
        "release": {"finished_at": "2026-11-21T07:00:00Z"},
        "machines": {"count": 2},
        "alert": {"labels": {"tier": "web"}},
    }
    known = facts.facts_of(travelled.variables, sources, now)
    words = facts.declared(travelled.variables)

    said = evaluate(travelled.options[0].when, words, known)
    rendered = render_all(travelled.options[0].steps[0].arguments, words, known)

    assert said.truth is Truth.TRUE
    assert rendered == {"count": 4}


def test_what_goes_without_saying_does_not_travel(pinned: Callable[..., Pinned]) -> None:
    found = pinned("options: [{uses: fly.restart}]")

    text = found.model_dump_json(exclude={"service", "limits"})

    assert Pinned.model_validate_json(found.model_dump_json()) == found
    assert not [word for word in ("null", '""', "[]", "{}", "false") if word in text.replace('"at":{}', "")]


def test_options_without_a_name_are_called_by_what_they_do(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        options:
          - {uses: fly.restart}
          - {uses: fly.restart}
          - {name: fly.restart-2, uses: fly.restart}
          - {hold: wait, when: "true"}
          - {steps: [{uses: fly.roll_back}, {uses: fly.restart}]}
        """
    )

    assert [option.name for option in found.options] == [
        "fly.restart",
        "fly.restart-3",
        "fly.restart-2",
        "hold",
        "fly.roll_back then fly.restart",
    ]


@pytest.mark.parametrize(
    ("option", "who"),
    [
        ("{uses: fly.restart}", Approval.ONE),
        ("{uses: fly.restart, approval: nobody}", Approval.NOBODY),
        ("{uses: fly.restart, approval: {who: two}}", Approval.TWO),
        ("{uses: box.restore}", Approval.TWO),
        ("{uses: box.migrate}", Approval.ONE),
        ("{uses: box.migrate, approval: two}", Approval.TWO),
    ],
)
def test_nothing_is_automatic_that_nobody_wrote_to_be(
    pinned: Callable[..., Pinned], option: str, who: Approval
) -> None:
    assert pinned(f"options: [{option}]").options[0].steps[0].asking.who is who


def test_an_approval_keeps_its_deadline_and_what_follows_it(pinned: Callable[..., Pinned]) -> None:
    step = pinned("options: [{uses: fly.restart, approval: {who: one, within: 5m, then: proceed}}]")

    assert step.options[0].steps[0].asking == Asking(
        who=Approval.ONE, within=timedelta(minutes=5), then="proceed"
    )


def test_a_step_follows_its_scenario_and_its_verb_where_it_says_nothing(
    pinned: Callable[..., Pinned],
) -> None:
    (first, second) = pinned(
        "options: [{uses: fly.roll_back}, {uses: fly.roll_back, mode: shadow, if_no_help: keep}]"
    ).options

    assert (first.steps[0].mode, first.steps[0].if_no_help) == (AutomationMode.AUTO, NoHelp.UNDO)
    assert (second.steps[0].mode, second.steps[0].if_no_help) == (AutomationMode.SHADOW, NoHelp.KEEP)


def test_what_a_plan_of_several_steps_says_holds_for_each_that_says_nothing_else(
    pinned: Callable[..., Pinned],
) -> None:
    (option,) = pinned(
        """
        options:
          - approval: two
            mode: approve
            steps:
              - {uses: fly.roll_back}
              - {uses: box.tune, target: frontend, with: {size: 3}, approval: one}
        """
    ).options

    assert [step.asking.who for step in option.steps] == [Approval.TWO, Approval.ONE]
    assert {step.mode for step in option.steps} == {AutomationMode.APPROVE}
    assert option.steps[1].target == BOX


REWRITTEN = """
# the same, otherwise written
scenarios:
    "site-down":
        mode: auto

        severity: 'P0'
        evidence:
            machines:
                uses: fly.status
            release: {uses: "fly.releases", within: 20s}
        options:
        -   approval: {who: nobody}
            with:
                label: l
                size: 3
            uses: box.tune_fly
            when: >-
                release.age < duration("1h")
        opens_on:
            service: [backend]
            alert: [SiteDown]
severities:
    P3: low
    P2: medium
    P1: high
    P0: critical
"""


def test_the_hash_is_that_of_the_meaning(book_of: Callable[..., Book], usual: str) -> None:
    plain = (
        usual
        + """
    evidence: {release: {uses: fly.releases}, machines: {uses: fly.status}}
    options:
      - when: release.age < duration("1h")
        uses: box.tune_fly
        with: {size: 3, label: l}
        approval: nobody
"""
    )

    first, second = (book_of(text).scenarios[0].hash for text in (plain, REWRITTEN))
    others = [
        book_of(plain.replace(before, after)).scenarios[0].hash
        for before, after in (
            ("1h", "2h"),
            ("size: 3", "size: 4"),
            ("nobody", "one"),
            ("mode: auto", "mode: approve"),
            ("uses: fly.releases", "uses: fly.releases, within: 9s"),
        )
    ]

    assert first == second
    assert len({first, *others}) == 6


def test_a_change_asked_for_by_hand_is_a_step_like_any_other(scenario: Callable[..., Book]) -> None:
    step = scenario("options: []").verb_step("backend", "fly.scale", {"count": "${was.count + 1}"})
    plus_one = scenario("options: []").verb_step("backend", "fly.scale", {"count": "+1"})

    assert (step.target, step.asking.who, step.mode) == (BACKEND, Approval.ONE, AutomationMode.APPROVE)
    assert step.was["count"] == "int"
    assert plus_one.arguments == {"count": "+1"}


@pytest.mark.parametrize(
    ("service", "uses", "arguments", "said"),
    [
        ("backnd", "fly.restart", {}, "there is no service backnd. Did you mean backend?"),
        ("backend", "box.move", {}, "by hand: uses: there is no verb box.move. It is called box.migrate now"),
        ("backend", "fly.retart", {}, "by hand: uses: there is no verb fly.retart. Did you mean fly.restart"),
        ("backend", "fly.scale", {"count": 0}, "by hand: with.count: should be greater than or equal to 1"),
        ("backend", "fly.scale", {"count": "+2"}, "by hand: with.count: +2 is no step that is taken at once"),
        ("backend", "fly.scale", {"count": "${was.size}"}, "with.count: line 1, column 1: this gives string"),
        ("backend", "fly.scale", {"size": "+2"}, "by hand: with.size: +2 is no size of Fly's"),
        ("backend", "fly.scale", {}, "give exactly one of count and size"),
        ("backend", "box.tune", {}, "backend does not run on box"),
        ("backend", "box.tune_fly", {"value": {"secret": "sk_live"}}, "names no secret of stanch.yaml"),
        ("frontend", "fly.scale", {"count": "${machines.count}"}, "machines.count is not known"),
    ],
)
def test_a_change_asked_for_by_hand_is_checked_as_strictly(
    scenario: Callable[..., Book], service: str, uses: str, arguments: dict[str, Any], said: str
) -> None:
    book = scenario("options: []")

    with pytest.raises(PlaybookError) as refused:
        book.verb_step(service, uses, arguments)

    assert said in str(refused.value)
    assert "sk_live" not in str(refused.value)
