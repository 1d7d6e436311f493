"""Doors of a fake that no case goes through: tests of other parts do, so they too answer as described."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.fly.world import FlyWorld
from sandbox.status_pages import Make, Weather
from sandbox.vercel.scenes import TEAM
from sandbox.vercel.world import VercelWorld
from sandbox.world import Sandbox

Calls = Iterable[tuple[str, str, Any]]


def _fly(sandbox: Sandbox) -> Calls:
    app = sandbox.of(FlyWorld).apps["slurpy-backend"]
    base, machine = "/fly/v1/apps/slurpy-backend", app.standing()[0]
    yield "GET", base, None
    yield "GET", f"{base}/secrets", None
    yield "POST", f"{base}/secrets", {"values": {"CLERK_SECRET_KEY": "new", "OPENAI_API_KEY": None}}
    for what in ("events", "metadata", "versions", "wait", "lease"):
        yield "GET", f"{base}/machines/{machine.id}/{what}", None
    yield "POST", f"{base}/machines/{machine.id}/lease", {"ttl": 30, "description": "somebody else's"}
    yield "POST", f"{base}/machines/{machine.id}/lease", {"ttl": 30}
    stale = {"config": machine.config, "current_version": "01KA0000000000000000000000"}
    yield "POST", f"{base}/machines/{app.standing()[1].id}", stale


def _vercel(sandbox: Sandbox) -> Calls:
    project, team = sandbox.of(VercelWorld).projects["my-shop"], f"?teamId={TEAM}"
    one = "/vercel/v1/projects/my-shop"
    yield "GET", f"/vercel/v4/aliases{team}", None
    yield "GET", f"{one}/env/{project.variables[0].id}{team}", None
    added = {"key": "FLAG", "value": "on", "type": "encrypted", "target": ["production"]}
    yield "POST", f"/vercel/v10/projects/my-shop/env{team}", added
    yield "POST", f"{one}/rollback/{project.deployments[1].id}{team}", {}
    yield "GET", f"/vercel/v9/projects/my-shop/rollback/aliases{team}", None
    building = sandbox.of(VercelWorld).deploy("my-shop", in_progress=True)
    yield "PATCH", f"/vercel/v12/deployments/{building}/cancel{team}", None


def _status(sandbox: Sandbox) -> Calls:
    """Statuspage and incident.io in every weather; the vendors' own makes are described nowhere."""
    sandbox.add_status_page("grouped", Make.STATUSPAGE, ["Edge / Lisbon", "API"])
    documents = ("status", "summary", "components", "incidents", "incidents/unresolved")
    for page in ("fly", "openai", "grouped"):
        for weather in Weather:
            sandbox.status_pages[page].turn(weather)
            if weather is not Weather.UNREACHABLE:
                yield from (("GET", f"/status/{page}/api/v2/{name}.json", None) for name in documents)


CALLS: dict[str, Callable[[Sandbox], Calls]] = {"fly": _fly, "vercel": _vercel, "status": _status}
