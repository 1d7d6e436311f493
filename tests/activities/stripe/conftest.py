from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from activities.connection import Connection
from activities.integration import Surroundings
from activities.stripe.add_webhook_endpoint import AddWebhookEndpoint
from activities.stripe.client import Stripe, StripeApi
from activities.stripe.disable_webhook_endpoint import DisableWebhookEndpoint
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.stripe.keys import StripeKey
from sandbox.stripe.scenes import payments
from sandbox.stripe.world import StripeWorld
from sandbox.world import Sandbox
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.case import AT
from tests.activities.stripe.cases import account


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(payments, SandboxClock(AT))


@pytest.fixture
def world(sandbox: Sandbox) -> StripeWorld:
    return account(sandbox)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the new secret is to be written."""
    return tmp_path / "next"


@pytest.fixture
def stripe(sandbox: Sandbox, kept: Path) -> Stripe:
    connection = Connection(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example/stripe/v1/",
        headers={"Authorization": f"Bearer {StripeKey.ALL}"},
    )
    names = {"next": f"file:{kept}", "elsewhere": f"file:{kept.parent}/none/next", "ours": "env:OURS"}
    around = Surroundings(Provider(), Redactor([StripeKey.ALL]), b"a key", names)
    return Stripe(StripeApi("stripe", connection, around.redactor), around)


@pytest.fixture
def add(stripe: Stripe) -> AddWebhookEndpoint:
    return AddWebhookEndpoint(stripe)


@pytest.fixture
def disable(stripe: Stripe) -> DisableWebhookEndpoint:
    return DisableWebhookEndpoint(stripe)


@pytest.fixture(autouse=True)
async def _nothing_unexpected(sandbox: Sandbox) -> AsyncIterator[None]:
    yield
    assert sandbox.ledger.unexpected == []
