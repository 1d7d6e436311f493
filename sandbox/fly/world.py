"""Fly's part of the world: apps, and what other people do to them."""

from typing import Any

from sandbox.base import World
from sandbox.fly.application import FlyApp
from sandbox.fly.machine import lend_to_someone_else
from sandbox.ledger import SOMEONE_ELSE


class FlyWorld(World):
    """Every app, by name."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.apps: dict[str, FlyApp] = {}

    def add(self, name: str) -> FlyApp:
        """An app without releases or machines."""
        self.apps[name] = FlyApp(name=name, id=name, origin=self.origin, pace=self.pace)
        return self.apps[name]

    def state(self) -> dict[str, Any]:
        """Releases and machines of every app."""
        return {
            app.name: {
                "releases": [
                    {"version": one.version, "image": one.image_ref, "status": one.status}
                    for one in app.releases
                ],
                "machines": [
                    {
                        "id": one.id,
                        "state": one.state,
                        "image": one.config["image"],
                        "guest": one.config.get("guest"),
                    }
                    for one in app.machines.values()
                ],
            }
            for app in self.apps.values()
        }

    def secrets(self) -> set[str]:
        """The values of all apps' secrets."""
        return {secret.value for app in self.apps.values() for secret in app.secrets.values()}

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """A new image, or a known one, runs on every machine; or its release holds every machine's lease."""
        app = self.apps[name]
        if in_progress:
            return self._begin(app, good=good)
        ref = release or app.image(good=good).ref
        was = app.releases[0].image_ref if app.releases else None
        made = app.deploy(ref)
        facts: dict[str, Any] = {"by": SOMEONE_ELSE, "detail": {"version": made.version}}
        self.ledger.record("fly.deploy", name, was=was, to=ref, **facts)
        return ref

    def _begin(self, app: FlyApp, *, good: bool) -> str:
        release = app.release(app.image(good=good), status="running")
        for machine in app.standing():
            lend_to_someone_else(machine)
        detail = {"version": release.version}
        self.ledger.record("fly.begin_deploy", app.name, to=release.image_ref, by=SOMEONE_ELSE, detail=detail)
        return release.image_ref
