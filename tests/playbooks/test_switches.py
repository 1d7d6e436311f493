"""What is turned off, turned on and set, and what cannot be done so."""

from collections.abc import Callable

import pytest

from stanch.model.playbook import Chosen, PinnedOption
from stanch.model.verb import Approval


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
