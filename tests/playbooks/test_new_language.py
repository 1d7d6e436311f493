"""What a playbook says without naming a vendor, and what becomes of it for the team's own services."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from stanch.errors import ConfigError, PlaybookError
from stanch.model.alert import Alert, Severity
from stanch.model.change import Target
from stanch.model.evidence import ExpressionVariable
from stanch.model.playbook import Back, Chosen, Pinned, PinnedOption
from stanch.model.verb import Approval, AutomationMode
from stanch.playbooks.book import Book
from stanch.playbooks.load import load_book
from tests.playbooks.vendors import catalogue_of

TEAM = """
providers:
  cliff: {status_page: cliff}
  github: {}
services:
  shop:
    runs_on: {provider: cliff, app: shop-web}
    also_on: [{provider: flags, store: shop-flags}]
    base: {url: https://shop.example, bearer: admin}
    health: [/healthz, /v1/ready]
    depends_on: [shop-pay]
    parts: {cache: shop-cache}
    switches:
      checkout:
        {uses: flags.set, with: {key: checkout}, "on": true, "off": false, covers: [shop-pay, /checkout]}
      search: {uses: flags.set, with: {key: search}, "on": true, "off": false}
      pool: {uses: cliff.set_config, with: {key: POOL}, "off": "0", then: restart}
      lifetime: {uses: flags.set, with: {key: lifetime}}
    metrics:
      error_rate: {uses: cliff.metrics}
      p95: {uses: numbers.query, with: {query: p95 of shop}, in: ms, by: {route: resource}}
      starts: {uses: numbers.query, with: {query: starts}}
      refused: {uses: numbers.http, with: {url: /numbers, pick: refused}}
    owners: [ana]
  site: {runs_on: {provider: cliff, app: shop-site}, base: https://www.shop.example, health: /}
  shop-cache: {runs_on: {provider: cave, cache: shop-1}, owners: [li]}
people:
  ana: {roles: [responder, approver, on-call]}
  li: {roles: [responder, approver, lead]}
channels:
  team: {webhook: env:TEAM}
  status_page: {provider: statuspage}
secrets: {admin: env:ADMIN, stripe: env:STRIPE}
mode: auto
"""
HEAD = """
severities:
  P0:
    rank: critical
    page: everybody
    escalate: [{after: 5m, to: on-call, unless: acknowledged}, {after: 1h, to: lead}]
  P1: {rank: high, page: [on-call], tell: {team: ""}, ticket: github}
defaults:
  service: shop
  evidence:
    vendors: {uses: status.pages}
    health: {uses: probe, with: {pick: {database: database.status}}}
    release: {uses: releases}
    copies: {uses: status}
    cache: {uses: status, target: cache}
    lines: {uses: logs, with: {count: {failed: ' 5xx ', slow: timeout}, by: {path: 'GET (x)'}}}
  otherwise: {escalate: lead}
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Book]:
    """The book of what is written below the usual head."""

    def of(lines: str, team: str = TEAM) -> Book:
        (tmp_path / "stanch.yaml").write_text(team + "playbooks: [shop.yaml]\n")
        (tmp_path / "shop.yaml").write_text(HEAD + dedent(lines))
        return load_book(tmp_path / "stanch.yaml", catalogue_of())

    return of


@pytest.fixture
def pinned(load: Callable[..., Book]) -> Callable[..., Pinned]:
    """The one scenario of these lines, which opens on Down and is of P0."""

    def of(lines: str, team: str = TEAM, more: str = "") -> Pinned:
        text = "".join(f"    {line}\n" for line in dedent(lines).strip().split("\n"))
        scenario = f"scenarios:\n  down:\n    opens_on: Down\n    severity: P0\n{text}"
        return load(scenario + dedent(more), team).scenarios[0]

    return of


@pytest.fixture
def option(pinned: Callable[..., Pinned]) -> Callable[..., PinnedOption]:
    return lambda line, *more: pinned(f"options: [{line}]", *more).options[0]


@pytest.fixture
def said(pinned: Callable[..., Pinned], tmp_path: Path) -> Callable[..., str]:
    """What is said about lines that are wrong."""

    def of(lines: str, team: str = TEAM, more: str = "") -> str:
        with pytest.raises(ConfigError) as refused:
            pinned(lines, team, more)
        return str(refused.value).replace(f"{tmp_path}/", "")

    return of


def test_a_verb_without_a_vendor_is_that_of_where_the_service_runs(
    option: Callable[..., PinnedOption],
) -> None:
    (step,) = option("{uses: roll_back}").steps

    assert (step.uses, step.target.key, step.called) == ("cliff.roll_back", "cliff:shop-web", "roll_back")


def test_several_targets_are_a_step_each_in_order(option: Callable[..., PinnedOption]) -> None:
    steps = option("{uses: restart, target: [site, shop]}").steps

    assert [(step.target.name, step.called) for step in steps] == [
        ("shop-site", "restart site"),
        ("shop-web", "restart shop"),
    ]


def test_what_the_vendor_has_nothing_for_is_left_out_and_said(load: Callable[..., Book]) -> None:
    book = load(
        """
        scenarios:
          down:
            opens_on: Down
            options: [{uses: restart, target: cache}, {uses: restart}]
        """
    )

    assert [option.name for option in book.scenarios[0].options] == ["restart"]
    (remark,) = (str(one) for one in book.remarks if "left out" in str(one))
    assert remark.endswith(
        "scenarios.down.options[0]: left out: restart of cave:shop-1: an add-on is restarted by its vendor"
    )


def test_what_is_not_built_is_refused(said: Callable[..., str]) -> None:
    assert "options[0].uses: scale is not built for cave. Its verbs are cave.flush" in said(
        "options: [{uses: scale, target: cache, with: {count: 2}}]"
    )
    assert "there is no verb service.roll_back. Write roll_back: it is the vendor's own" in said(
        "options: [{uses: service.roll_back}]"
    )


def test_a_vendor_s_own_verb_finds_its_place_among_the_parts(option: Callable[..., PinnedOption]) -> None:
    (step,) = option("{uses: cave.flush}").steps

    assert (step.target, step.services) == (Target(provider="cave", name="shop-1"), ("shop-cache",))


def test_only_evidence_that_is_spoken_of_or_looked_at_is_read(load: Callable[..., Book]) -> None:
    book = load(
        """
        scenarios:
          down:
            opens_on: Down
            severity: P0
            look_at: [cache, metrics.p95.by.route]
            evidence: {other: {uses: releases}}
            options: [{when: release.is_suspect && health.database == "gone", uses: roll_back}]
            verify: {uses: probe}
        """
    )
    found = book.scenarios[0]

    assert [reading.name for reading in found.evidence] == ["health", "release", "cache", "metrics.p95"]
    assert found.look_at == ("cache", "metrics.p95")
    assert found.evidence[2].uses == "cave.status"
    assert found.variables["health.database"].path == ("health", "picked", "database")
    remarks = " ".join(map(str, book.remarks))
    assert "defaults.evidence.vendors: no scenario and no alert speaks of this evidence" in remarks
    assert "down.evidence.other: nothing speaks of this evidence" in remarks


def test_evidence_may_name_other_evidence_and_is_read_after_it(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        evidence:
          mine: {uses: logs, with: {matching: ["${release.name}"]}}
        look_at: mine
        """
    )

    assert [(reading.name, reading.after) for reading in found.evidence] == [
        ("release", ()),
        ("mine", ("release",)),
    ]


def test_a_circle_is_refused(said: Callable[..., str]) -> None:
    lines = """
        evidence:
          a: {uses: logs, with: {matching: ["${b.said}"]}}
          b: {uses: logs, with: {matching: ["${a.said}"]}}
        look_at: a
        """

    assert "evidence.a: these wait for each other: a → b. Cut the circle" in said(lines)


def test_the_pages_of_the_hosting_and_of_what_it_depends_on_are_read(pinned: Callable[..., Pinned]) -> None:
    found = pinned("options: [{when: vendors.cliff.is_down || vendors.hosting.is_down, hold: x}]")

    assert found.evidence[0].arguments == {"pages": ["cliff", "shop-pay"], "hosting": "cliff"}


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


def test_a_switch_is_a_verb_with_its_value(option: Callable[..., PinnedOption]) -> None:
    (step,) = option("{turn_off: checkout, approval: {who: one, nobody_if: change.is_instant}}").steps

    assert (step.uses, step.target.key) == ("flags.set", "flags:shop-flags")
    assert step.arguments == {"key": "checkout", "value": False}
    assert (step.called, step.instant) == ("checkout off", True)
    assert (step.asking.who, step.asking.nobody_if) == (Approval.ONE, "change.is_instant")


def test_a_switch_that_is_read_at_start_only_is_followed_by_a_restart(
    option: Callable[..., PinnedOption],
) -> None:
    steps = option("{set: {pool: '20'}}").steps

    assert [(step.uses, step.called, step.instant) for step in steps] == [
        ("cliff.set_config", "pool to 20", False),
        ("cliff.restart", "restart for pool to 20", False),
    ]


def test_at_least_is_a_value_too(option: Callable[..., PinnedOption]) -> None:
    assert option("{set: {lifetime: {at_least: 60}}}").steps[0].arguments["value"] == {"at_least": 60}


def test_what_an_expression_names_is_turned_off_by_the_switch_that_covers_it(
    option: Callable[..., PinnedOption],
) -> None:
    steps = option("{turn_off: '${lines.by.path.top}'}").steps

    assert [(step.called, step.chosen) for step in steps if step.uses == "flags.set"] == [
        ("checkout off", Chosen(by="${lines.by.path.top}", of=("checkout", "shop-pay", "/checkout"))),
        ("search off", Chosen(by="${lines.by.path.top}", of=("search",))),
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("verify: {good_when: copies.count > 1, target: site}", "so target means nothing here. Leave"),
        ("options: [{turn_off: chekout}]", "turn_off: shop has no switch chekout. Did you mean checkout?"),
        ("options: [{turn_on: lifetime}]", "turn_on: lifetime has no value for on"),
        ("options: [{turn_off: search, with: {a: 1}}]", "a switch has its own, so with means nothing here"),
        ("options: [{manual: x, approval: one}]", "what people do is theirs, so approval means nothing"),
        ("options: [{set: {pool: 20}}]", "with.value: wants a text"),
        ("options: [{set: {pool: '1', search: true}}]", "set: sets several switches"),
        ("contain: [{uses: restart}]", "contain[0]: cliff.restart cannot be taken back"),
        ("contain: [{manual: x}]", "contain[0].manual: a containment is done at once"),
        ("options: [{steps: [{manual: x}]}]", "a plan is carried out at once, and people take their time"),
        ("options: [{uses: restart, page: ana}]", "calls somebody while a hold lasts, and this is none"),
        ("options: [{hold: x, when: 'true', page: anna}]", "page[0]: anna is nobody of stanch.yaml"),
        ("options: [{uses: restart, say: {chanel: x}}]", "say.chanel: there is no channel chanel"),
        ("options: [{uses: restart, say: {team: investigating}}]", "there is no message investigating"),
        ("options: [{uses: restart, target: '${alert.name}'}]", "a target is a service, a part, or"),
        ("options: [{uses: set_secret, with: {key: A, value: x}}]",
         "with.value: a secret is named, never written. Write {secret: NAME}, NAME under secrets:"),
        ("options: [{uses: purge_cache, with: {tags: [a: b]}}]",
         "with.tags[0]: a text with a colon stands in quotes"),
        ("options: [{when: lines.by.path.list[0] == 'a', uses: restart}]",
         "inside { } an expression with [ ] { } , stands in quotes (line"),
        ("look_at: [relase]", "look_at[0]: there is no evidence relase. Did you mean release?"),
        ("evidence: {all: {uses: status, target: [shop, site]}}\noptions: [{when: all.is_down, hold: x}]",
         "evidence.all.target: a condition speaks of one place"),
        ("evidence: {mine: {uses: logs, with: {count: {count: x, in: y}}}}",
         "evidence.mine.with.count.count: logs has a fact of this name. Choose another"),
        ("options: [{manual: 'see ${release.nam}'}]", "manual[0].do: line 1, column 7: release.nam is"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_so_is_refused(said: Callable[..., str], lines: str, words: str) -> None:
    assert words in said(lines)


def test_a_place_that_is_written_out_is_read_as_its_provider_reads_it(pinned: Callable[..., Pinned]) -> None:
    found = pinned("evidence: {c: {uses: status, target: 'cave:other'}}\nlook_at: c")

    assert (found.evidence[0].uses, found.evidence[0].target) == (
        "cave.status",
        Target(provider="cave", name="other"),
    )


def test_an_address_begins_with_the_base_and_its_bearer_goes_there_only(
    pinned: Callable[..., Pinned],
) -> None:
    found = pinned(
        """
        evidence:
          there: {uses: probe, target: site}
          away: {uses: probe, with: {url: https://elsewhere.example/x}}
        look_at: [there, away, health, metrics.refused]
        options: [{uses: http.call, with: {url: "/admin/${alert.name}"}}]
        """
    )
    asked = {reading.name: reading.arguments for reading in found.evidence}
    (step,) = found.options[0].steps

    assert asked["health"]["urls"] == ["https://shop.example/healthz", "https://shop.example/v1/ready"]
    assert asked["health"]["bearer"] == "admin"
    assert asked["there"] == {"urls": ["https://www.shop.example/"]}
    assert asked["away"] == {"url": "https://elsewhere.example/x"}
    assert asked["metrics.refused"]["url"] == "https://shop.example/numbers"
    assert step.arguments == {"url": "https://shop.example/admin/${alert.name}", "bearer": "admin"}
    assert (step.target.key, step.services) == ("http:shop", ("shop",))


def test_several_services_are_probed_at_their_own_addresses(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        evidence:
          all: {uses: probe, target: [shop, site]}
          same: {uses: probe, target: [shop, site], with: {url: /ping}}
        options: [{when: all.failing || same.failing, hold: x}]
        """
    )

    assert [reading.arguments for reading in found.evidence] == [
        {
            "urls": [
                "https://shop.example/healthz",
                "https://shop.example/v1/ready",
                "https://www.shop.example/",
            ]
        },
        {"urls": ["https://shop.example/ping", "https://www.shop.example/ping"]},
    ]


def test_a_condition_over_evidence_is_a_check_for_each_reading(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        "verify: {good_when: metrics.error_rate < 0.02 && copies.count > 1 && metrics.error_rate.known"
        " && (lines.failed < 5 || copies.cpu < 0.5), stays_good_for: 10m}"
    )

    assert [(check.uses, check.good_when) for check in found.checks] == [
        ("cliff.metrics", "(metrics.error_rate < 0.02) && (metrics.error_rate.known)"),
        ("cliff.status", "copies.count > 1"),
        ("cliff.logs", "(lines.failed < 5 || copies.cpu < 0.5)"),
    ]
    assert found.checks[1].variables["copies.count"].path == ("it", "count")
    assert [reading.name for reading in found.checks[2].beside] == ["copies"]
    assert found.checks[2].variables["copies.cpu"].path == ("copies", "cpu")
    assert {check.stays_good_for for check in found.checks} == {timedelta(minutes=10)}


def test_a_check_looks_at_one_vendor_at_a_time(said: Callable[..., str]) -> None:
    assert (
        "verify[0].good_when: a check looks at one vendor at a time, and this looks at cliff and cave"
        in said("verify: {good_when: copies.is_down || cache.is_down}")
    )


def test_what_is_said_in_defaults_is_said_at_its_own_place(said: Callable[..., str]) -> None:
    told = said("look_at: [health]", TEAM.replace("health: [/healthz, /v1/ready]", "links: {}"))

    line = HEAD.split("\n").index("    health: {uses: probe, with: {pick: {database: database.status}}}") + 1
    assert told.startswith(f"shop.yaml:{line}: defaults.evidence.health: probe has no address of shop")


def test_what_a_scenario_writes_takes_the_place_of_the_default(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        evidence: {release: {uses: status}}
        look_at: [release, copies]
        otherwise: {say: "${copies.said}"}
        """
    )

    assert {reading.name: reading.uses for reading in found.evidence} == {
        "release": "cliff.status",
        "copies": "cliff.status",
    }
    assert (found.otherwise.escalate, found.otherwise.say[0].text) == ("lead", "${copies.said}")


def test_the_gravest_severity_that_holds_is_first(load: Callable[..., Book]) -> None:
    found = load(
        """
        scenarios:
          down: {opens_on: Down, severity: {P0: metrics.error_rate > 0.1, P1: otherwise}}
        """
    ).scenarios[0]

    assert [(one.label, one.when) for one in found.severity_when] == [
        ("P0", "metrics.error_rate > 0.1"),
        ("P1", ""),
    ]
    assert (found.label, found.severity) == ("P1", Severity.HIGH)
    assert [(rung.label, rung.to) for rung in found.escalation] == [("P0", "on-call"), ("P0", "lead")]
    assert found.levels["P1"].tell == {"team": ""}


@pytest.mark.parametrize(
    ("severity", "words"),
    [
        ("{P1: 'true', P0: otherwise}", "severity.P0: P0 is graver than what stands before it"),
        ("{P0: 'true', P1: 'true'}", "severity.P1: the last one holds where none before it does"),
        ("{P2: otherwise}", "severity.P2: there is no severity P2"),
    ],
)
def test_a_severity_that_could_not_be_decided_is_refused(
    load: Callable[..., Book], severity: str, words: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(f"scenarios: {{down: {{opens_on: Down, severity: {severity}}}}}\n")

    assert words in str(refused.value)


def test_a_scenario_without_a_severity_is_as_grave_as_its_alert(
    load: Callable[..., Book], alert: Callable[..., Alert]
) -> None:
    book = load("scenarios: {down: {opens_on: Down}}\n")

    graded = [
        book.match(alert(name="Down", service="shop", severity_hint=hint)).severity
        for hint in ("critical", "P1", "", "odd")
    ]

    assert graded == [Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.MEDIUM]


def test_an_alert_that_names_no_service_finds_the_only_one(
    load: Callable[..., Book], alert: Callable[..., Alert]
) -> None:
    book = load(
        """
        scenarios:
          down: {opens_on: Down}
          both: {opens_on: {alert: Both, service: [shop, site]}}
        """
    )

    assert book.match(alert(name="Down")).service.name == "shop"
    assert book.match(alert(name="Both")).scenario == "unmatched"
    assert book.match(alert(name="Down", service="nobody")).scenario == "unmatched"


def test_the_team_s_mode_is_the_most_that_is_done(option: Callable[..., PinnedOption]) -> None:
    modes = [
        option("{uses: restart, mode: auto}", TEAM.replace("mode: auto\n", line)).steps[0].mode
        for line in ("mode: auto\n", "mode: approve\n", "")
    ]

    assert modes == [AutomationMode.AUTO, AutomationMode.APPROVE, AutomationMode.SHADOW]


def test_a_containment_comes_first_and_goes_back(pinned: Callable[..., Pinned]) -> None:
    found = pinned(
        """
        contain:
          - {turn_off: checkout, approval: nobody}
          - {when: lines.share.failed > 0.5, turn_off: search, back: 24h}
        """
    )

    assert [(one.name, one.back) for one in found.contain] == [
        ("checkout off", Back.ASK),
        ("search off", timedelta(hours=24)),
    ]
    assert found.limits.keys() == {"shop"}


def test_what_follows_an_option_is_an_option_each(option: Callable[..., PinnedOption]) -> None:
    found = option(
        "{uses: roll_back, verify: {good_when: copies.count > 0},"
        ' then: [{uses: restart, approval: two}, {manual: {do: Mend it, type: "make ${release.commit}"}}]}'
    )

    assert [check.uses for check in found.checks] == ["cliff.status"]
    assert [(one.name, [step.asking.who for step in one.steps]) for one in found.then] == [
        ("restart", [Approval.TWO]),
        ("manual", []),
    ]
    assert found.then[1].manual[0].type == "make ${release.commit}"


ALERTS = """
alerts:
  Down: {when: health.is_down, for: 2m, every: 30s}
  Errors: {for: 5m, fires: {P0: metrics.error_rate > 0.1 || lines.failed > 10, P1: metrics.error_rate > 0.05}}
  Silent: {when: metrics.starts.is_missing, service: shop}
"""


def test_what_is_measured_ends_when_no_condition_holds(load: Callable[..., Book]) -> None:
    book = load(ALERTS + "scenarios: {down: {opens_on: [Down, Errors], verify: {uses: probe}}}\n")
    (playbook,) = book.playbooks
    checks = book.scenarios[0].checks

    assert [(one.name, one.service, one.lasts) for one in playbook.alerts] == [
        ("Down", "shop", timedelta(minutes=2)),
        ("Errors", "shop", timedelta(minutes=5)),
        ("Silent", "shop", timedelta(0)),
    ]
    assert playbook.alerts[1].fires[1] == ("P1", "metrics.error_rate > 0.05")
    assert playbook.alerts[2].fires == (("", "!metrics.starts.known"),)
    assert [(check.alert, check.good_when) for check in checks] == [
        ("", "!it.failing"),
        ("Down", "!(health.is_down)"),
        ("Errors", "(!(metrics.error_rate > 0.1)) && (!(metrics.error_rate > 0.05))"),
        ("Errors", "!(lines.failed > 10)"),
    ]
    assert checks[1].every == timedelta(seconds=30)
    assert any("alerts.Silent: opens no scenario" in str(one) for one in book.remarks)


def test_an_alert_that_no_check_can_watch_is_said(load: Callable[..., Book]) -> None:
    book = load(
        """
        alerts: {Down: {when: copies.is_down && cache.is_down}}
        scenarios: {down: {opens_on: Down}}
        """
    )

    (remark,) = (str(one) for one in book.remarks if "alerts" in str(one))
    assert "alerts.Down: no check of shop can watch this: alerts.Down: a check looks at one vendor" in remark


@pytest.mark.parametrize(
    ("alert", "words"),
    [
        ("{fires: {P7: health.is_down}}", "alerts.A.fires.P7: there is no severity P7"),
        ("{when: helth.is_down}", "alerts.A.when: line 1, column 1: helth.is_down is not known"),
        ("{when: health.is_down, service: shp}", "alerts.A.service: there is no service shp. Did you mean"),
        ("{service: shop}", "alerts.A: an alert has either when, or fires"),
    ],
)
def test_an_alert_that_cannot_be_measured_is_refused(
    load: Callable[..., Book], alert: str, words: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(f"alerts: {{A: {alert}}}\nscenarios: {{down: {{opens_on: A}}}}\n")

    assert words in str(refused.value)


BY_HAND = """
scenarios:
  move:
    opens_on: {asked: {to: {one_of: [site, shop]}, by: {one_of: [lines.by.path.list]}}}
    options: [{when: asked.by != "", uses: restart, target: "${asked.to}"}]
  down: {opens_on: Down}
commands:
  restart-all: {uses: restart, target: [site, shop]}
  look: {uses: status, target: [site, shop]}
  back: {asked: {app: {one_of: [site, shop]}}, uses: roll_back, target: "${asked.app}"}
follow_ups: {24h: [Written], 1w: [Held]}
checklists: {closure: [All is well], phases: {first: {until: 5m, do: [Alert received]}}}
"""


def test_a_person_may_open_a_scenario_with_what_they_choose(load: Callable[..., Book]) -> None:
    book = load(BY_HAND)

    opened = book.open("move", {"to": "site", "by": "/x"}, "ana")

    assert (opened.asked, opened.asked_by) == ({"to": "site", "by": "/x"}, "ana")
    assert [(one.name, one.one_of, one.facts) for one in opened.inputs] == [
        ("to", ("site", "shop"), ()),
        ("by", (), ("lines.by.path.list",)),
    ]
    assert [step.chosen for step in opened.options[0].steps] == [
        Chosen(by="${asked.to}", of=("site",)),
        Chosen(by="${asked.to}", of=("shop",)),
    ]
    assert "lines" in {reading.name for reading in opened.evidence}


@pytest.mark.parametrize(
    ("scenario", "inputs", "words"),
    [
        ("mvoe", {}, "there is no scenario mvoe. Did you mean move?"),
        ("down", {}, "down is not opened by hand. Write asked: true under its opens_on:"),
        ("move", {"to": "site"}, "move asks for by"),
        ("move", {"to": "cache", "by": "x"}, "to is one of site, shop"),
        ("move", {"to": "site", "by": "x", "at": "y"}, "move asks for no at"),
    ],
)
def test_what_cannot_be_opened_so_is_said(
    load: Callable[..., Book], scenario: str, inputs: dict[str, str], words: str
) -> None:
    with pytest.raises(PlaybookError) as refused:
        load(BY_HAND).open(scenario, inputs, "ana")

    assert words in str(refused.value)


def test_a_command_is_a_plan_or_something_that_is_read(load: Callable[..., Book]) -> None:
    book = load(BY_HAND)

    every, look, back = (
        book.command("restart-all", {}),
        book.command("look", {}),
        book.command("back", {"app": "shop"}),
    )

    assert every.option is not None
    assert [step.target.name for step in every.option.steps] == ["shop-site", "shop-web"]
    assert {step.asking.who for step in every.option.steps} == {Approval.ONE}
    assert look.option is None
    assert [reading.name for reading in look.readings] == ["look of site", "look of shop"]
    assert back.asked == {"app": "shop"}
    with pytest.raises(PlaybookError, match=r"there is no command restart-al\. Did you mean restart-all"):
        book.command("restart-al", {})


def test_lists_outlive_the_incident(load: Callable[..., Book], tmp_path: Path) -> None:
    (playbook,) = load(BY_HAND).playbooks

    assert playbook.follow_ups == {timedelta(hours=24): ("Written",), timedelta(weeks=1): ("Held",)}
    assert playbook.checklists.phases["first"].until == timedelta(minutes=5)
    with pytest.raises(PlaybookError, match=r"follow_ups.soon: is no length of time. Write 1h, 24h or 1w"):
        load("scenarios: {}\nfollow_ups: {soon: [x]}\n")


def test_a_message_is_a_file_whose_fields_are_known(load: Callable[..., Book], tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    message = tmp_path / "messages" / "sorry.txt"
    message.write_text("{{ incident.number }}\n{% if cause %}{{ cause }}{% endif %}")
    team = TEAM + "messages: [messages/*.txt]\n"
    lines = "scenarios: {down: {opens_on: Down, options: [{uses: restart, say: {team: sorry}}]}}\n"

    (saying,) = load(lines, team).scenarios[0].options[0].say

    assert (saying.channel, saying.message, saying.text) == ("team", "sorry", "")
    for text, words in (
        ("a\n{{ casue }}", "sorry.txt:2: casue is not known. Did you mean cause?"),
        ("{{ cause", "sorry.txt:1: is no template"),
    ):
        message.write_text(text)
        with pytest.raises(ConfigError) as refused:
            load(lines, team)
        assert words in str(refused.value)


def test_only_channels_with_an_address_are_told_at_once(pinned: Callable[..., Pinned]) -> None:
    assert pinned("options: []").tell == ("team",)
