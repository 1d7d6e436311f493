"""Every request and answer of every verb and reading, held against botocore's service models."""

from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from sandbox.app import application
from sandbox.aws import calls
from sandbox.aws.borrowed import SERVICES
from sandbox.clock import SandboxClock
from sandbox.vendors import opened
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from tests.activities.aws.cases import CASES, READINGS
from tests.activities.aws.shapes import faults, is_operation, operation
from tests.activities.contract.bench import Bench, Connections
from tests.activities.contract.case import AT, SOURCES, Case, ReadingCase

HOSTED = {"GetHostedConfigurationVersion", "CreateHostedConfigurationVersion"}


class Listening:
    """A line that keeps what was answered to which call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._app = application(sandbox)
        self.heard: list[tuple[calls.AwsCall, int, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope, receive = await opened(scope, receive)
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)
            await send(message)

        await self._app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in said[1:])
        self.heard.append((calls.read(scope), said[0]["status"], body))

    def wrong(self) -> Iterator[str]:
        for call, status, body in self.heard:
            model = operation(call.service, call.operation)
            if status != model.http.get("responseCode", 200) and call.operation not in HOSTED:
                yield f"{call.action} was answered {status}"
            if call.service not in SERVICES:
                yield from faults(call.service, call.operation, body)


@pytest.fixture(scope="module")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Connections:
    return Connections(tmp_path_factory.mktemp("credentials"))


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_verb_and_its_undo_hear_only_what_aws_could_say(case: Case, connections: Connections) -> None:
    bench = Bench(case, connections)
    listening = Listening(bench.sandbox)
    bench.line._app = listening
    change = await bench.plan()

    await bench.settle(change)
    if case.undo_effects:
        await bench.settle(change.undone())

    assert listening.heard
    assert list(listening.wrong()) == []


@pytest.mark.parametrize("case", READINGS, ids=str)
async def test_a_reading_hears_only_what_aws_could_say(case: ReadingCase, connections: Connections) -> None:
    outside = connections.to(case)
    listening = Listening(Sandbox(case.scene, SandboxClock(AT)))
    case.attach(outside, listening)
    look = Look(target=case.target, arguments=case.arguments, as_of=AT, first_bad_at=case.first_bad_at)

    await SOURCES[case.reading][1](outside).read(look)

    assert listening.heard
    assert list(listening.wrong()) == []


def test_every_action_that_a_verb_or_reading_needs_is_one_of_aws() -> None:
    integration = CASES[0].integration
    specs = [verb.spec for verb in integration.verbs] + [reader.spec for reader in integration.readings]

    actions = {action for spec in specs for action in spec.needs} - {"iam:PassRole"}

    assert [action for action in actions if not is_operation(*action.split(":"))] == []


async def test_what_a_case_asks_is_among_what_its_verb_or_reading_needs(connections: Connections) -> None:
    for case in CASES:
        bench = Bench(case, connections)
        listening = Listening(bench.sandbox)
        bench.line._app = listening
        change = await bench.plan()
        await bench.settle(change)

        asked = {call.action for call, _, _ in listening.heard}

        needs = next(verb.spec.needs for verb in case.integration.verbs if verb.spec.name == case.verb)
        assert asked <= set(needs), case.name
