"""What vendors were seen to answer passes, and our own models read it."""

import json
import re
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from activities.fly.answers import Machine
from activities.fly.releases import Release
from activities.pagerduty import Incident
from activities.sentry.client import Issue
from activities.status_pages import feeds, own, statuspage
from activities.status_pages.reading import summed_up
from activities.vercel.answers import Deployment, Project
from sandbox.app import application
from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.scenes import TEAM
from sandbox.world import Sandbox
from tests.activities.contract.bench import BASE
from tests.conformance.documents import MISSING, SPECS
from tests.conformance.exchange import Said
from tests.conformance.operation import Operation
from tests.conformance.verdict import Court

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=MISSING)

FILES = {
    "fly": "fly",
    "vercel": "vercel",
    "heroku": "heroku",
    "cloudflare": "cloudflare",
    "netlify": "netlify",
    "firebase": "google-firebase",
    "github": "github",
    "sentry": "sentry",
    "datadog": "datadog",
    "uptimerobot": "uptimerobot",
    "pagerduty": "pagerduty",
    "slack": "slack",
}
PARTS_ONLY = "the sample shows only the parts that matter"
DEVIATE: dict[str, dict[str, str]] = {
    "fly": {"update machine": "an older example: the restart policy in it is empty"},
    "vercel": {
        "project, the parts that matter for a rollback, before": PARTS_ONLY,
        "project while the rollback runs": PARTS_ONLY,
        "project when the rollback is done": PARTS_ONLY,
        "runtime log line": "one line of a stream, which has a content type of its own",
    },
    "cloudflare": {
        "gradual deployment (two versions)": "identifiers of a test fixture",
        "versions": "constructed with the counts that the vendor's other lists have",
        "IP access rule": "constructed with the name of the zone",
    },
    "uptimerobot": {
        "List monitors": "made from the description, with names that it does not allow",
        "Get a monitor by ID": "made from the description, with names that it does not allow",
    },
    "pagerduty": {"incident": "an example with a user's picture, which is not described there"},
    "slack": {
        "refused (HTTP 200!)": "Slack refuses by a good status, which its description does not know",
        "rate limited": "the description spells the reason otherwise",
    },
}
READ: dict[tuple[str, str, str], Any] = {
    ("fly", "list machines (docs)", ""): list[Machine],
    ("fly", "list machines, one unhealthy after release 64", ""): list[Machine],
    ("fly", "create machine", ""): Machine,
    ("fly", "releases", "data/app/releasesUnprocessed/nodes"): list[Release],
    ("vercel", "production deployments", "deployments"): list[Deployment],
    ("sentry", "issues", ""): list[Issue],
    ("vercel", "project, the parts that matter for a rollback, before", ""): Project,
    ("pagerduty", "incidents", "incidents"): list[Incident],
    ("pagerduty", "incident", "incident"): Incident,
}
"""Which of our models reads which part of which sample."""
PAGES = {
    "status, all well": (statuspage.read, "", False),
    "status, major outage": (statuspage.read, "", True),
    "summary: open incident while indicator says none": (statuspage.read, "", True),
    "incident.io behind the same address: null instead of []": (statuspage.read, "", False),
    "heroku (not Statuspage)": (own.read_heroku, "heroku postgres", True),
    "google cloud / firebase (not Statuspage)": (feeds.read_google, "us-central1", True),
    "aws health (UTF-16 body)": (feeds.read_aws, "us-east-1", True),
    "slack (not Statuspage)": (own.read_slack, "", False),
}
"""How a status page is read, narrowed to what, and whether something is wrong then."""
FLY_MACHINES = ("/fly/v1/apps/slurpy-backend/machines", FlyKey.ALL)
VERCEL_PROJECT = (f"/vercel/v9/projects/my-shop?teamId={TEAM}", VercelKey.ALL)
UNHEALTHY = ("fly", "list machines, one unhealthy after release 64")
BEFORE = ("vercel", "project, the parts that matter for a rollback, before")
SHOWN: dict[tuple[str, str, str], tuple[str, str]] = {
    (*UNHEALTHY, "0"): FLY_MACHINES,
    (*UNHEALTHY, "0/checks/0"): FLY_MACHINES,
    (*UNHEALTHY, "0/events/0"): FLY_MACHINES,
    ("vercel", "production deployments", "deployments/0"): (
        f"/vercel/v7/deployments?teamId={TEAM}",
        VercelKey.ALL,
    ),
    (*BEFORE, ""): VERCEL_PROJECT,
    (*BEFORE, "targets/production"): VERCEL_PROJECT,
}
"""Where a fake shows the same part."""


def samples(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SPECS / "samples" / f"{name}.json").read_text())["samples"]
    return found


def operation_of(court: Court, request: str) -> Operation | None:
    asked = re.match(r"([A-Z]+) (?:https://[^/]+)?(/[^ ?]*)", request)
    if not asked:
        return None
    path = re.sub(r"\{\w+\}", "x", asked[2])
    found = court.operation(asked[1], f"/{court.vendor}{path}")
    return found[0] if found and isinstance(found[0], Operation) else None


@pytest.mark.parametrize("vendor", FILES)
def test_what_a_vendor_was_seen_to_answer_is_as_it_describes_it(vendor: str) -> None:
    court, wrong, held = Court(vendor), set[str](), 0

    for sample in samples(FILES[vendor]):
        operation = operation_of(court, sample["request"])
        if operation:
            held += 1
            body = json.dumps(sample["body"]).encode() if sample.get("body") is not None else b""
            said = Said({"content-type": "application/json"}, body)
            wrong |= {sample["name"] for _ in operation.of_answer(sample["status"], said)}

    assert held
    assert wrong == DEVIATE.get(vendor, {}).keys()


def part_of(body: Any, below: str) -> Any:
    for key in below.split("/") if below else ():
        body = body[int(key)] if isinstance(body, list) else body[key]
    return body


def body_of(vendor: str, name: str) -> Any:
    return next(sample["body"] for sample in samples(vendor) if sample["name"] == name)


def named(one: object) -> str:
    return " ".join(one) if isinstance(one, tuple) else ""


@pytest.mark.parametrize(("where", "model"), READ.items(), ids=named)
def test_our_models_read_what_a_vendor_was_seen_to_answer(where: tuple[str, str, str], model: Any) -> None:
    vendor, name, below = where

    read = TypeAdapter(model).validate_python(part_of(body_of(vendor, name), below))

    assert read


@pytest.mark.parametrize("name", PAGES)
def test_a_status_page_is_read_as_it_was_seen(name: str) -> None:
    read, narrowed, degraded = PAGES[name]

    seen = read(body_of("statuspage", name))

    assert summed_up(name, seen, frozenset({narrowed} - {""})).is_degraded is degraded


@pytest.mark.parametrize(("where", "call"), SHOWN.items(), ids=named)
async def test_a_fake_shows_every_field_that_a_vendor_was_seen_to_show(
    where: tuple[str, str, str], call: tuple[str, str]
) -> None:
    vendor, name, below = where
    transport = httpx.ASGITransport(application(Sandbox.everything()))
    headers = {"Authorization": f"Bearer {call[1]}"}

    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        shown = part_of((await client.get(call[0])).json(), below)

    assert set(part_of(body_of(vendor, name), below)) <= set(shown)
