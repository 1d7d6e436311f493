"""Cloudflare's verbs in this process: connected, planned, and carried out as Temporal would."""

from datetime import datetime
from typing import Any

import httpx

from activities.cloudflare.api import Envelope
from activities.cloudflare.client import Cloudflare
from activities.connection import Connection
from activities.contract import Reader, Verb
from activities.converging import converge
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.cloudflare.keys import CloudflareKey
from sandbox.world import Sandbox
from stanch.errors import Conflict, Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.cloudflare.cases import PITCHEY
from tests.activities.contract.bench import PATIENCE, Line
from tests.activities.contract.case import AT, MARKER


def cloudflare_of(
    sandbox: Sandbox,
    key: str = CloudflareKey.ALL,
    line: Line | None = None,
    references: dict[str, str] | None = None,
) -> Cloudflare:
    return answered_by(httpx.ASGITransport(line or Line(application(sandbox))), key, references)


def answered_by(
    transport: httpx.AsyncBaseTransport,
    key: str = CloudflareKey.ALL,
    references: dict[str, str] | None = None,
) -> Cloudflare:
    connection = Connection(
        transport=transport,
        base_url="http://sandbox.example/cloudflare/client/v4/",
        headers={"Authorization": f"Bearer {key}"},
    )
    around = Surroundings(Provider(), Redactor([key]), references=references or {})
    return Cloudflare(Envelope("cloudflare", connection, around.redactor), around)


def saying(status: int, body: Any, kind: str = "application/json") -> Cloudflare:
    """A vendor that answers everything with this."""

    def answer(_: httpx.Request) -> httpx.Response:
        if kind == "application/json":
            return httpx.Response(status, json=body)
        return httpx.Response(status, text=body, headers={"content-type": kind})

    return answered_by(httpx.MockTransport(answer))


async def planned(verb: Verb, target: Target = PITCHEY, **arguments: Any) -> Change:
    """What comes out of Temporal's history."""
    request = PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


async def carried_out(verb: Verb, change: Change, done: set[str] | None = None) -> set[str]:
    """Looked at again and again until it stands."""
    known = set() if done is None else done
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, known)
        except (Still, Conflict):
            continue
        return known
    message = "it never stood"
    raise AssertionError(message)


async def read(reader: Reader, first_bad_at: datetime | None = None, **arguments: Any) -> Any:
    look = Look(target=PITCHEY, arguments=arguments, as_of=AT, first_bad_at=first_bad_at)
    return await reader.read(look)


def operations(sandbox: Sandbox) -> list[str]:
    """What was done, in order."""
    return [effect.operation.removeprefix("cloudflare.") for effect in sandbox.ledger.effects()]
