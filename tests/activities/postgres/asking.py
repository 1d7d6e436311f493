"""How PostgreSQL's verb and readings are asked in tests."""

from typing import Any

from activities.contract import Reader, Verb
from activities.converging import converge
from activities.integration import Surroundings
from activities.postgres.client import Postgres
from sandbox.postgres.keys import DATABASE
from stanch.errors import Still
from stanch.model.change import Change, PlanRequest
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT, MARKER
from tests.activities.postgres.cases import SHOP

PATIENCE = 50
SECRET = "STANCH_TEST_POSTGRES"


def settings() -> Provider:
    """The team's settings; the connection string is in the environment."""
    return Provider.model_validate({"databases": {DATABASE: {"url": f"env:{SECRET}"}}})


def straight(redactor: Redactor | None = None) -> Postgres:
    """A connection to wherever the connection string leads."""
    return Postgres.connect(Surroundings(settings(), redactor or Redactor()))


async def planned(verb: Verb, **arguments: Any) -> Change:
    """The change as it comes out of Temporal's history."""
    asked = {"older_than": "1ms", **arguments}
    change = await verb.plan(PlanRequest(target=SHOP, arguments=asked, as_of=AT, marker=MARKER))
    return Change.model_validate_json(change.model_dump_json())


async def carried_out(verb: Verb, change: Change) -> None:
    """The change as Temporal carries it out."""
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except Still:
            continue
        return
    message = "it never stood"
    raise AssertionError(message)


async def read(reader: Reader, **arguments: Any) -> Any:
    """What a reading says."""
    return await reader.read(Look(target=SHOP, arguments=arguments, as_of=AT))
