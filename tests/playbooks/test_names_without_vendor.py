"""A playbook names no vendor: the team's own services say whose verb and reading is meant."""

from collections.abc import Callable

from stanch.model.change import Target
from stanch.model.playbook import Pinned, PinnedOption
from stanch.playbooks.book import Book


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
