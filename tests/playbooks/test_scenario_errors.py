"""What is refused when a playbook is loaded, and how it is said."""

from collections.abc import Callable

import pytest

from stanch.errors import PlaybookError
from stanch.playbooks.book import Book
from stanch.policy.choosing import choose

RELEASE = "evidence: {release: {uses: fly.releases}, machines: {uses: fly.status}}\n"


def test_a_misspelt_name_in_a_condition_is_found_with_its_place_and_the_right_name(
    complaint: Callable[..., str],
) -> None:
    said = complaint(RELEASE + "options:\n  - when: relase.age < duration('2h')\n    uses: fly.restart\n")

    assert said == (
        "playbooks/slurpy.yaml:10: scenarios.site-down.options[0].when: line 1, column 1: relase.age is not"
        " known. Suggestion: did you mean release.age or release.name or release.said?\n"
        "    relase.age < duration('2h')\n    ^"
    )


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("release.age", "this gives duration, wanted bool"),
        ("'yes'", "this gives string, wanted bool"),
        ("release.age < 2", "does not take (duration, int)"),
        ("release.age > machines.count", "does not take (duration, int)"),
        ("has(release.age)", "write release.known"),
        ('release.age < duration("30 minutes")', "has no value"),
        ("release.finished_at > timestamp('yesterday')", "has no value"),
        ("release.is_suspect and true", "write && for and"),
        ("was.count > 1", "was.count is not known"),
        ("relese.is_suspect", "did you mean release.is_suspect"),
        ("release.is_suspekt", "did you mean release.is_suspect"),
        ("release.is_suspect = true", "equality is written =="),
        ("machines.known == null", "write x.known"),
    ],
)
def test_a_condition_that_would_fail_or_lie_at_night_is_refused_when_it_is_loaded(
    complaint: Callable[..., str], when: str, words: str
) -> None:
    said = complaint(RELEASE + f"options:\n  - when: |-\n      {when}\n    uses: fly.restart\n")

    assert said.startswith("playbooks/slurpy.yaml:10: scenarios.site-down.options[0].when: line 1, column ")
    assert words in said


def test_missing_evidence_is_never_true(scenario: Callable[..., Book]) -> None:
    (pinned,) = scenario(
        RELEASE
        + "options:\n  - {when: release.is_suspect || release.age > duration('0s'), uses: fly.restart}\n"
    ).scenarios

    choice = choose(pinned, [], {"release.known": False, "alert.name": "SiteDown"})

    assert choice.option is None
    assert "cannot be decided" in choice.passed_over[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("{size: '${release.age}'}", "this gives duration, wanted int"),
        ("{size: '${was.size + 1.5}'}", "this gives double, wanted int"),
        ("{size: 'about ${was.size}'}", "this gives string, wanted int"),
        ("{size: {at_least: '${was.owner}'}}", "this gives string, wanted int"),
        ("{size: {atleast: '${was.size}'}}", "wants a whole number"),
        ("{size: '${machines.cuont}'}", "did you mean machines.count"),
        ("{size: '${machines.count'}", "this ${ has no }"),
        ("{ratio: '${machines.count}'}", "write ${double(machines.count)}"),
        ("{on: '${machines.count}'}", "wanted bool"),
        ("{label: '${release.finished_at}'}", "wanted string"),
        ("{label: 'since ${release.age}'}", "write ${string(release.age)}"),
        ("{wait: '${release.age}'}", "wanted string"),
        ("{value: '${release.age}'}", "Write ${string(release.age)}"),
        ("{value: {deep: ['${release.finished_at}']}}", "with.value.deep[0]: this gives a timestamp"),
        ("{names: '${release.by}'}", "this gives string, wanted list"),
        ("{names: ['${machines.count}']}", "wanted string"),
        ("{label: '${was.owner + string(release.age)}'}", "release.age is not known"),
        ("{label: '${was.woner}'}", "did you mean was.owner?"),
        ("{size: 0}", "should be greater than or equal to 1"),
        ("{size: }", "is empty. Write a value, or leave the line out"),
        ("{size: many}", "wants a whole number"),
        ("{sise: 3}", "there is no such key. Did you mean size?"),
        ("{wait: 5 minutes}", "wants a length of time. Write it with its unit: 30s"),
        ("{wait: 99999999999999999999d}", "is longer than anything lasts"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_refused(
    complaint: Callable[..., str], arguments: str, words: str
) -> None:
    said = complaint(RELEASE + f"options:\n  - uses: box.tune_fly\n    with: {arguments}\n")

    assert said.startswith("playbooks/slurpy.yaml:11: scenarios.site-down.options[0].with")
    assert words in said
    assert said.count("playbooks/slurpy.yaml:") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        "{size: '${machines.count + 2}'}",
        "{size: '${was.size * 2}'}",
        "{size: {at_least: '${was.size + machines.count}'}}",
        "{label: '${was.owner} has ${machines.count} of ${machines.size}'}",
        "{label: 'costs $${5}'}",
        "{wait: '${string(release.age)}'}",
        "{wait: 2m, on: '${release.is_suspect}', ratio: '${double(machines.count) / 2.0}'}",
        "{value: '${alert.labels}'}",
        "{value: {secret: stripe-webhook}}",
        "{names: ['${release.by}', plain]}",
        "{value: '${service.facts.floor}', size: '${service.facts.floor}'}",
    ],
)
def test_an_argument_that_can_be_meant_is_taken_as_it_is_written(
    scenario: Callable[..., Book], arguments: str
) -> None:
    book = scenario(RELEASE + f"options:\n  - uses: box.tune_fly\n    with: {arguments}\n")

    assert book.scenarios[0].options[0].steps[0].was == {"size": "int", "owner": "string"}


def test_a_rule_about_several_arguments_is_applied_when_all_are_literal(
    complaint: Callable[..., str],
) -> None:
    said = complaint("options:\n  - uses: fly.scale\n    with: {count: 2, size: shared-cpu-2x}\n")

    assert said.endswith("options[0].with: give exactly one of count and size")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "options: [{uses: fly.rol_back}]",
            "options[0].uses: there is no verb fly.rol_back. Did you mean fly.roll_back?",
        ),
        ("options: [{uses: fly.status}]", "only looks; an option changes something. Move it to evidence:"),
        ("evidence: {a: {uses: fly.restart}}", "evidence.a.uses: fly.restart changes something"),
        ("evidence: {a: {uses: fly.statu}}", "there is no reading fly.statu. Did you mean fly.status?"),
        ("evidence: {was: {uses: fly.status}}", "evidence.was: was is taken. Name evidence with letters"),
        ("evidence: {in: {uses: fly.status}}", "in is no name that an expression can say"),
        ("evidence: {my-page: {uses: fly.status}}", "my-page is no name that an expression can say"),
        ("evidence: {a.b: {uses: fly.status}}", "a.b is no name that an expression can say"),
        ("evidence: {a: {uses: status.page}}", "evidence.a.with.page: is missing"),
        ("evidence: {a: {uses: status.page, with: {pgae: fly}}}", "no such key. Did you mean page?"),
        (
            "evidence: {a: {uses: status.page, target: fly, with: {page: fly}}}",
            "status.page reads no target. Leave the line out",
        ),
        ("evidence: {a: {uses: box.state}}", "backend does not run on box. Write target: frontend"),
        ("evidence: {a: {uses: box.state, target: fly:x}}", "fly:x is not at box. Write box:x, or"),
        ("evidence: {a: {uses: fly.status, target: wroker}}", "no service wroker. Did you mean worker?"),
        ("evidence: {a: {uses: probe, target: worker}}", "probe has no address of worker"),
        (
            "evidence: {a: {uses: probe, with: {expect: Shop}}}",
            "is no status: write 401, or 4xx",
        ),
        (
            "evidence: {a: {uses: probe, with: {expect: [200, 99]}}}",
            "expect.statuses[1]: is no status",
        ),
        ("evidence: {a: {uses: probe, with: {json: {a: 1}}}}", "json is sent by POST: write method: POST"),
        ("evidence: {a: {uses: probe, with: {bearer: nobody}}}", "a.with.bearer: this names no secret"),
        ("evidence: {a: {uses: probe, within: 0s}}", "within: should be greater than 0s"),
        (
            "evidence:\n  m: {uses: fly.status}\n  a: {uses: status.page, with: {page: '${m.sise}'}}",
            "m.sise is not known",
        ),
        ("options: [{uses: fly.restart, revert_after: 1h}]", "fly.restart cannot be taken back"),
        ("options: [{uses: fly.restart, if_no_help: undo}]", "fly.restart cannot be undone. Write keep"),
        (
            "options: [{uses: fly.restart, if_no_help: revert}]",
            "is none of the words that may stand here. It is one of keep, undo",
        ),
        ("options: [{uses: fly.restart, mode: aut}]", "may stand here. Did you mean auto?"),
        ("options: [{uses: fly.restart, approval: three}]", "It is one of nobody, one, two"),
        ("options: [{uses: fly.restart, approval: {who: one, within: 0s}}]", "greater than 0"),
        (
            "options: [{uses: fly.restart, hold: wait}]",
            "an option has exactly one of uses, turn_off, turn_on, set, steps, hold and manual",
        ),
        ("options: [{hold: wait}, {uses: fly.restart}]", "this always holds, so what follows is never"),
        ("options: [{hold: wait, when: 'true', approval: one}]", "so approval means nothing here"),
        (
            "options: [{steps: [{uses: fly.restart}], with: {a: 1}}]",
            "each step has its own, so with means nothing here. Move it into the steps",
        ),
        (
            "options: [{name: a, uses: fly.restart}, {name: a, uses: fly.roll_back}]",
            "options[1].name: another option is called a",
        ),
        (
            "options: [{uses: box.restore, approval: one}]",
            "approval: one is too few: box.restore always needs the approval of at least two",
        ),
        ("options: [{uses: box.migrate, approval: nobody}]", "nobody is too few"),
        (
            "options: [{uses: box.migrate, approval: {who: two, then: proceed}}]",
            "box.migrate never proceeds unasked: it needs the approval of one. Write skip or escalate",
        ),
        (
            "options: [{approval: nobody, steps: [{uses: fly.restart}, {uses: box.migrate}]}]",
            "options[0].steps[1].approval: nobody is too few",
        ),
        (
            "verify: {uses: fly.releases}",
            "fly.releases does not say by itself what is good. Write good_when:",
        ),
        (
            "verify: {uses: fly.status, good_when: it.count}",
            "verify[0].good_when: line 1, column 1: this gives",
        ),
        ("verify: {uses: fly.status, good_when: machines.count > 0}", "machines.count is not known"),
        ("verify: [{uses: fly.status, evry: 5s}]", "verify[0].evry: there is no such key. Did you mean"),
        ("verify: {uses: fly.status, every: 10ms}", "a check looks at most once a second"),
        ("verify: {uses: fly.status, samples: 0}", "should be greater than or equal to 1"),
        (
            "verify: {uses: numbers.http, good_when: it.share < 1.0, with: {url: '${alert.name}'}}",
            "${alert.name} would decide where this goes",
        ),
        (
            "verify: {uses: numbers.http, good_when: it.share < 1.0, with: {url: '${service.facts.nope}'}}",
            "Write it under facts: of the service in stanch.yaml",
        ),
        (
            "group_by: [alert.fingreprint]",
            "cannot group by alert.fingreprint. Did you mean alert.fingerprint",
        ),
        ("group_by: [alert.labels.]", "cannot group by alert.labels."),
        ("evidnce: {}", "scenarios.site-down.evidnce: there is no such key. Did you mean evidence?"),
        ("options:", "options: is empty. Write a value, or leave the line out"),
        ("options: fly.restart", "options: wants a list. Write [one, two]"),
        ("options: [fly.restart]", "options[0]: wants fields of its own. Write them below it, as key: value"),
        ("otherwise: {escalate: 5}", "otherwise.escalate: wants a text. Put the value in quotes"),
        ("watch: {for: soon}", "watch.for: wants a length of time"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_field_and_a_way_out(
    complaint: Callable[..., str], lines: str, said: str
) -> None:
    told = complaint(lines)

    assert told.startswith("playbooks/slurpy.yaml:")
    assert said in told


@pytest.mark.parametrize(
    ("was", "written", "said"),
    [
        (
            "severity: P0",
            "severity: P9",
            "severity: there is no severity P9. This playbook's severities are P0",
        ),
        ("severity: P0", "severity: urgent", "This playbook's severities are P0, P1, P2, P3"),
        ("service: backend", "service: backnd", "there is no service backnd. Did you mean backend?"),
        ("service: backend", "service: [backend, web]", "opens_on.service[1]: there is no service web."),
        ("service: backend", "service: backend, lables: {a: b}", "no such key. Did you mean labels?"),
        (
            "service: backend",
            "service: backend, labels: {a: 5}",
            "labels.a: wants a text. Put the value in q",
        ),
        ("alert: SiteDown, ", "alert: [], ", "opens_on.alert: names no alert"),
        ("P0: critical", "P0: worst", "It is one of critical, high, low, medium"),
        ("mode: auto", "mode: off", "It is one of approve, auto, shadow"),
    ],
)
def test_a_wrong_opening_is_said_likewise(
    book_of: Callable[..., Book], usual: str, was: str, written: str, said: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        book_of(usual.replace(was, written))

    assert said in str(refused.value)


def test_everything_wrong_is_said_at_once_in_the_order_of_the_lines(complaint: Callable[..., str]) -> None:
    said = complaint(
        """
        evidence:
          release: {uses: fly.relases}
          machines: {uses: fly.status}
        options:
          - {when: machines.cuont > 1, uses: fly.restart}
          - {when: release.is_suspect, uses: fly.rol_back}
        verify: {uses: probe.htp}
        """
    )

    assert [line.split(": ")[0] for line in said.splitlines() if line.startswith("playbooks/")] == [
        f"playbooks/slurpy.yaml:{line}" for line in (10, 13, 14, 15)
    ]


def test_a_condition_on_evidence_that_is_wrong_itself_is_not_blamed_too(
    complaint: Callable[..., str],
) -> None:
    said = complaint(
        "evidence: {release: {uses: fly.relases}}\noptions: [{when: release.x, uses: fly.restart}]"
    )

    assert "release.x" not in said


def test_a_scenario_for_all_services_must_fit_all_of_them(book_of: Callable[..., Book], usual: str) -> None:
    with pytest.raises(
        PlaybookError, match=r"frontend does not run on fly\. Write target: backend or worker"
    ):
        book_of(usual.replace(", service: backend", "") + "    options: [{uses: fly.restart}]")


def test_a_scenario_too_large_for_an_alert_to_carry_is_refused(complaint: Callable[..., str]) -> None:
    said = complaint(f"otherwise: {{say: {'x' * 17_000}}}")

    assert "an alert carries at most 16384. Split it into several scenarios" in said
    assert len(said) < 300


def test_what_names_no_secret_of_the_team_is_not_shown(complaint: Callable[..., str]) -> None:
    said = complaint(
        """
        evidence:
          a: {uses: numbers.http, with: {url: https://x.example, bearer: sk_live_123456}}
        options:
          - {uses: box.tune_fly, with: {value: {secret: sk_live_123456}}}
        """
    )

    assert "sk_live" not in said
    assert said.count("this names no secret of stanch.yaml. Known are stripe-webhook") == 2
