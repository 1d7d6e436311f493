"""Heroku's verbs in this process: connected, planned, and carried out as Temporal would."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from activities.contract import Reader, Verb
from activities.converging import converge
from activities.heroku.client import Heroku
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.heroku.keys import HerokuKey
from sandbox.world import Sandbox
from stanch.errors import Conflict, Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.evidence import Look
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import PATIENCE, Line
from tests.activities.contract.case import AT, MARKER
from tests.activities.heroku.cases import APP, app_of

ROTATED = "what the team's store holds now"


class Team:
    """A team's settings, its credential and its secrets in files."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.line = Line(application(sandbox))
        (folder / "stripe").write_text(ROTATED)

    def heroku(self, key: str = HerokuKey.ALL, **settings: Any) -> Heroku:
        """Connected to the sandbox with this credential."""
        (self.folder / "token").write_text(key)
        provider = Provider(
            **{
                "token": f"file:{self.folder / 'token'}",
                "base_url": "http://sandbox.example/heroku",
                **settings,
            }
        )
        references = {name: f"file:{self.folder / name}" for name in ("stripe", "former")}
        connected = Heroku.connect(
            Surroundings(provider, Redactor(), b"the key of all fingerprints", references)
        )
        connected.api.connection.answered_by(httpx.ASGITransport(self.line))
        return connected


async def planned(verb: Verb, target: Target = APP, **arguments: Any) -> Change:
    """What comes out of Temporal's history; `limits` are passed on."""
    limits = {"max_count": 4, "largest_size": "", **arguments.pop("limits", {})}
    request = PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER, limits=limits)
    return Change.model_validate_json((await verb.plan(request)).model_dump_json())


async def carried_out(sandbox: Sandbox, verb: Verb, change: Change, done: set[str] | None = None) -> set[str]:
    """Looked at again and again until it stands."""
    known = set() if done is None else done
    for _ in range(PATIENCE):
        try:
            await converge(verb, change, known)
        except (Still, Conflict):
            sandbox.pass_time(verb.look_again_in)
            continue
        return known
    message = "it never stood"
    raise AssertionError(message)


async def asked(
    reading: Reader, target: Target = APP, first_bad_at: datetime | None = None, **arguments: Any
) -> Any:
    """What a reading says at three in the morning."""
    return await reading.read(Look(target=target, arguments=arguments, as_of=AT, first_bad_at=first_bad_at))


def operations(sandbox: Sandbox) -> list[str]:
    """What was done, in order."""
    return [effect.operation.removeprefix("heroku.") for effect in sandbox.ledger.effects()]


def all_up(sandbox: Sandbox) -> None:
    """Every dyno has started."""
    for dyno in app_of(sandbox).dynos:
        dyno.state = "up"
        dyno.timetable.clear()


def ago(**span: float) -> datetime:
    """An instant before three in the morning."""
    return AT - timedelta(**span)
