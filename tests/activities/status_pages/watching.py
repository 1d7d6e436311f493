from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from activities.connection import Connection
from activities.http import Api
from activities.status_pages.pages import Pages
from activities.status_pages.reading import PageReading, ReadPage
from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.scenes import empty
from sandbox.status_pages import Make
from sandbox.world import Sandbox
from stanch.model.evidence import Look
from stanch.model.team import StatusPage
from stanch.secrets import Redactor

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
COMPONENTS = {
    Make.HEROKU: ["Apps", "Data", "Tools"],
    Make.GOOGLE: ["Cloud Run functions", "Cloud Firestore"],
    Make.AWS: ["ECS", "RDS"],
}
REGIONS = {Make.AWS: ("us-east-1",)}
"""What a team has to name, at least."""


def world(*makes: Make) -> Sandbox:
    """A calm page of each make, under the make's name."""
    sandbox = Sandbox(empty, SandboxClock(AT))
    for make in makes or tuple(Make):
        sandbox.add_status_page(make, make, COMPONENTS.get(make, ["API", "Dashboard"]))
    return sandbox


def reader(sandbox: Sandbox, **pages: Mapping[str, Any]) -> ReadPage:
    """Reads the sandbox's pages; a page's own settings are added to its address."""
    connection = Connection(transport=httpx.ASGITransport(application(sandbox)))
    found = {
        name: StatusPage.model_validate(
            {"url": f"http://sandbox.example/status/{name}", **pages.get(name, {})}
        )
        for name in {*sandbox.status_pages, *pages}
    }
    return ReadPage(Pages(Api("status", connection, Redactor()), found))


async def look(page: ReadPage, name: str, *components: str, at: datetime = AT) -> PageReading:
    return await page.read(Look(arguments={"page": name, "components": list(components)}, as_of=at))
