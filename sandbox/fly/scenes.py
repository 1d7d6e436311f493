"""Worlds on Fly, each as it stands just before somebody is woken."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.fly.machine import machine_config
from sandbox.fly.world import FlyWorld
from sandbox.status_pages import Make

if TYPE_CHECKING:
    from sandbox.world import Sandbox


def slurpy(sandbox: "Sandbox") -> None:
    """Release 42 went out six minutes ago and fails; 41 only set a secret on 40's image."""
    app = sandbox.of(FlyWorld).add("slurpy-backend")
    older, good, failed, bad = (
        app.image("deployment-01KA4QM2V7C8D9E0F1G2H3J4K5"),
        app.image("deployment-01KA7RN3W8D9E0F1G2H3J4K5M6"),
        app.image("deployment-01KA6SP4X9E0F1G2H3J4K5M6N7", good=False),
        app.image("deployment-01KADZ7M6J5H4G3F2E1D0C9B8A", good=False),
    )
    for name in ("CLERK_SECRET_KEY", "DATABASE_URL", "OPENAI_API_KEY"):
        app.keep_secret(name, f"first value of {name.lower()}")
    for _ in range(2):
        machine = app.add(machine_config(older.ref), "ord", ago=timedelta(days=90))
        machine.state = "started"
    app.deploy(older, timedelta(days=9), version=38, stable=True)
    app.release(failed, timedelta(days=4), status="failed")
    app.deploy(good, timedelta(days=3), stable=True)
    app.deploy(good, timedelta(hours=27), reason="SECRETS", description="Set secrets", stable=True)
    app.deploy(bad, timedelta(minutes=6))
    app.say("ERROR unhandled exception path=/chat status=500", "error", machine)
    sandbox.add_service("backend", app)
    sandbox.add_status_page(
        "fly", Make.STATUSPAGE, ["Machines API", "Deployments", "ORD - Chicago, Illinois (US)"]
    )
    sandbox.add_status_page("supabase", Make.STATUSPAGE, ["Database", "Auth", "Storage"])
    sandbox.add_status_page("clerk", Make.INCIDENT_IO, ["Frontend API", "Backend API"])
    sandbox.add_status_page("openai", Make.INCIDENT_IO, ["Responses", "Embeddings"])


def fleet(sandbox: "Sandbox", size: int = 1000) -> None:
    """Many small apps, `app-0` and on, each one machine on a bad release; for measuring: nobody visits."""
    sandbox.visitors.come = False
    for number in range(size):
        app = sandbox.of(FlyWorld).add(f"app-{number}")
        good = app.image("deployment-01KA7RN3W8D9E0F1G2H3J4K5M6")
        bad = app.image("deployment-01KADZ7M6J5H4G3F2E1D0C9B8A", good=False)
        app.add(machine_config(good.ref), "ord", ago=timedelta(days=90)).state = "started"
        app.deploy(good, timedelta(days=3), version=1, stable=True)
        app.deploy(bad, timedelta(minutes=6))
        sandbox.add_service(f"app-{number}", app)
