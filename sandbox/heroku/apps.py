"""Heroku's endpoints about the app itself, its config vars, process types and add-ons, and the rate limit."""

from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of, json_of, malformed
from sandbox.heroku.application import HerokuApp
from sandbox.heroku.door import HerokuDoor
from sandbox.heroku.dyno import SINGLE, SIZES, ProcessType
from sandbox.heroku.keys import HerokuKey
from sandbox.heroku.refusals import answer, refuse
from sandbox.keys import shown


class Mode(RequestBody):
    """Maintenance mode."""

    maintenance: bool | None = None


class Size(RequestBody):
    """A dyno size by name."""

    name: str


class Update(RequestBody):
    """What is to be different about one process type."""

    type: str
    quantity: int | None = None
    dyno_size: Size | None = None


class Updates(RequestBody):
    """Several at once."""

    updates: list[Update]


class Apps:
    """Reading and changing what an app is."""

    def __init__(self, door: HerokuDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        app = "/heroku/apps/{app}"
        return [
            Route("/heroku/apps", self.every, methods=["GET"]),
            Route(app, self.read, methods=["GET"]),
            Route(app, self.change, methods=["PATCH"]),
            Route(app + "/config-vars", self.config, methods=["GET"]),
            Route(app + "/config-vars", self.set_config, methods=["PATCH"]),
            Route(app + "/formation", self.formation, methods=["GET"]),
            Route(app + "/formation", self.scale, methods=["PATCH"]),
            Route(app + "/addons", self.add_ons, methods=["GET"]),
            Route(app + "/features/{feature}", self.feature, methods=["GET"]),
            Route("/heroku/client/v11/databases/{database}/connection_reset", self.reset, methods=["POST"]),
            Route("/heroku/account/rate-limits", self.rate_limit, methods=["GET"]),
        ]

    async def every(self, request: Request) -> Response:
        """Every app that the credential reaches."""
        self._door.enter(request)
        reached = shown(request) != HerokuKey.ELSEWHERE
        return answer([_body(app) for app in self._door.world.apps.values() if reached])

    async def read(self, request: Request) -> Response:
        """The app."""
        return answer(_body(self._door.app(request)))

    async def change(self, request: Request) -> Response:
        """Maintenance mode on or off."""
        app = self._door.app(request)
        wanted = (await body_of(request, Mode)).maintenance
        if wanted is not None and wanted is not app.maintenance:
            was, app.maintenance = app.maintenance, wanted
            self._door.world.ledger.record("heroku.maintenance", app.name, was=was, to=wanted)
        return answer(_body(app))

    async def config(self, request: Request) -> Response:
        """Every config var with its value."""
        return answer(self._door.app(request).config)

    async def set_config(self, request: Request) -> Response:
        """Config vars are different from now on, which is a release and restarts every dyno."""
        app = self._door.app(request)
        wanted = await json_of(request)
        if not isinstance(wanted, dict) or not all(isinstance(one, str | None) for one in wanted.values()):
            raise malformed(request, "config vars are texts or null")
        owned = [key for one in app.add_ons for key in one["config_vars"] if key in wanted]
        if owned:
            raise refuse(422, f"Cannot overwrite attachment values {', '.join(owned)}.")
        after = {key: value for key, value in {**app.config, **wanted}.items() if value is not None}
        if after == app.config:
            return answer(app.config)
        removed = [key for key, value in wanted.items() if value is None]
        keys = ", ".join(removed or wanted)
        slug = app.current.slug if app.current else None
        app.release(f"{'Remove' if removed else 'Set'} {keys} config vars", slug, after)
        self._door.world.ledger.record("heroku.set_config", app.name, to=sorted(wanted))
        return answer(app.config)

    async def formation(self, request: Request) -> Response:
        """Every process type."""
        app = self._door.app(request)
        return answer([one.body(app.reference) for one in app.types.values()])

    async def scale(self, request: Request) -> Response:
        """Process types as declared; what is so already has no effect."""
        app = self._door.app(request)
        wanted = (await body_of(request, Updates)).updates
        for update in wanted:
            if update.type not in app.types:
                raise refuse(404, "Couldn't find that process type.", resource="formation")
            _refuse_tiers(app, update)
        for update in wanted:
            self._apply(app, app.types[update.type], update)
        return answer([app.types[update.type].body(app.reference) for update in wanted])

    async def add_ons(self, request: Request) -> Response:
        """Every add-on, with the names of its config vars."""
        return answer(self._door.app(request).add_ons)

    async def feature(self, request: Request) -> Response:
        """Preboot, on or off; no other feature is known here."""
        app, name = self._door.app(request), request.path_params["feature"]
        if name != "preboot":
            raise refuse(404, "Couldn't find that feature.", resource="feature")
        return answer(_feature(app), date=format_datetime(app.origin.now(), usegmt=True))

    async def reset(self, request: Request) -> Response:
        """Connections end; nothing of it stays."""
        self._door.enter(request, writes=True)
        name = request.path_params["database"]
        every = ((app, one) for app in self._door.world.apps.values() for one in app.add_ons)
        found = next(((app, one) for app, one in every if one["id"] == name), None)
        if found is None:
            raise refuse(404, "Couldn't find that database.", resource="addon")
        self._door.world.ledger.record("heroku.reset_connections", f"{found[0].name}/{found[1]['name']}")
        return answer({"message": "Connections terminated."})

    async def rate_limit(self, request: Request) -> Response:
        """How many requests are left; asking costs none."""
        self._door.enter(request)
        return answer({"remaining": int(self._door.world.requests_left)})

    def _apply(self, app: HerokuApp, here: ProcessType, update: Update) -> None:
        was = {"quantity": here.quantity, "size": here.size}
        here.quantity = here.quantity if update.quantity is None else update.quantity
        here.size = update.dyno_size.name.lower() if update.dyno_size else here.size
        to = {"quantity": here.quantity, "size": here.size}
        if was == to:
            return
        here.updated = app.origin.now()
        app.fit(here)
        self._door.world.ledger.record("heroku.scale", f"{app.name}/{here.type}", was=was, to=to)


def _refuse_tiers(app: HerokuApp, update: Update) -> None:
    size = update.dyno_size.name.lower() if update.dyno_size else app.types[update.type].size
    if size not in SIZES:
        raise refuse(404, "Couldn't find that dyno size.", resource="dyno-size")
    quantity = app.types[update.type].quantity if update.quantity is None else update.quantity
    if size in SINGLE and quantity > 1:
        raise refuse(422, f"Cannot update to more than 1 {size.title()} size dynos per process type.")
    others = {SIZES[one.size][0] for one in app.types.values() if one.type != update.type and one.quantity}
    if others - {SIZES[size][0]}:
        raise refuse(422, f"Cannot use {size.title()} dynos with other dynos.")


def _body(app: HerokuApp) -> dict[str, Any]:
    return {
        "acm": False,
        "archived_at": None,
        "created_at": "2026-01-05T09:00:00Z",
        "generation": {"id": "21234567-89ab-4def-8123-456789abcdef", "name": app.generation},
        "id": app.id,
        "maintenance": app.maintenance,
        "name": app.name,
        "owner": {"email": "ana@team.example", "id": "91234567-89ab-4def-8123-456789abcdef"},
        "region": {"id": "31234567-89ab-4def-8123-456789abcdef", "name": "us"},
        "released_at": "2026-01-05T09:00:00Z",
        "stack": {"id": "41234567-89ab-4def-8123-456789abcdef", "name": "heroku-24"},
        "updated_at": "2026-01-05T09:00:00Z",
        "web_url": app.web_url,
    }


def _feature(app: HerokuApp) -> dict[str, Any]:
    return {
        "created_at": "2026-01-05T09:00:00Z",
        "description": "Provide seamless web dyno deploys",
        "display_name": "Preboot",
        "doc_url": "https://devcenter.heroku.com/articles/preboot",
        "enabled": app.routing.preboot,
        "feedback_email": "preboot@heroku.example",
        "id": "51234567-89ab-4def-8123-456789abcdef",
        "name": "preboot",
        "state": "general",
        "updated_at": "2026-01-05T09:00:00Z",
    }
