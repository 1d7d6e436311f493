from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from activities.integration import Surroundings
from activities.probes import INTEGRATION
from activities.probes.page import LoadedPage, ReadPageFiles
from activities.probes.prober import Prober
from activities.team_secrets import TeamSecrets
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
SHOP = "http://sandbox.example/service/backend"
Scope = dict[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


def around(references: Mapping[str, str] | None = None) -> Surroundings:
    return Surroundings(Provider(), Redactor(["hunter2hunter2"]), references=dict(references or {}))


def over_a_socket() -> Prober:
    made: Prober = INTEGRATION.connect(around())
    return made


def outside_of(app: Any, references: Mapping[str, str] | None = None) -> Prober:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    surroundings = around(references)
    return Prober(client, surroundings.redactor, TeamSecrets(surroundings))


def answering(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> App:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        said = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": said})
        await send({"type": "http.response.body", "body": body})

    return app


def page(*files: str, **headers: str) -> App:
    """A page that names these scripts."""
    body = "".join(f'<script src="{file}"></script>' for file in files).encode()
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return answering(200, body, {"content-type": "text/html", **said})


SCRIPT = answering(200, b"x", {"content-type": "text/javascript"})


def site(pages: Mapping[str, App], fresh: Mapping[str, App] | None = None) -> App:
    """Answers by path, and otherwise 404; past its cache it may answer something else."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        asked = {**pages, **(fresh or {})} if b"stanch=" in scope["query_string"] else pages
        await asked.get(scope["path"], answering(404))(scope, receive, send)

    return app


async def loaded(outside: Prober, url: str) -> LoadedPage:
    return await ReadPageFiles(outside).read(Look(arguments={"url": url}, as_of=AT))
