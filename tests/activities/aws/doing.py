"""AWS's verbs in this process: connected, planned, and carried out as Temporal would."""

from typing import Any

import pytest

from activities.aws.access import Access, AwsSettings
from activities.aws.client import Aws
from activities.contract import Reader, Verb
from activities.converging import converge
from activities.send_log import SendLog
from sandbox.app import application
from sandbox.aws.keys import AwsKey
from sandbox.world import Sandbox
from stanch.errors import Conflict, PolicyError, StanchError, Still, Unavailable
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.secrets import Redactor
from tests.activities.aws.cases import API
from tests.activities.aws.wire import attach
from tests.activities.contract.bench import PATIENCE
from tests.activities.contract.case import AT, MARKER

BASE = "http://sandbox.example/aws"


def aws_of(sandbox: Sandbox, key: str = AwsKey.ALL) -> Aws:
    """A connection with this key pair."""
    redactor = Redactor()
    aws = Aws(Access(AwsSettings(), key, redactor), redactor, BASE)
    attach(aws, application(sandbox))
    return aws


async def planned(verb: Verb, target: Target = API, max_count: int = 4, **arguments: Any) -> Change:
    """What comes out of Temporal's history."""
    limits = {"max_count": max_count, "largest_size": arguments.pop("largest_size", "")}
    request = PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER, limits=limits)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


async def carried_out(sandbox: Sandbox, verb: Verb, change: Change) -> set[str]:
    """Looked at again and again until it stands."""
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except (Still, Conflict):
            sandbox.pass_time(verb.look_again_in)
            continue
        return done
    message = "it never stood"
    raise AssertionError(message)


async def kept_at(sandbox: Sandbox, verb: Verb, change: Change) -> list[StanchError]:
    """Looked at until it stands, with what was sent kept as Temporal keeps it; what was met on the way."""
    send_log, met = SendLog(), list[StanchError]()
    for _ in range(PATIENCE):
        send_log = SendLog.of(send_log.trail, sandbox.clock.now())
        try:
            await converge(verb, change, send_log)
        except (Still, Conflict, Unavailable) as error:
            met.append(error)
            again = error.look_again_in if isinstance(error, Still) else verb.look_again_in
            sandbox.pass_time(again)
            continue
        return met
    message = f"it never stood: {met[-1]}"
    raise AssertionError(message)


async def refused(verb: Verb, **arguments: Any) -> str:
    """The rule by which planning is refused."""
    with pytest.raises(PolicyError) as error:
        await planned(verb, **arguments)
    return error.value.rule


async def seen(reader: Reader, **arguments: Any) -> Any:
    """What a reading says."""
    first_bad_at = arguments.pop("first_bad_at", None)
    target = arguments.pop("target", API)
    return await reader.read(Look(target=target, arguments=arguments, as_of=AT, first_bad_at=first_bad_at))


def operations(sandbox: Sandbox) -> list[str]:
    """What was done, in order."""
    return [effect.operation.removeprefix("aws.") for effect in sandbox.ledger.effects()]


def requests(sandbox: Sandbox) -> list[str]:
    """What AWS was asked, in order."""
    return [one.path.removeprefix("/aws/") for one in sandbox.ledger.requests if one.vendor == "aws"]
