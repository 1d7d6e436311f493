from typing import Any

import httpx
import pytest

from sandbox import Sandbox
from sandbox.fly.keys import FlyKey
from sandbox.fly.world import FlyWorld

RELEASES = """
query($n: String!) {
  app(name: $n) {
    currentReleaseUnprocessed { ...Known createdAt }
    newest: releasesUnprocessed(first: 25) { nodes { ...Known status reason user { email } } }
  }
}
fragment Known on ReleaseUnprocessed { id version imageRef }
"""


async def ask(fly: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    answer = await fly.post("/fly/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_releases_are_answered_as_selected(fly: httpx.AsyncClient) -> None:
    app = (await ask(fly, RELEASES, n="slurpy-backend"))["data"]["app"]

    nodes = app["newest"]["nodes"]
    assert set(app["currentReleaseUnprocessed"]) == {"id", "version", "imageRef", "createdAt"}
    assert [(node["version"], node["status"]) for node in nodes] == [
        (42, "complete"),
        (41, "complete"),
        (40, "complete"),
        (39, "failed"),
        (38, "complete"),
    ]
    assert nodes[1]["imageRef"] == nodes[2]["imageRef"] != nodes[0]["imageRef"]
    assert nodes[0]["user"] == {"email": "ana@team.example"}


async def test_a_release_is_recorded_and_completed(sandbox: Sandbox, fly: httpx.AsyncClient) -> None:
    image = sandbox.of(FlyWorld).apps["slurpy-backend"].releases[1].image_ref
    made = await ask(
        fly,
        "mutation($input: CreateReleaseInput!) "
        "{ createRelease(input: $input) { release { id version inProgress } } }",
        input={
            "appId": "slurpy-backend",
            "image": image,
            "platformVersion": "machines",
            "strategy": "ROLLING",
            "definition": {},
        },
    )
    release = made["data"]["createRelease"]["release"]
    done = await ask(
        fly,
        f'mutation {{ updateRelease(input: {{releaseId: "{release["id"]}", status: "complete"}}) '
        "{ release { status inProgress } } }",
    )

    assert (release["version"], release["inProgress"]) == (43, True)
    assert done["data"]["updateRelease"]["release"] == {"status": "complete", "inProgress": False}
    operations = [effect.operation for effect in sandbox.ledger.effects()]
    assert operations == ["fly.create_release", "fly.update_release"]


@pytest.mark.parametrize(
    "query", ["{ app(name: 1) { nonsense } }", "{ app(name: ", "mutation { deleteEverything }"]
)
async def test_what_the_schema_does_not_know_is_an_error_and_unexpected(
    sandbox: Sandbox, fly: httpx.AsyncClient, query: str
) -> None:
    sandbox.of(FlyWorld).add("1")

    answer = await ask(fly, query)

    assert answer["errors"]
    assert len(sandbox.ledger.unexpected) == 1


async def test_an_unknown_app_and_a_foreign_credential_are_errors_in_the_body(fly: httpx.AsyncClient) -> None:
    unknown = await ask(fly, RELEASES, n="other")
    fly.headers["Authorization"] = f"Bearer {FlyKey.ELSEWHERE}"
    foreign = await ask(fly, RELEASES, n="slurpy-backend")

    assert unknown["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert foreign["errors"][0]["extensions"]["code"] == "UNAUTHORIZED"
