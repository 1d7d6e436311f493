"""Worlds on Heroku, each as it stands just before somebody is woken."""

from datetime import timedelta

from sandbox.base import SandboxBase
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.world import HerokuWorld

BACKEND = "gitquest-backend"


def gitquest(sandbox: SandboxBase) -> None:
    """v42 went out six minutes ago and fails; v41 only set config vars on v40's code; v39 never ran."""
    app = sandbox.of(HerokuWorld).add(BACKEND)
    _configure(app)
    app.add_type("web", 2)
    app.add_type("worker", 1)
    older, good, failed, bad = (app.slug(), app.slug(), app.slug(good=False), app.slug(good=False))
    app.released("Deploy 5566ccdd", older, timedelta(days=9), version=38)
    app.released(
        "Deploy 0099aabb", failed, timedelta(days=4), status="failed", output="error: relation exists\n"
    )
    app.released("Deploy 1a2b3c4d", good, timedelta(days=3))
    app.config |= {
        "DB_POOL_MAX": "10",
        "REDIS_CACHE_ENABLED": "true",
        "SEARCH_TOKEN": "second value of search_token",
    }
    app.released("Set DB_POOL_MAX, REDIS_CACHE_ENABLED, SEARCH_TOKEN config vars", good, timedelta(hours=27))
    app.released("Deploy 7f3c1d2e", bad, timedelta(minutes=6))
    _complain(app)
    sandbox.add_service("gitquest", app)


def _configure(app: HerokuApp) -> None:
    app.hidden = {"DATABASE_URL", "STRIPE_WEBHOOK_SECRET", "SEARCH_TOKEN"}
    app.config = {
        "CACHE_TTL": "300",
        "DATABASE_URL": "postgres://quest:first-password-of-quest@db.example:5432/quest",
        "STRIPE_WEBHOOK_SECRET": "first value of stripe_webhook_secret",
        "SEARCH_TOKEN": "first value of search_token",
        "REDIS_CACHE_ENABLED": "false",
    }
    app.add_ons.append(
        {
            "id": app.uuid(),
            "name": "postgresql-round-12345",
            "addon_service": {"id": app.uuid(), "name": "heroku-postgresql"},
            "app": app.reference,
            "config_vars": ["DATABASE_URL"],
            "created_at": "2026-01-05T09:00:00Z",
            "plan": {"id": app.uuid(), "name": "heroku-postgresql:standard-0"},
            "state": "provisioned",
            "updated_at": "2026-01-05T09:00:00Z",
        }
    )


def _complain(app: HerokuApp) -> None:
    now = app.origin.now()
    for minutes, source, process, text in (
        (5, "app", "web.1", "ERROR unhandled exception path=/quests status=500"),
        (
            4,
            "heroku",
            "router",
            'at=error code=H12 desc="Request timeout" method=GET path="/quests" status=503',
        ),
        (3, "app", "web.2", "ERROR unhandled exception path=/quests status=500"),
        (2, "heroku", "web.1", "Error R14 (Memory quota exceeded)"),
        (0, "app", "worker.1", "INFO swept 0 carts"),
    ):
        app.say(source, process, text, now - timedelta(minutes=minutes))
