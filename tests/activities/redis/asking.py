"""How Redis's verb and reading are asked in tests."""

from typing import Any

from activities.contract import Reader, Verb
from activities.converging import converge
from activities.integration import Surroundings
from activities.redis.client import Redis
from sandbox.redis.keys import INSTANCE
from stanch.errors import Still
from stanch.model.change import Change, PlanRequest
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT, MARKER
from tests.activities.redis.cases import CACHE

PATIENCE = 50
SECRET = "STANCH_TEST_REDIS"


def straight(redactor: Redactor | None = None) -> Redis:
    """A connection to wherever the URL leads."""
    settings = Provider.model_validate({"instances": {INSTANCE: {"url": f"env:{SECRET}"}}})
    return Redis.connect(Surroundings(settings, redactor or Redactor()))


async def planned(verb: Verb, *, marker: str = MARKER, **arguments: Any) -> Change:
    """The change as it comes out of Temporal's history."""
    change = await verb.plan(PlanRequest(target=CACHE, arguments=arguments, as_of=AT, marker=marker))
    return Change.model_validate_json(change.model_dump_json())


async def carried_out(verb: Verb, change: Change) -> int:
    """The change as Temporal carries it out, and how often it had to wait."""
    done: set[str] = set()
    for waited in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except Still:
            continue
        return waited
    message = "it never stood"
    raise AssertionError(message)


async def read(reader: Reader, **arguments: Any) -> Any:
    """What a reading says."""
    return await reader.read(Look(target=CACHE, arguments=arguments, as_of=AT))
