"""How Stripe's verbs and readings are asked in tests."""

from pathlib import Path
from typing import Any

from activities.contract import Verb
from activities.converging import converge
from activities.stripe.add_webhook_endpoint import AddWebhookEndpoint
from activities.stripe.client import Stripe
from activities.stripe.readings import FailedPayments, ReadFailedPayments, ReadWebhooks, Webhooks
from sandbox.stripe.scenes import URL
from sandbox.world import Sandbox
from stanch.errors import Conflict, Still
from stanch.model.change import Change, PlanRequest
from stanch.model.evidence import Look
from stanch.policy import conditions, facts
from tests.activities.contract.bench import PATIENCE, Bench, Connections
from tests.activities.contract.case import AT, MARKER
from tests.activities.contract.cases import CASES
from tests.activities.stripe.cases import ACCOUNT


async def planned(verb: Verb, **arguments: Any) -> Change:
    request = PlanRequest(target=ACCOUNT, arguments=arguments, as_of=AT, marker=MARKER)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


async def second(add: AddWebhookEndpoint, into: str = "next", endpoint: str = URL) -> Change:
    return await planned(add, endpoint=endpoint, into={"secret": into})


async def carried_out(verb: Verb, change: Change) -> None:
    done: set[str] = set()
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, done)
        except (Still, Conflict):
            continue
        return
    message = "it never stood"
    raise AssertionError(message)


def content(path: Path) -> str:
    return path.read_text()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def write(path: Path, text: str) -> None:
    path.write_text(text)


def is_there(path: Path) -> bool:
    return path.exists()


async def webhooks(stripe: Stripe, **arguments: Any) -> Webhooks:
    return await ReadWebhooks(stripe).read(Look(target=ACCOUNT, arguments=arguments, as_of=AT))


async def failed(stripe: Stripe, **arguments: Any) -> FailedPayments:
    return await ReadFailedPayments(stripe).read(Look(target=ACCOUNT, arguments=arguments, as_of=AT))


def add_case(sandbox: Sandbox, folder: Path) -> Bench:
    case = next(case for case in CASES if case.name == "stripe.add_webhook_endpoint")
    return Bench(case, Connections(folder), sandbox)


def truth_of(found: Webhooks) -> conditions.Truth:
    variables = facts.variables_of(Webhooks, "it")
    known = facts.facts_of(variables, {"it": found.model_dump(mode="json")}, AT)
    return conditions.evaluate(ReadWebhooks.spec.good_when, facts.declared(variables), known).truth
