"""How Firestore's verbs and readings are asked in tests."""

from typing import Any
from weakref import WeakKeyDictionary

from activities.contract import Reader, Verb
from activities.converging import converge
from activities.firestore.client import Firestore, always
from sandbox.firestore.scenes import PROJECT
from sandbox.world import Sandbox
from stanch.errors import Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.secrets import Redactor
from tests.activities.contract.bench import Line
from tests.activities.contract.case import AT, MARKER
from tests.activities.contract.wires import by_wire

NAME = f"projects/{PROJECT}/databases/(default)"
PACK = Target(provider="firestore", name=PROJECT, at={"database": "(default)"})
PATIENCE = 60
SANDBOXES: WeakKeyDictionary[Any, Sandbox] = WeakKeyDictionary()
"""Where each connection leads."""


def connected(line: Line, key: str) -> Firestore:
    """A connection with this credential, whose calls go to that line."""
    firestore = Firestore("", always(key), Redactor([key]))
    by_wire("firestore")(firestore, line)
    return firestore


async def planned(verb: Verb, *, target: Target = PACK, **arguments: Any) -> Change:
    """The change as it comes out of Temporal's history."""
    change = await verb.plan(PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER))
    return Change.model_validate_json(change.model_dump_json())


async def carried_out(verb: Verb, change: Change) -> list[str]:
    """The change as Temporal carries it out, and what it said while it waited."""
    done: set[str] = set()
    said = []
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except Still as error:
            said.append(str(error))
            SANDBOXES[verb.vendor].pass_time(verb.look_again_in)
            continue
        return said
    message = f"it never stood: {said[-1]}"
    raise AssertionError(message)


async def read(reader: Reader, *, target: Target = PACK, **arguments: Any) -> Any:
    """What a reading says."""
    return await reader.read(Look(target=target, arguments=arguments, as_of=AT))
