"""Cloudflare's endpoints about a Worker: versions, deployments and settings."""

import json
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, malformed, read_as, whole
from sandbox.cloudflare import refusals
from sandbox.cloudflare.door import SCRIPT, CloudflareDoor, answered
from sandbox.cloudflare.multipart import parts_of
from sandbox.cloudflare.refusals import refuse
from sandbox.cloudflare.version import SECRET, Version
from sandbox.cloudflare.worker import DEPLOYABLE, MESSAGE, Worker

_WHOLE = 100
_MOST_VERSIONS = 2


class Share(RequestBody):
    """One version's share."""

    version_id: str
    percentage: float = Field(ge=0.01, le=_WHOLE)


class NewDeployment(RequestBody):
    """The body that asks for a deployment."""

    strategy: str
    versions: list[Share] = Field(min_length=1, max_length=_MOST_VERSIONS)
    annotations: dict[str, str] = Field(default_factory=dict)


class ScriptSettings(RequestBody):
    """The part `settings`: every binding that is to stay, and what is written on the version."""

    bindings: list[dict[str, Any]] | None = None
    annotations: dict[str, str] = Field(default_factory=dict)


class Scripts:
    """Reading and deploying versions, and setting what they are bound to."""

    def __init__(self, door: CloudflareDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(SCRIPT + "/deployments", self.deployments, methods=["GET"]),
            Route(SCRIPT + "/deployments", self.deploy, methods=["POST"]),
            Route(SCRIPT + "/versions", self.versions, methods=["GET"]),
            Route(SCRIPT + "/versions/{version}", self.version, methods=["GET"]),
            Route(SCRIPT + "/settings", self.settings, methods=["GET"]),
            Route(SCRIPT + "/settings", self.set, methods=["PATCH"]),
            Route(SCRIPT + "/script-settings", self.script_settings, methods=["GET"]),
        ]

    async def deployments(self, request: Request) -> Response:
        """All of them, newest first: the first gets the requests."""
        return answered({"deployments": [one.body() for one in self._door.worker(request).deployments]})

    async def deploy(self, request: Request) -> Response:
        """These versions get these shares, at once; refused where secrets changed, unless it is forced."""
        worker = self._door.worker(request)
        wanted = await body_of(request, NewDeployment)
        split = {one.version_id: _plain(one.percentage) for one in wanted.versions}
        if sum(split.values()) != _WHOLE or wanted.strategy != "percentage":
            raise malformed(request, "the shares must add up to 100", 400)
        forced = request.query_params.get("force") == "true"
        versions = [_deployable(worker, version) for version in split]
        _refuse_older(worker, versions, forced=forced)
        message, was = wanted.annotations.get(MESSAGE, ""), worker.live
        made = worker.deploy(split, message)
        made.source = "api"
        for version in versions if forced else []:
            version.secrets = dict(worker.changes)
        self._door.world.ledger.record(
            "cloudflare.deploy", worker.name, was=was, to=split, marker=message, detail={"force": forced}
        )
        return answered(made.body())

    async def versions(self, request: Request) -> Response:
        """Newest first: page by page, or at once those that can be deployed."""
        lines = [one.line() for one in self._door.worker(request).versions]
        if request.query_params.get("deployable") == "true":
            return answered({"items": lines[:DEPLOYABLE]})
        page, size = whole(request, "page", 1), whole(request, "per_page", 10)
        shown = lines[(page - 1) * size : page * size]
        pages = -(-len(lines) // size)
        info = {"page": page, "per_page": size, "count": len(shown)}
        return answered(
            {"items": shown}, result_info={**info, "total_count": len(lines), "total_pages": pages}
        )

    async def version(self, request: Request) -> Response:
        """One version, with its bindings."""
        worker = self._door.worker(request)
        found = worker.version(request.path_params["version"])
        if found is None:
            raise refuse(404, 10021, "This version does not exist.")
        if worker.origin.now() < found.created + worker.shown_after:
            raise refuse(404, refusals.NOT_THERE_YET, "The requested Worker version could not be found")
        return answered(found.body())

    async def settings(self, request: Request) -> Response:
        """What the newest version is bound to."""
        return answered(_settings(self._door.worker(request)))

    async def set(self, request: Request) -> Response:
        """A new version of the newest one's code, deployed at once; bindings that are not listed are gone."""
        worker = self._door.worker(request)
        part = (await parts_of(request)).get("settings")
        if part is None or not part.kind.startswith("application/json"):
            raise malformed(request, "Missing settings part in multipart upload.", 400)
        wanted = read_as(request, json.loads(part.content), ScriptSettings)
        newest, was = worker.newest, worker.live
        if worker.live != {newest.id: _WHOLE}:
            raise refuse(
                400, refusals.NOT_DEPLOYED, "The latest version of your Worker isn't currently deployed."
            )
        bindings = None if wanted.bindings is None else _resolved(newest, wanted.bindings)
        if bindings is not None:
            worker.bind_secrets({one["name"]: one.get("text") for one in bindings if one["type"] == SECRET})
        made = worker.upload(
            newest.code,
            good=newest.good,
            bindings=None if bindings is None else list(map(_shown, bindings)),
            annotations=wanted.annotations,
            source="api",
        )
        worker.deploy({made.id: _WHOLE}, wanted.annotations.get(MESSAGE, ""))
        self._door.world.ledger.record(
            "cloudflare.set_settings",
            worker.name,
            was=was,
            to=worker.live,
            marker=wanted.annotations.get(MESSAGE, ""),
            detail={
                "variables": made.variables,
                "bindings": sorted(one["name"] for one in made.bindings),
                "secrets": worker.changed_since(newest),
            },
        )
        return answered(_settings(worker))

    async def script_settings(self, request: Request) -> Response:
        """What holds for every version, such as whether logs are kept."""
        worker = self._door.worker(request)
        return answered(
            {"logpush": False, "observability": worker.observability, "tags": [], "tail_consumers": []}
        )


def _deployable(worker: Worker, wanted: str) -> Version:
    found = next((one for one in worker.versions[:DEPLOYABLE] if one.id == wanted), None)
    if found is None:
        raise refuse(400, 10021, "Only the 100 most recent versions can be deployed.")
    return found


def _refuse_older(worker: Worker, versions: list[Version], *, forced: bool) -> None:
    changed = sorted({name for version in versions for name in worker.changed_since(version)})
    if changed and not forced:
        raise refuse(
            400, refusals.SECRETS_CHANGED, f"The following secrets have changed: {', '.join(changed)}"
        )
    if any(version.migration != worker.newest.migration for version in versions):
        raise refuse(400, 10021, "Cannot deploy a version from before a Durable Object migration.")


def _resolved(newest: Version, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {one["name"]: one for one in newest.bindings}
    for one in wanted:
        if one["type"] == "inherit" and one["name"] not in known:
            raise refuse(400, refusals.NO_SUCH_BINDING, f"Cannot inherit binding {one['name']}.")
    return [known[one["name"]] if one["type"] == "inherit" else one for one in wanted]


def _shown(binding: dict[str, Any]) -> dict[str, Any]:
    """A binding as it is kept with a version: of a secret only its name."""
    return {"type": SECRET, "name": binding["name"]} if binding["type"] == SECRET else binding


def _settings(worker: Worker) -> dict[str, Any]:
    return {
        "bindings": worker.newest.bindings,
        "compatibility_date": "2026-10-01",
        "compatibility_flags": [],
        "usage_model": "standard",
        "tags": [],
        "tail_consumers": [],
        "logpush": False,
        "annotations": worker.newest.annotations,
    }


def _plain(share: float) -> Any:
    return int(share) if share == int(share) else share
