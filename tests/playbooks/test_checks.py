"""What is looked at, where, and by which checks a change is judged."""

from collections.abc import Callable
from datetime import timedelta

from stanch.model.change import Target
from stanch.model.playbook import Pinned
from tests.playbooks.shop import HEAD, TEAM


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
