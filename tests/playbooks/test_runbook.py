"""A playbook as people follow it by hand; `runbooks/` holds the pages as they are read."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from stanch.errors import PlaybookError
from stanch.playbooks.book import Book
from stanch.playbooks.runbook.runbook_page import markdown
from stanch.playbooks.runbook.whole_playbook import runbooks
from tests.playbooks import shop

PAGES = Path(__file__).parent / "runbooks"
TEAM = shop.TEAM + "contacts: {Payments: https://help.pay.example}\n"
EVERYTHING = r"""
alerts:
  Down: {when: health.is_down, for: 2m}
  Errors: {fires: {P0: metrics.error_rate > 0.1, P1: metrics.error_rate > 0.05}, for: 5m, every: 30s}
  Slow: {when: metrics.p95 > 1500ms}
scenarios:
  down:
    opens_on: {alert: [Down, 'Shop*'], labels: {team: shop}}
    severity: {P0: metrics.error_rate > 0.1 || health.is_down, P1: otherwise}
    look_at: [recent]
    evidence:
      recent: {uses: recent}
    contain:
      - {when: '!vendors.is_down', turn_off: checkout, approval: nobody, back: 24h}
      - {turn_off: search, say: {team: Search is off}}
    options:
      - {when: vendors.is_down, hold: "${vendors.said}", page: on-call}
      - name: back
        when: release.is_suspect && release.age < 2h
        uses: roll_back
        approval: {who: one, nobody_if: metrics.error_rate > 0.5, within: 5m, then: skip}
        verify: {good_when: lines.failed == 0, stays_good_for: 3m}
        then: [{uses: restart, target: site}, {manual: {do: Tell the author, type: "echo ${release.name}"}}]
      - {turn_off: "${lines.by.path.top}"}
      - {set: {lifetime: {at_least: 60}}, revert_after: 1h}
      - {steps: [{uses: scale, with: {count: 3}}, {uses: cave.flush, target: cache}], approval: one}
      - {uses: set_secret, with: {key: KEY, value: {secret: stripe}}, approval: one}
      - {manual: [Look at the queue, {do: Count it, type: redis-cli llen jobs}]}
    verify: {uses: probe, stays_good_for: 15m}
    otherwise: {escalate: lead, say: Nothing helped, manual: Call the vendor}
  everything-back:
    opens_on: {asked: {release: {one_of: [v1, v2]}}}
    options: [{uses: roll_back, with: {release: "${asked.release}"}, approval: two}]
  errors:
    opens_on: Errors
    severity: P1
    mode: shadow
    options: [{uses: restart}]
commands:
  again: {uses: restart, target: shop}
  look: {uses: probe, target: [shop, site]}
follow_ups: {24h: [Timeline written], 1w: [Post-mortem held]}
checklists:
  closure: [Everybody told]
  phases: {detection: {until: 5m, do: [Alert received]}}
"""


@pytest.fixture
def book(load: Callable[..., Book]) -> Book:
    return load(EVERYTHING.replace("target: site", "target: site"), TEAM)


def test_a_runbook_says_all_that_its_playbook_says(book: Book) -> None:
    (found,) = runbooks(book, "shop", lambda _: ())

    page = markdown(found)

    assert page + "\n" == (PAGES / "shop.md").read_text()


def test_commands_stand_where_they_are_known(book: Book) -> None:
    (found,) = runbooks(book, "", lambda step: (f"type {step.uses} {step.target.name}",))

    page = markdown(found)

    assert "   - `cliff.roll_back`: cliff.roll_back\n      ```\n      type cliff.roll_back shop-web\n" in page


def test_a_runbook_is_a_document_for_machines_too(book: Book) -> None:
    (found,) = runbooks(book, "shop", lambda _: ())

    document = asdict(found)

    assert document["playbook"] == "shop"
    assert document["chapters"][0]["title"] == "down of shop"
    assert document["chapters"][0]["sections"][0]["title"] == "When it opens"


def test_a_playbook_that_nobody_wrote_is_refused_with_those_that_are(book: Book) -> None:
    with pytest.raises(PlaybookError, match=r"there is no playbook shap\. Did you mean shop"):
        runbooks(book, "shap", lambda _: ())
