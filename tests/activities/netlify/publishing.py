"""Netlify's verbs in this process: connected, planned, and carried out as Temporal would."""

from typing import Any

import httpx

from activities.connection import Connection
from activities.contract import Verb
from activities.converging import converge
from activities.integration import Surroundings
from activities.netlify.client import Netlify, NetlifyApi
from activities.netlify.readings import ReadReleases
from activities.portable.releases import Releases
from activities.team_secrets import TeamSecrets
from sandbox.app import application
from sandbox.netlify.keys import NetlifyKey
from sandbox.world import Sandbox
from stanch.errors import Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import PATIENCE
from tests.activities.contract.case import AT, MARKER
from tests.activities.netlify.cases import SITE


def netlify_of(
    sandbox: Sandbox, key: str = NetlifyKey.ALL, references: dict[str, str] | None = None
) -> Netlify:
    """A connection to the sandbox's Netlify; `references` are the team's secrets."""
    base, redactor = "http://sandbox.example/netlify", Redactor([key])
    connection = Connection(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url=f"{base}/",
        headers={"Authorization": f"Bearer {key}"},
    )
    around = Surroundings(Provider(), redactor, b"the key of all fingerprints", references or {})
    door = NetlifyApi("netlify", connection, redactor)
    return Netlify(door, TeamSecrets(around), redactor, f"{base}/analytics")


async def planned(verb: Verb, target: Target = SITE, **arguments: Any) -> Change:
    """What comes out of Temporal's history."""
    request = PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


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


async def read(netlify: Netlify, **facts: Any) -> Releases:
    """What visitors get."""
    return await ReadReleases(netlify).read(Look(target=SITE, as_of=facts.pop("as_of", AT), **facts))


def operations(sandbox: Sandbox) -> list[str]:
    """What was done, in order."""
    return [effect.operation.removeprefix("netlify.") for effect in sandbox.ledger.effects()]
