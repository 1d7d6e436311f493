"""Fly's verbs in this process: connected, planned, and carried out as Temporal would."""

from typing import Any

import httpx
import pytest

from activities.connection import Connection
from activities.contract import Verb
from activities.converging import converge
from activities.fly.client import Fly
from activities.fly.patient_api import PatientApi
from activities.integration import Surroundings
from sandbox.app import application
from sandbox.fly.application import FlyApp
from sandbox.fly.keys import FlyKey
from sandbox.fly.machine import Machine, machine_config
from sandbox.world import Sandbox
from stanch.errors import Conflict, Still
from stanch.model.change import Change, PlanRequest, Target
from stanch.model.team import Provider
from stanch.secrets import Redactor
from tests.activities.contract.bench import FINGERPRINTS, PATIENCE, Line
from tests.activities.contract.case import AT, MARKER
from tests.activities.fly.cases import BACKEND


def fly_of(
    sandbox: Sandbox,
    key: str = FlyKey.ALL,
    line: Line | None = None,
    team_secrets: dict[str, str] | None = None,
    **params: str,
) -> Fly:
    """A connection whose every request carries these parameters too; the team's secrets by reference."""
    connection = Connection(
        transport=httpx.ASGITransport(line or Line(application(sandbox))),
        base_url="http://sandbox.example/fly/v1/",
        headers={"Authorization": f"Bearer {key}"},
        params=params,
    )
    around = Surroundings(Provider(), Redactor([key]), FINGERPRINTS, team_secrets or {})
    return Fly(PatientApi("fly", connection, around.redactor), "http://sandbox.example/fly/graphql", around)


async def planned(verb: Verb, target: Target = BACKEND, max_count: int = 4, **arguments: Any) -> Change:
    """What comes out of Temporal's history; `templates`, `facts` and `largest_size` are passed on."""
    known = {name: arguments.pop(name) for name in ("templates", "facts") if name in arguments}
    limits = {"max_count": max_count, "largest_size": arguments.pop("largest_size", "")}
    request = PlanRequest(target=target, arguments=arguments, as_of=AT, marker=MARKER, limits=limits, **known)
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


def one_more(app: FlyApp, image: str, group: str = "app", **config: Any) -> Machine:
    """A further machine that has started."""
    machine = app.add({**machine_config(image, group), **config}, "ord")
    machine.state = "started"
    return machine


def image_of(app: FlyApp, version: int) -> str:
    """The image of a release."""
    return next(release.image_ref for release in app.releases if release.version == version)


def images_of(app: FlyApp) -> list[str]:
    """What each machine of the app runs."""
    return [str(machine.config["image"]) for machine in app.standing()]


def operations(sandbox: Sandbox) -> list[str]:
    """What was done, in order."""
    return [effect.operation.removeprefix("fly.") for effect in sandbox.ledger.effects()]


def deploy(machine: Machine, image: str) -> None:
    """Somebody else's deployment reaches this machine."""
    machine.take_config({**machine.config, "image": image}, machine.origin.ulid())


async def still_at_it(verb: Verb, change: Change, done: set[str], attempts: int) -> None:
    """So many attempts find it under way."""
    for _ in range(attempts):
        with pytest.raises(Still):
            await converge(verb, change, done)
