"""What is written without a meaning is refused when it is loaded, never guessed at night."""

from collections.abc import Callable

import pytest

from stanch.playbooks.book import Book

LOG = "evidence: {log: {uses: words.count, with: {matching: [timeout, oom]}}, m: {uses: fly.status}}\n"


def option(when: str) -> str:
    return LOG + f"options:\n  - when: |-\n      {when}\n    uses: fly.restart\n"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("log.by_word['timeuot'] > 1", "log.by_word has no timeuot. Suggestion: Did you mean timeout?"),
        ("log.by_word.oomm > 1", "log.by_word has no oomm. Suggestion: Did you mean oom?"),
        ("'five' in log.by_word", "log.by_word has no five. Suggestion: Known are oom, timeout"),
        ("alert.labels.x > 5", "`>` does not take (string, int)"),
        ("alert.labels['x'] > 5", "`>` does not take (string, int)"),
    ],
)
def test_a_condition_that_cannot_be_meant_so_is_refused(
    complaint: Callable[..., str], when: str, words: str
) -> None:
    said = complaint(option(when))

    assert said.startswith("playbooks/slurpy.yaml:10: scenarios.site-down.options[0].when: line 1, column ")
    assert words in said


@pytest.mark.parametrize(
    "when",
    [
        "log.by_word['timeout'] > 1 && log.by_word.oom > 1",
        "double(log.by_word['oom']) / double(log.by_word['timeout']) > 0.2",
        "int(alert.labels.x) > 5",
        "'timeout' in log.by_word",
        "log.by_word.exists(p, log.by_word[p] > 3)",
    ],
)
def test_a_condition_that_can_be_meant_is_taken(scenario: Callable[..., Book], when: str) -> None:
    assert scenario(option(when)).scenarios[0].options[0].when == when


def test_keys_that_an_expression_gives_are_not_known_yet(scenario: Callable[..., Book]) -> None:
    lines = """
        evidence: {log: {uses: words.count, with: {matching: ["${alert.name}"]}}}
        options: [{when: "log.by_word[alert.name] > 1", uses: fly.restart}]
    """

    assert scenario(lines).scenarios[0].options


def test_a_check_knows_its_own_keys(complaint: Callable[..., str]) -> None:
    check = "{uses: words.count, with: {matching: timeout}, good_when: 'it.by_word[\"timeuot\"] < 3'}"

    said = complaint(f"verify: {check}".replace("timeout}", "[timeout]}"))

    assert "verify[0].good_when: line 1, column 12: it.by_word has no timeuot" in said


@pytest.mark.parametrize("blank", ["''", '"   "'])
@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ("options: [{{when: {0}, uses: fly.restart}}]", "options[0].when"),
        ("verify: {{uses: fly.status, good_when: {0}}}", "verify[0].good_when"),
    ],
)
def test_an_empty_condition_is_refused(
    complaint: Callable[..., str], lines: str, field: str, blank: str
) -> None:
    said = complaint(lines.format(blank))

    assert f"{field}: is empty, which would always hold: write a condition, or leave the line out" in said


@pytest.mark.parametrize("bare", ["10", "0", "2.5", "true", "'10'"])
@pytest.mark.parametrize(
    "lines",
    [
        "verify: {{uses: fly.status, every: {0}}}",
        "verify: {{uses: fly.status, stays_good_for: {0}}}",
        "watch: {{for: {0}}}",
        "evidence: {{m: {{uses: fly.status, within: {0}}}}}",
        "evidence: {{m: {{uses: fly.logs, with: {{matching: [a], within: {0}}}}}}}",
        "options: [{{uses: fly.restart, approval: {{who: one, within: {0}}}}}]",
        "options: [{{uses: fly.scale, with: {{count: 2}}, revert_after: {0}}}]",
    ],
)
def test_a_length_of_time_without_its_unit_is_refused(
    complaint: Callable[..., str], lines: str, bare: str
) -> None:
    said = complaint(lines.format(bare))

    assert said.startswith("playbooks/slurpy.yaml:8: scenarios.site-down.")
    assert "its unit" in said
    assert "30s, 15m or 1h30m" in said


def test_so_it_is_in_the_teams_file(complaint: Callable[..., str], team: str) -> None:
    bare = team.replace("    owners: [ana]\n", "    owners: [ana]\n    limits: {cool_down: 10}\n")

    said = complaint("options: []", bare)

    assert "services.backend.limits.cool_down: wants a length of time with its unit" in said


def test_an_empty_length_of_time_is_refused(complaint: Callable[..., str]) -> None:
    assert "watch.for: is empty" in complaint("watch: {for: }")


@pytest.mark.parametrize("first", ["fly.scale, with: {count: 2}", "fly.restart"])
def test_a_step_that_waits_for_the_health_that_a_later_one_brings_is_refused(
    complaint: Callable[..., str], first: str
) -> None:
    said = complaint(f"options: [{{steps: [{{uses: {first}}}, {{uses: fly.roll_back}}]}}]")

    uses = first.partition(",")[0]
    assert f"options[0].steps[0]: {uses} waits until what it started is well" in said
    assert said.endswith("which only fly.roll_back brings. Write fly.roll_back before it")


@pytest.mark.parametrize(
    "steps",
    [
        "{uses: fly.roll_back}, {uses: fly.restart}",
        "{uses: fly.restart, target: worker}, {uses: fly.roll_back}",
    ],
)
def test_in_the_better_order_or_elsewhere_it_is_taken(scenario: Callable[..., Book], steps: str) -> None:
    assert scenario(f"options: [{{steps: [{steps}]}}]").scenarios[0].options
