from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sandbox.fly.keys import FlyKey
from stanch.playbooks.book import Book
from tests.gateway.doubles import ENVIRONMENT, SENDER, TOKENS, FakeControl, app_of, book_in, client_of


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENVIRONMENT, "FLY_TOKEN_OF_TESTS": str(FlyKey.ALL)}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return book_in(tmp_path)


@pytest.fixture
def control(book: Book) -> FakeControl:
    return FakeControl(book)


@pytest.fixture
def app(control: FakeControl, book: Book) -> FastAPI:
    return app_of(control, book)


@pytest.fixture
async def sender(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, SENDER) as client:
        yield client


@pytest.fixture
async def ana(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, TOKENS["ana"]) as client:
        yield client


@pytest.fixture
async def li(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, TOKENS["li"]) as client:
        yield client


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody is signed in yet; forms come from the page's own address."""
    async with client_of(app) as client:
        client.headers["Origin"] = str(client.base_url)
        yield client


@pytest.fixture
async def nobody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client
