"""Whose a target is: the services that own it, their limits, and the page of the vendor that is called."""

from collections.abc import Callable

import pytest

from stanch.model.playbook import Pinned
from stanch.playbooks.book import Book

TEAM = """
providers:
  fly: {token: env:FLY_API_TOKEN, status_page: fly}
  box: {token: env:BOX, status_page: boxes}
services:
  backend:
    runs_on: {provider: fly, app: slurpy-backend}
    health: [https://api.slurpy.example/healthz]
    also_on: [{provider: box, box: cache-1}]
    limits: {max_count: 9}
  jobs:
    runs_on: {provider: fly, app: slurpy-backend, process_group: jobs}
    limits: {max_count: 1}
  frontend:
    runs_on: {provider: box, box: web-1}
    limits: {changes_per_hour: 0}
  spare:
    runs_on: {provider: fly, app: slurpy-spare}
"""


@pytest.fixture
def pinned(scenario: Callable[..., Book]) -> Callable[..., Pinned]:
    return lambda lines: scenario(lines, TEAM).scenarios[0]


@pytest.mark.parametrize(
    ("option", "services", "page"),
    [
        ("{uses: fly.restart}", ("backend", "jobs"), "fly"),
        ("{uses: fly.restart, target: jobs}", ("backend", "jobs"), "fly"),
        ("{uses: fly.restart, target: fly:slurpy-spare}", ("spare",), "fly"),
        ("{uses: box.tune}", ("backend",), "boxes"),
        ("{uses: box.tune, target: frontend}", ("frontend",), "boxes"),
        ("{uses: box.tune, target: box:cache-1}", ("backend",), "boxes"),
    ],
)
def test_a_step_knows_who_owns_its_target_and_whose_vendor_it_calls(
    pinned: Callable[..., Pinned], option: str, services: tuple[str, ...], page: str
) -> None:
    step = pinned(f"options: [{option}]").options[0].steps[0]

    assert (step.services, step.page) == (services, page)


def test_a_vendor_without_a_page_has_none(scenario: Callable[..., Book]) -> None:
    without = TEAM.replace("box: {token: env:BOX, status_page: boxes}", "box: {token: env:BOX}")

    step = scenario("options: [{uses: box.tune}]", without).scenarios[0].options[0].steps[0]

    assert step.page == ""


def test_the_limits_of_everybody_a_step_can_touch_are_pinned(pinned: Callable[..., Pinned]) -> None:
    found = pinned("options: [{uses: box.tune, target: frontend}]").limits

    assert set(found) == {"backend", "jobs", "frontend"}
    assert (found["jobs"].max_count, found["frontend"].changes_per_hour) == (1, 0)


def test_what_is_asked_for_by_hand_finds_its_owners_limits_pinned(pinned: Callable[..., Pinned]) -> None:
    assert set(pinned("options: []").limits) == {"backend", "jobs"}


def test_a_step_by_hand_knows_its_owners_too(scenario: Callable[..., Book]) -> None:
    step = scenario("options: []", TEAM).verb_step("backend", "fly.restart", {})

    assert step.services == ("backend", "jobs")


def test_a_target_of_nobody_s_is_refused(complaint: Callable[..., str]) -> None:
    said = complaint("options: [{uses: fly.restart, target: fly:elsewhere}]")

    assert "slurpy.yaml:8: scenarios.site-down.options[0].target: fly:elsewhere belongs to no service" in said
    assert "Write it under runs_on: or also_on: of a service" in said
