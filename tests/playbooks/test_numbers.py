"""Numbers of a service: where each is measured, and what may be said of it."""

from collections.abc import Callable

import pytest

from stanch.model.change import Target
from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Pinned
from tests.playbooks.shop import TEAM


def test_a_number_is_measured_where_the_catalogue_says(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        options:
          - {when: metrics.error_rate > 0.1 && metrics.starts > 3 * metrics.starts.usual, uses: restart}
          - {when: metrics.p95 > 2s && metrics.p95.by.route.top_value > 1500ms, uses: restart}
        """
    )
    asked = {reading.name: reading for reading in found.evidence}

    assert asked["metrics.error_rate"].arguments == {"metric": "error_rate"}
    assert asked["metrics.error_rate"].target == Target(provider="cliff", name="shop-web")
    assert asked["metrics.starts"].arguments == {"query": "starts", "also": ["usual"]}
    assert asked["metrics.p95"].arguments == {
        "query": "p95 of shop",
        "in": "ms",
        "by": {"route": "resource"},
    }
    assert found.variables["metrics.p95"] == ExpressionVariable(
        type="duration", path=("metrics.p95", "value"), at_least="!complete"
    )
    assert found.variables["metrics.p95.by.route.top_value"].path == (
        "metrics.p95", "by", "route", "top_value",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("metrics.errors > 0.1", "metrics.errors is not measured. Suggestion: Write it under metrics:"),
        (
            "metrics.error_rate > 5",
            "metrics.error_rate is a share, from 0 to 1. Suggestion: 5 % is written 0.05",
        ),
        ("copies.memory > 90", "90 % is written 0.9"),
        ("metrics.p95 > 5", "does not take (duration, int)"),
        (
            "metrics.refused.usual > 1.0",
            "numbers.http keeps no series, so metrics.refused.usual is not known",
        ),
        ("incident.sevrity == 'P0'", "did you mean incident.severity"),
        ("change.is_instant", "change.is_instant is not known"),
    ],
)
def test_what_a_condition_cannot_say_is_refused(said: Callable[..., str], when: str, words: str) -> None:
    assert words in said(f"options:\n  - {{when: {when}, uses: restart}}")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "in: ms, by: {route: resource}",
            "",
            "metrics.p95: numbers.query gives a bare number, and p95 is a length",
        ),
        (
            "{uses: cliff.metrics}",
            "{uses: releases}",
            "metrics.error_rate.uses: releases gives no single number",
        ),
        ("{uses: cliff.metrics}", "{uses: cliff.metrics, in: s}", "error_rate.in: cliff.metrics takes no in"),
        (
            "error_rate: {uses: cliff",
            "rate: {uses: cliff",
            "with.metric: is none of the words that may stand",
        ),
        (
            "cache: shop-cache}",
            "cache: shop-cach}",
            "parts.cache: there is no service shop-cach. Did you mean",
        ),
        ("cache: shop-cache}", "cache: shop}", "parts.cache: shop is a part of shop too. Cut the circle"),
        ("then: restart}", "covers: [shop-pay]}", "pool.covers[0]: checkout covers shop-pay already"),
        ('key: POOL}, "off": "0"', 'key: POOL}, "off": 0', "switches.pool.off: wants a text"),
        (
            "{uses: flags.set, with: {key: lifetime}}",
            "{uses: restart}",
            "lifetime.uses: there is no verb restart",
        ),
        ("health: /}", "health: [a]}", "health[0]: write an address as https://host/path"),
        (
            "base: https://www.shop.example, health: /",
            "health: /",
            "site has no base that / could be added to",
        ),
    ],
)
def test_what_is_wrong_in_the_catalogue_is_said_there(
    said: Callable[..., str], old: str, new: str, words: str
) -> None:
    assert old in TEAM
    told = said("options: []", TEAM.replace(old, new))

    assert told.startswith("stanch.yaml:")
    assert words in told
