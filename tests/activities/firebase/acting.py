"""Firebase's verbs in this process: connected, planned, and carried out as Temporal would."""

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from activities.contract import Reader, Verb
from activities.converging import converge
from activities.firebase.client import Firebase
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.firebase.keys import FirebaseKey
from sandbox.world import Sandbox
from stanch.errors import Conflict, Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import PATIENCE, Line
from tests.activities.contract.case import AT, MARKER, in_process
from tests.activities.firebase.cases import PURCHASE

BASE = "http://sandbox.example/firebase"


def connected(
    sandbox: Sandbox,
    folder: Path,
    key: str = FirebaseKey.ALL,
    line: Line | None = None,
    references: dict[str, str] | None = None,
    **settings: Any,
) -> Firebase:
    """A connection with a key of its own in a file."""
    written = folder / "key.json"
    written.write_text(key)
    provider = Provider.model_validate({"token": f"file:{written}", "base_url": BASE, **settings})
    firebase = Firebase.connect(Surroundings(provider, Redactor(), references=references or {}))
    in_process(firebase, line or Line(application(sandbox)))
    SANDBOXES[firebase] = sandbox
    return firebase


async def planned(verb: Verb, target: Target = PURCHASE, **arguments: Any) -> Change:
    """What comes out of Temporal's history; `max_count` and `largest_size` are limits."""
    limits = {"max_count": arguments.pop("max_count", 4), "largest_size": arguments.pop("largest_size", "")}
    request = PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER, limits=limits)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


SANDBOXES: WeakKeyDictionary[Any, Sandbox] = WeakKeyDictionary()
"""Where each connection leads."""


def wait(verb: Verb) -> None:
    """As long as until the next attempt."""
    SANDBOXES[verb.vendor].pass_time(verb.look_again_in)


async def carried_out(verb: Verb, change: Change) -> list[str]:
    """Looked at again and again until it stands; what it was waited for is given."""
    done: set[str] = set()
    waited = []
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except (Still, Conflict) as error:
            waited.append(str(error))
            wait(verb)
            continue
        return waited
    message = f"it never stood: {waited[-1]}"
    raise AssertionError(message)


async def stopped(verb: Verb, change: Change, kind: type[Exception]) -> str:
    """What ends it after any waiting."""
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except Still:
            wait(verb)
            continue
        except kind as error:
            return str(error)
    message = f"no {kind.__name__} ended it"
    raise AssertionError(message)


async def read(reader: Reader, target: Target = PURCHASE, **asked: Any) -> Any:
    """One look, at the sandbox's instant unless told otherwise."""
    facts = {name: asked.pop(name) for name in ("first_bad_at", "as_of") if name in asked}
    return await reader.read(Look(target=target, arguments=asked, **{"as_of": AT, **facts}))
