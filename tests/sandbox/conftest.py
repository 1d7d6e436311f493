from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox import Sandbox, application, keys
from sandbox.fly.keys import FlyKey
from sandbox.vercel.keys import VercelKey


def client_of(sandbox: Sandbox, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application(sandbox)),
        base_url="http://sandbox.example",
        headers={"Authorization": f"Bearer {key}"},
    )


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox.everything()


@pytest.fixture
async def fly(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, FlyKey.ALL) as client:
        yield client


@pytest.fixture
async def vercel(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, VercelKey.ALL) as client:
        client.params = httpx.QueryParams(teamId="team_sandbox")
        yield client


@pytest.fixture
async def anyone(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox, keys.SERVICE) as client:
        yield client
