import json
import os
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from jsonschema.exceptions import best_match

from stanch.sandbox import Sandbox
from stanch.sandbox.fly.graph import app_node
from stanch.sandbox.fly.world import FlyWorld
from stanch.sandbox.status_pages import Weather
from stanch.sandbox.vercel.world import VercelWorld

SPECS = Path(os.environ.get("STANCH_SPECS") or Path(__file__).resolve().parents[3] / "shared" / "specs")
MACHINE = "/apps/{app_name}/machines/{machine_id}"

# One copy of the description calls a single alias a list; the vendor's own page and its answers do not.
ALIAS = "/v4/aliases/{idOrAlias}"

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason=f"the vendors' own API descriptions are not in {SPECS}; say STANCH_SPECS"
)


def loosened(schema: Any) -> Any:
    """Vendors answer null where their documents say object or string, and more keys than they list."""
    if isinstance(schema, list):
        return [loosened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {key: loosened(value) for key, value in schema.items() if key != "additionalProperties"}
    if isinstance(loose.get("type"), str):
        loose["type"] = [loose["type"], "null"]
    if isinstance(loose.get("enum"), list):
        loose["enum"] = [*loose["enum"], None]
    if "oneOf" in loose:
        loose["anyOf"] = loose.pop("oneOf")
    if "nullable" in loose and "anyOf" in loose:
        loose["anyOf"] = [*loose["anyOf"], {"type": "null"}]
    return loose


class Spec:
    def __init__(self, name: str) -> None:
        self.document = json.loads((SPECS / name).read_text())
        self.parts = loosened(self.document.get("components", {}))

    def answer(self, method: str, path: str, answer: httpx.Response) -> None:
        operation = self.document["paths"][path][method]
        described = operation["responses"][str(answer.status_code)]
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        if schema and path == ALIAS:
            schema = schema.get("items", schema)
        if schema:
            self.hold(schema, answer.json())

    def request(self, method: str, path: str, body: Any) -> None:
        described = self.document["paths"][path][method]["requestBody"]
        self.hold(described["content"]["application/json"]["schema"], body)

    def hold(self, schema: Any, value: Any) -> None:
        whole = {**loosened(schema), "components": self.parts}
        problem = best_match(jsonschema.Draft202012Validator(whole).iter_errors(value))
        assert problem is None, f"{problem.json_path}: {problem.message[:300]}"


@pytest.fixture(scope="module")
def machines_spec() -> Spec:
    return Spec("fly-machines.openapi.json")


@pytest.fixture(scope="module")
def vercel_spec() -> Spec:
    return Spec("vercel.openapi.json")


async def test_flys_machines_answer_as_described(
    sandbox: Sandbox, fly: httpx.AsyncClient, machines_spec: Spec
) -> None:
    base = "/fly/v1/apps/slurpy-backend"
    listed = await fly.get(f"{base}/machines")
    machine = listed.json()[0]
    one, image = (
        f"{base}/machines/{machine['id']}",
        sandbox.of(FlyWorld).apps["slurpy-backend"].releases[1].image_ref,
    )
    update = {"config": {**machine["config"], "image": image}, "current_version": machine["instance_id"]}
    create = {"name": "stanch-1", "region": "ord", "config": machine["config"], "lease_ttl": 30}
    held = machines_spec

    held.answer("get", "/apps/{app_name}/machines", listed)
    held.request("post", MACHINE, update)
    held.answer("post", MACHINE, await fly.post(one, json=update))
    held.answer("get", MACHINE + "/wait", await fly.get(f"{one}/wait"))
    held.answer("get", MACHINE, await fly.get(one))
    held.answer("get", MACHINE + "/versions", await fly.get(f"{one}/versions"))
    held.answer("get", MACHINE + "/events", await fly.get(f"{one}/events"))
    held.answer("get", MACHINE + "/metadata", await fly.get(f"{one}/metadata"))
    held.request("post", "/apps/{app_name}/machines", create)
    held.answer("post", "/apps/{app_name}/machines", await fly.post(f"{base}/machines", json=create))
    held.answer("get", "/apps/{app_name}/secrets", await fly.get(f"{base}/secrets"))
    values = {"values": {"CLERK_SECRET_KEY": "new", "OPENAI_API_KEY": None}}
    held.answer("post", "/apps/{app_name}/secrets", await fly.post(f"{base}/secrets", json=values))
    held.answer("get", "/apps/{app_name}", await fly.get(base))
    assert sandbox.ledger.unexpected == []


async def test_flys_refusals_and_leases_look_as_in_the_samples(fly: httpx.AsyncClient) -> None:
    samples = {
        one["name"]: one for one in json.loads((SPECS / "samples" / "fly.json").read_text())["samples"]
    }
    machine = (await fly.get("/fly/v1/apps/slurpy-backend/machines")).json()[0]
    lease = f"/fly/v1/apps/slurpy-backend/machines/{machine['id']}/lease"

    taken, refused = await fly.post(lease, json={"ttl": 30}), await fly.post(lease, json={"ttl": 30})

    for answer, sample in ((taken, samples["acquire lease"]), (refused, samples["lease held by another"])):
        assert answer.status_code == sample["status"]
        assert set(answer.json()) == set(sample["body"])
    assert set(taken.json()["data"]) == set(samples["acquire lease"]["body"]["data"])
    listed = samples["list machines, one unhealthy after release 64"]["body"][0]
    assert set(machine) == set(listed)
    assert set(machine["checks"][0]) == set(listed["checks"][0])
    assert set(machine["events"][0]) == set(listed["events"][0])


async def test_vercels_reads_and_writes_are_as_described(
    sandbox: Sandbox, vercel: httpx.AsyncClient, vercel_spec: Spec
) -> None:
    held, good = vercel_spec, sandbox.of(VercelWorld).projects["my-shop"].deployments[1].id
    live, flag = (
        sandbox.of(VercelWorld).projects["my-shop"].live,
        sandbox.of(VercelWorld).projects["my-shop"].variables[0].id,
    )
    redeploy = {
        "name": "my-shop",
        "deploymentId": live,
        "target": "production",
        "meta": {"action": "redeploy"},
    }
    added = {"key": "FLAG", "value": "on", "type": "encrypted", "target": ["production"]}
    calls: list[tuple[str, str, str, Any]] = [
        ("get", "/v7/deployments", "/v7/deployments", None),
        ("get", "/v13/deployments/{idOrUrl}", f"/v13/deployments/{live}", None),
        ("post", "/v13/deployments", "/v13/deployments", redeploy),
        ("get", "/v10/projects/{idOrName}/env", "/v10/projects/my-shop/env", None),
        ("get", "/v1/projects/{idOrName}/env/{id}", f"/v1/projects/my-shop/env/{flag}", None),
        ("patch", "/v9/projects/{idOrName}/env/{id}", f"/v9/projects/my-shop/env/{flag}", {"value": "false"}),
        ("post", "/v10/projects/{idOrName}/env", "/v10/projects/my-shop/env", added),
        ("get", "/v4/aliases", "/v4/aliases", None),
        ("get", "/v4/aliases/{idOrAlias}", "/v4/aliases/shop.example", None),
        (
            "post",
            "/v1/projects/{projectId}/rollback/{deploymentId}",
            f"/v1/projects/my-shop/rollback/{good}",
            {},
        ),
        ("get", "/v9/projects/{projectId}/rollback/aliases", "/v9/projects/my-shop/rollback/aliases", None),
        ("get", "/v9/projects/{idOrName}", "/v9/projects/my-shop", None),
        ("get", "/v1/projects/{idOrName}/rolling-release", "/v1/projects/my-shop/rolling-release", None),
    ]

    for method, described, path, body in calls:
        if body:
            held.request(method, described, body)
        held.answer(method, described, await vercel.request(method, f"/vercel{path}", json=body))

    building = sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)
    cancelled = await vercel.patch(f"/vercel/v12/deployments/{building}/cancel")
    held.answer("patch", "/v12/deployments/{id}/cancel", cancelled)
    assert sandbox.ledger.unexpected == []


async def test_vercels_lines_have_the_fields_of_the_samples(vercel: httpx.AsyncClient) -> None:
    samples = json.loads((SPECS / "samples" / "vercel.json").read_text())["samples"]
    bodies = {one["name"]: one["body"] for one in samples}

    listed = (await vercel.get("/vercel/v7/deployments")).json()
    project = (await vercel.get("/vercel/v9/projects/my-shop")).json()

    assert set(bodies["production deployments"]["deployments"][0]) <= set(listed["deployments"][0])
    before = bodies["project, the parts that matter for a rollback, before"]
    assert set(before) <= set(project)
    assert set(before["targets"]["production"]) <= set(project["targets"]["production"])


@pytest.mark.parametrize("weather", [one for one in Weather if one is not Weather.UNREACHABLE])
@pytest.mark.parametrize("page", ["fly", "openai"])
async def test_status_pages_are_as_described(
    sandbox: Sandbox, anyone: httpx.AsyncClient, page: str, weather: Weather
) -> None:
    spec = Spec("statuspage-public.openapi.json")
    sandbox.status_pages[page].turn(weather)

    for name in (
        "/status.json",
        "/summary.json",
        "/components.json",
        "/incidents.json",
        "/incidents/unresolved.json",
    ):
        spec.answer("get", name, await anyone.get(f"/status/{page}/api/v2{name}"))


def test_flys_graphql_names_exist_in_its_schema(sandbox: Sandbox) -> None:
    types = {
        one["name"]: {field["name"] for field in one.get("fields") or []}
        for one in json.loads((SPECS / "fly-graphql.introspection.json").read_text())["data"]["__schema"][
            "types"
        ]
    }
    app = app_node(sandbox.of(FlyWorld).apps["slurpy-backend"])
    nodes = [
        app,
        app["currentReleaseUnprocessed"],
        app["currentReleaseUnprocessed"]["image"],
        app["organization"],
    ]
    nodes += [app["releases"](), app["machines"]()["nodes"][0], app["secrets"][0]]

    for node in nodes:
        assert set(node) - {"__typename"} <= types[node["__typename"]], node["__typename"]
