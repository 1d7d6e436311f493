import pytest

from stanch.policy.condition_words import in_words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("release.is_suspect", "`release` is suspect"),
        ("!release.is_suspect", "`release` is not suspect"),
        ("cache.known", "`cache` is known"),
        ("lines.is_cut && recent.flags", "`lines` is cut and `recent.flags` holds"),
        ('release.age < duration("2h")', "`release.age` is under 2 h"),
        ('metrics.p95 >= duration("1500ms")', "`metrics.p95` is at least 1.5 s"),
        ('metrics.p95 > duration("500ms")', "`metrics.p95` is over 0.5 s"),
        ('metrics.p95 > duration("long")', "`metrics.p95` is over `long`"),
        (
            "metrics.starts > 3.0 * metrics.starts.usual",
            "`metrics.starts` is over `3 * metrics.starts.usual`",
        ),
        ("a.is_down || b.is_down && c.count == 2", "`a` is down or (`b` is down and `c.count` is 2)"),
        ("(a.is_down || b.is_down) && c.is_slow", "(`a` is down or `b` is down) and `c` is slow"),
        ("a.is_down || (b.is_down || c.is_slow)", "`a` is down or `b` is down or `c` is slow"),
        ("!(a.count > 0 || b.failing)", "`a.count` is at most 0 and `b` is not failing"),
        (
            "!(a.is_down) && !(b.is_down || c.is_down)",
            "`a` is not down and `b` is not down and `c` is not down",
        ),
        ('alert.labels["team"] == "shop"', '`alert.labels["team"]` is "shop"'),
        ('lines.list.exists(x, x == "y")', '`lines.list.exists(x, x == "y")`'),
        ('!lines.list.exists(x, x == "y")', 'not `lines.list.exists(x, x == "y")`'),
        ("a.b ?", "`a.b ?`"),
    ],
)
def test_a_condition_is_said_as_a_clause(condition: str, words: str) -> None:
    assert in_words(condition) == words
