"""Heroku's part of the world: apps, and what other people do to them."""

from typing import Any

from sandbox.answers import AnswerError
from sandbox.base import World
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.refusals import POOL
from sandbox.ledger import SOMEONE_ELSE

_LEE = "lee@team.example"
_LONG = 3600
"""Seconds: Heroku ends a release phase after an hour."""
_ADD_ON = "heroku-postgresql@addons.heroku.example"


class HerokuWorld(World):
    """Every app, by name, and the log sessions that were opened."""

    def clear(self) -> None:
        """Nothing is there any more."""
        self.apps: dict[str, HerokuApp] = {}
        self.sessions: dict[str, HerokuApp] = {}
        self.requests_left: float = POOL
        self.refuses_writes: AnswerError | None = None

    def add(self, name: str, **facts: Any) -> HerokuApp:
        """An app without releases or dynos."""
        self.apps[name] = HerokuApp(name=name, origin=self.origin, pace=self.pace, **facts)
        return self.apps[name]

    def state(self) -> dict[str, Any]:
        """Releases, process types and dynos of every app."""
        return {
            app.name: {
                "releases": [
                    {"version": one.version, "says": one.description, "status": one.status}
                    for one in app.releases
                ],
                "formation": {one.type: [one.quantity, one.size] for one in app.types.values()},
                "dynos": {one.name: one.state for one in app.dynos},
                "maintenance": app.maintenance,
            }
            for app in self.apps.values()
        }

    def secrets(self) -> set[str]:
        """The values of config vars that hold secrets, now and in every release; and log sessions."""
        kept = set(self.sessions)
        for app in self.apps.values():
            every = (app.config, *(release.config for release in app.releases))
            kept |= {values[name] for values in every for name in app.hidden & set(values)}
        return kept

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """New code, or a known slug, is released; or its release phase has only begun."""
        app = self.apps[name]
        slug = app.slugs.get(release) or app.slug(good=good)
        was = app.current.slug.id if app.current and app.current.slug else None
        before, app.phase_seconds = app.phase_seconds, _LONG if in_progress else 0
        app.release(f"Deploy {slug.id[:8]}", slug, dict(app.config), user=_LEE)
        app.phase_seconds = before
        self.ledger.record("heroku.deploy", name, was=was, to=slug.id, by=SOMEONE_ELSE)
        return slug.id

    def set_config(self, name: str, **values: str) -> None:
        """Somebody else sets config vars, which is a release too."""
        app = self.apps[name]
        slug = app.current.slug if app.current else None
        app.release(f"Set {', '.join(values)} config vars", slug, {**app.config, **values}, user=_LEE)
        self.ledger.record("heroku.set_config", name, to=sorted(values), by=SOMEONE_ELSE)

    def fail_over(self, name: str, address: str) -> None:
        """An add-on moves a database: a release of its own, without a release phase, and dynos anew."""
        app = self.apps[name]
        slug, before = app.current.slug if app.current else None, app.phase_seconds
        app.phase_seconds = 0
        app.release(
            "Update DATABASE by heroku-postgresql",
            slug,
            {**app.config, "DATABASE_URL": address},
            user=_ADD_ON,
        )
        app.phase_seconds = before
        self.ledger.record("heroku.fail_over", name, by=SOMEONE_ELSE)
