"""Vercel's verbs in this process: connected, planned, and carried out as Temporal would."""

from typing import Any

import httpx

from activities.connection import Connection
from activities.contract import Verb
from activities.converging import converge
from activities.integration import Surroundings
from activities.team_secrets import TeamSecrets
from activities.vercel.api import VercelApi
from activities.vercel.client import Vercel
from activities.vercel.readings import ReadReleases, VercelReleases
from sandbox.app import application
from sandbox.vercel.keys import VercelKey
from sandbox.vercel.project import Project
from sandbox.world import Sandbox
from stanch.errors import Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import PATIENCE
from tests.activities.contract.case import AT, MARKER
from tests.activities.vercel.worlds import SHOP


def vercel_of(
    sandbox: Sandbox,
    key: str = VercelKey.ALL,
    references: dict[str, str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Vercel:
    """A connection to the sandbox's Vercel; `references` are the team's secrets."""
    connection = Connection(
        transport=transport or httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example/vercel/",
        headers={"Authorization": f"Bearer {key}"},
    )
    redactor = Redactor([key])
    around = Surroundings(Provider(), redactor, b"the key of all fingerprints", references or {})
    return Vercel(VercelApi("vercel", connection, redactor), TeamSecrets(around), redactor)


async def planned(verb: Verb, *, target: Target = SHOP, **arguments: Any) -> Change:
    """What comes out of Temporal's history."""
    change = await verb.plan(PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER))
    return Change.model_validate_json(change.model_dump_json())


async def carried_out(sandbox: Sandbox, verb: Verb, change: Change) -> set[str]:
    """Looked at again and again until it stands."""
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except Still:
            sandbox.pass_time(verb.look_again_in)
            continue
        return done
    message = "it never stood"
    raise AssertionError(message)


async def read(vercel: Vercel, **facts: Any) -> VercelReleases:
    """What visitors get."""
    return await ReadReleases(vercel).read(Look(target=SHOP, as_of=AT, **facts))


def operations(sandbox: Sandbox) -> list[str]:
    """What was done, in order."""
    return [effect.operation for effect in sandbox.ledger.effects()]


def ids(project: Project) -> list[str]:
    """The deployments, newest first."""
    return [deployment.id for deployment in project.deployments]
