"""Worlds at Cloudflare that are often needed, each as it stands just before somebody is woken."""

from datetime import timedelta
from typing import Any

from sandbox.base import SandboxBase
from sandbox.cloudflare.version import text
from sandbox.cloudflare.world import CloudflareWorld

ACCOUNT = "01a7362d577a6c3019a474fd6f485823"
ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
FLAGS = "0f2ac74b498b48028cb68387c421e279"
DATABASE = "7c1e9b0a2d3f4c5e8a6b7d9f0e1c2a3b"
WORKER = "pitchey-production"


def pitchey(sandbox: SandboxBase) -> None:
    """Version 12 went out six minutes ago and fails; 11 and 10 before it got everything for days."""
    world = sandbox.of(CloudflareWorld)
    zone = world.add_zone(ZONE, "pitchey.example", ACCOUNT)
    zone.services.add("pitchey")
    zone.domains["pitchey.example"] = WORKER
    world.add_namespace(FLAGS, "flags").hold("feature:live-pitch", "true", {"owner": "web"})
    world.add_pool(DATABASE, "pitchey-db", 60, "password of the sandbox's database")
    worker = world.add(WORKER, ACCOUNT)
    worker.keep_secret("SENDGRID_API_KEY", "first value of sendgrid_api_key")
    for number in range(9):
        worker.deployed(f"code-{number}", timedelta(days=30 - number), bindings=_bindings())
    worker.deployed("code-of-10", timedelta(days=6))
    worker.deployed("code-of-11", timedelta(days=2))
    worker.deployed("code-of-12", timedelta(minutes=6), good=False)
    worker.say("GET /api/pitches 200", ago=timedelta(minutes=9))
    for ago in (1, 3, 5):
        worker.say("GET /api/pitches 500", "error", "TypeError: pitch is undefined", timedelta(minutes=ago))
    sandbox.add_service("pitchey", worker)


def starved(sandbox: SandboxBase) -> None:
    """Every version is good; the database gets fewer connections than it needs."""
    pitchey(sandbox)
    worker = sandbox.of(CloudflareWorld).workers[WORKER]
    for version in worker.versions:
        version.good = True
    worker.connections_needed = 80


def _bindings() -> list[dict[str, Any]]:
    return [
        text("RATE_LIMIT", "100"),
        text("ENVIRONMENT", "production"),
        {"type": "secret_text", "name": "SENDGRID_API_KEY"},
        {"type": "kv_namespace", "name": "FLAGS", "namespace_id": FLAGS},
        {"type": "hyperdrive", "name": "DB", "id": DATABASE},
    ]
