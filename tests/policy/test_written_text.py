"""What a playbook may write, and what CEL is given of it."""

import pytest

from stanch.policy.conditions import ConditionError, ValueType, names_of
from stanch.policy.expression_tree import split
from stanch.policy.written_text import written_condition, written_template

KNOWN = names_of(
    {
        "metrics.p95": ValueType.DURATION,
        "metrics.starts": ValueType.DOUBLE,
        "metrics.starts.usual": ValueType.DOUBLE,
        "metrics.memory": ValueType.DOUBLE,
        "health.known": ValueType.BOOL,
        "lines.count": ValueType.INT,
        "lines.failed": ValueType.INT,
        "lines.memory": ValueType.INT,
        "release.age": ValueType.DURATION,
        "alert.labels": ValueType.TEXTS,
        "service.facts": ValueType.MAP,
    }
)
SHARES = {"metrics.memory"}


@pytest.mark.parametrize(
    ("written", "cel"),
    [
        ("release.age < 2h", 'release.age < duration("2h")'),
        ("metrics.p95 > 1500ms", 'metrics.p95 > duration("1500ms")'),
        (
            "release.age < 7d || release.age > 1w",
            'release.age < duration("168h") || release.age > duration("168h")',
        ),
        ("release.age < 1h30m", 'release.age < duration("90m")'),
        ("release.age < 0s", 'release.age < duration("0ms")'),
        ("alert.labels.x == '2h'", "alert.labels.x == '2h'"),
        ("metrics.starts > 3 * metrics.starts.usual", "metrics.starts > 3.0 * metrics.starts.usual"),
        ("metrics.starts > lines.count", "metrics.starts > double(lines.count)"),
        ("lines.failed / lines.count > 0.1", "double(lines.failed) / double(lines.count) > 0.1"),
        ("lines.count > 50 - lines.failed", "lines.count > 50 - lines.failed"),
        ("(lines.count + 1) * 2 > metrics.starts", "double((lines.count + 1) * 2) > metrics.starts"),
        ("lines.count % 2 == 0", "lines.count % 2 == 0"),
        ("health.is_missing && lines.count > 0", "!health.known && lines.count > 0"),
        ("lines.memory > 5 && metrics.memory > 0.9", "lines.memory > 5 && metrics.memory > 0.9"),
    ],
)
def test_a_condition_becomes_one_that_cel_takes(written: str, cel: str) -> None:
    assert written_condition(written, KNOWN, SHARES).text == cel


@pytest.mark.parametrize(
    ("written", "column", "said"),
    [
        ("release.age < 2h && lines.cuont > 1", 21, "did you mean lines.count"),
        ("lines.count / lines.failed > 0.5 && release.age", 34, "does not take (bool, duration)"),
        ("metrics.memory > 5", 18, "metrics.memory is a share, from 0 to 1. Suggestion: 5 % is written 0.05"),
        ("90 < metrics.memory", 1, "90 % is written 0.9"),
        ("metrics.memory > 5%", 18, "5 % is written 0.05"),
        ("release.age < 2", 13, "does not take (duration, int)"),
        ("service.facts['a'] / lines.count > 1", 20, "write double(x) / double(y)"),
    ],
)
def test_what_is_wrong_is_said_at_its_place_in_what_was_written(written: str, column: int, said: str) -> None:
    with pytest.raises(ConditionError) as refused:
        written_condition(written, KNOWN, SHARES)

    assert said in str(refused.value)
    assert (refused.value.text, refused.value.column) == (written, column)


def test_so_it_is_in_texts() -> None:
    template = written_template("${string(release.age < 2h)} of ${lines.failed / lines.count}, $${2h}", KNOWN)

    assert template.text == (
        '${string(release.age < duration("2h"))} of ${double(lines.failed) / double(lines.count)}, $${2h}'
    )
    with pytest.raises(ConditionError) as refused:
        written_template("since ${release.age < 2h} of ${lines.cuont}", KNOWN)
    assert refused.value.column == 32


@pytest.mark.parametrize(
    ("text", "operator", "parts"),
    [
        ("a > 1 && b", "&&", ["a > 1", "b"]),
        ("(a && (b && c)) && d || e", "&&", ["(a && (b && c)) && d || e"]),
        ("(a && (b && c)) && d", "&&", ["a", "b", "c", "d"]),
        ("a || x['&&'] == '||'", "||", ["a", "x['&&'] == '||'"]),
        ("l.exists(x, x || y) || z ? a : b", "||", ["l.exists(x, x || y) || z ? a : b"]),
        ("-a + b * [1, 2][0] < {'k': 1}.k && m", "&&", ["-a + b * [1, 2][0] < {'k': 1}.k", "m"]),
        ("a &&", "&&", ["a &&"]),
    ],
)
def test_a_condition_is_split_at_its_top(text: str, operator: str, parts: list[str]) -> None:
    assert split(text, operator) == parts
