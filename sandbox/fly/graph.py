"""Fly's objects as its GraphQL schema names their fields, and the selection made from them."""

from collections.abc import Callable
from typing import Any

from sandbox.clock import digest_of, written
from sandbox.fly.application import GONE, FlyApp, Image, Release
from sandbox.fly.machine import reference
from sandbox.fly.selection import Field

Node = dict[str, Any]
Resolver = Callable[..., Any]


class NoSuchFieldError(Exception):
    """The schema has no field of that name there."""


def select(node: Any, fields: tuple[Field, ...]) -> Any:
    """Of an object only what was asked for; of a list, of each."""
    if isinstance(node, list):
        return [select(one, fields) for one in node]
    if node is None or not fields:
        return node
    chosen = {}
    for field in fields:
        if field.name not in node:
            raise NoSuchFieldError(f"Field '{field.name}' doesn't exist on type '{node['__typename']}'")
        value = node[field.name]
        if callable(value):
            value = value(**field.arguments)
        chosen[field.alias] = select(value, field.fields)
    return chosen


def app_node(app: FlyApp) -> Node:
    """An app."""
    current = app.releases[0] if app.releases else None

    def releases(first: int = 25, status: str | None = None, **_: Any) -> Node:
        chosen = [one for one in app.releases if status in (None, one.status)][:first]
        return connection("ReleaseUnprocessedConnection", [release_node(app, one) for one in chosen])

    def machines(first: int = 100, **_: Any) -> Node:
        standing = [one for one in app.machines.values() if one.state not in GONE][:first]
        return connection("MachineConnection", [_machine_node(one) for one in standing])

    latest = release_node(app, current) if current else None
    return {
        "__typename": "App",
        "id": app.id or app.name,
        "name": app.name,
        "internalNumericId": 1000 + len(app.name),
        "status": "deployed" if app.releases else "pending",
        "state": "DEPLOYED" if app.releases else "PENDING",
        "deployed": bool(app.releases),
        "hostname": f"{app.name}.fly.example",
        "appUrl": f"https://{app.name}.fly.example",
        "platformVersion": "machines",
        "version": current.version if current else 0,
        "organization": {"__typename": "Organization", "id": "o1", "name": "Team", "slug": "team"},
        "currentRelease": latest,
        "currentReleaseUnprocessed": latest,
        "currentLock": _lock_node(app),
        "release": lambda **which: _one_release(app, **which),
        "releases": releases,
        "releasesUnprocessed": releases,
        "machines": machines,
        "secrets": [_secret_node(app, name) for name in app.secrets],
    }


def release_node(app: FlyApp, release: Release) -> Node:
    """A release."""
    image = app.images.get(release.image_ref)
    return {
        "__typename": "ReleaseUnprocessed",
        "id": release.id,
        "version": release.version,
        "stable": release.stable,
        "inProgress": release.status in ("pending", "running"),
        "reason": release.reason,
        "description": release.description,
        "status": release.status,
        "deploymentStrategy": release.strategy,
        "configDefinition": release.definition,
        "evaluationId": None,
        "revertedTo": None,
        "imageRef": release.image_ref,
        "image": None if image is None or image.pruned else _image_node(image),
        "createdAt": written(release.created_at),
        "updatedAt": written(release.updated_at or release.created_at),
        "user": {
            "__typename": "User",
            "id": digest_of(release.email)[:8],
            "name": release.email.partition("@")[0].title(),
            "email": release.email,
        },
    }


def _image_node(image: Image) -> Node:
    return {
        "__typename": "Image",
        "id": image.digest,
        "ref": image.ref,
        "absoluteRef": f"{image.ref}@{image.digest}",
        "digest": image.digest,
        **reference(image.ref),
    }


def connection(kind: str, nodes: list[Node]) -> Node:
    """A list as Relay wraps it."""
    edges = [{"__typename": "Edge", "cursor": str(index), "node": node} for index, node in enumerate(nodes)]
    return {
        "__typename": kind,
        "nodes": nodes,
        "edges": edges,
        "totalCount": len(nodes),
        "pageInfo": {
            "__typename": "PageInfo",
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def _one_release(app: FlyApp, **which: Any) -> Node | None:
    found = (one for one in app.releases if which.get("id") == one.id or which.get("version") == one.version)
    release = next(found, None)
    return release_node(app, release) if release else None


def _machine_node(machine: Any) -> Node:
    return {
        "__typename": "Machine",
        "id": machine.id,
        "instanceId": machine.instance_id,
        "name": machine.name,
        "region": machine.region,
        "state": machine.state,
        "createdAt": written(machine.created_at),
        "updatedAt": written(machine.updated_at),
    }


def _secret_node(app: FlyApp, name: str) -> Node:
    body = app.secrets[name].body(name)
    kept = {"id": name, "name": name, "digest": body["digest"], "createdAt": body["created_at"]}
    return {"__typename": "Secret", **kept, "user": None}


def _lock_node(app: FlyApp) -> Node | None:
    if app.lock is None or app.lock[1] <= app.origin.now():
        return None
    return {"__typename": "AppLock", "lockId": app.lock[0], "expiration": written(app.lock[1])}
