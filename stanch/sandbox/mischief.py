"""What other people and bad luck do to the sandbox: deployments, breakage, repair."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from stanch.sandbox.fly.application import FlyApp
from stanch.sandbox.fly.leases import lend_to_someone_else
from stanch.sandbox.ledger import SOMEONE_ELSE
from stanch.sandbox.service import Ailment, Service
from stanch.sandbox.vercel.deployment import Commit
from stanch.sandbox.vercel.project import Project
from stanch.sandbox.world import Sandbox

_LITTLE_MEMORY = 128


class Breakage(StrEnum):
    """A way in which a service can break."""

    DOWN = "down"
    STUCK = "stuck"
    LOAD = "load"
    MEMORY = "memory"
    CACHE = "cache"
    BREAKER = "breaker"
    SECRET = "secret"  # noqa: S105  the name of a kind of breakage
    FEATURE = "feature"


_AILMENTS = {
    Breakage.DOWN: Ailment.DOWN,
    Breakage.CACHE: Ailment.POISONED_CACHE,
    Breakage.BREAKER: Ailment.OPEN_BREAKER,
}


class Breaking(BaseModel):
    """Which service breaks how; `name` and `value` say which secret or feature."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    breakage: Breakage = Breakage.DOWN
    amount: float = 0
    name: str = ""
    value: str = ""


def break_service(sandbox: Sandbox, breaking: Breaking) -> None:
    """The service is broken in that way until someone does what cures it."""
    service = sandbox.services[breaking.service]
    if breaking.breakage in _AILMENTS:
        service.ailments.add(_AILMENTS[breaking.breakage])
        return
    match breaking.breakage:
        case Breakage.LOAD:
            service.load = breaking.amount or service.load * 2.4
        case Breakage.MEMORY:
            service.memory_needed_mb = int(breaking.amount) or service.memory_needed_mb + _LITTLE_MEMORY
            _run_out_of_memory(service)
        case Breakage.STUCK:
            _stick(service)
        case Breakage.SECRET:
            service.secrets_needed[breaking.name] = breaking.value
        case Breakage.FEATURE:
            service.broken_while[breaking.name] = breaking.value


def mend_service(sandbox: Sandbox, name: str) -> None:
    """The service itself is well again; bad releases stay bad."""
    service = sandbox.services[name]
    fresh = Service(name, service.host)
    service.ailments.clear()
    service.broken_while.clear()
    service.secrets_needed.clear()
    service.load, service.memory_needed_mb = fresh.load, fresh.memory_needed_mb
    if isinstance(service.host, FlyApp):
        for machine in service.host.machines.values():
            machine.stuck = False


def deploy_to_fly(sandbox: Sandbox, app: str, *, good: bool = True, image: str = "") -> str:
    """Someone else has deployed: a new image, or a known one, runs on every machine."""
    target = sandbox.fly[app]
    ref = image or target.image(good=good).ref
    was = target.releases[0].image_ref if target.releases else None
    release = target.deploy(ref)
    facts: dict[str, Any] = {"by": SOMEONE_ELSE, "detail": {"version": release.version}}
    sandbox.ledger.record("fly.deploy", app, was=was, to=ref, **facts)
    return ref


def begin_deploy_to_fly(sandbox: Sandbox, app: str, *, good: bool = True) -> str:
    """Someone else's deployment is under way: its release runs, and it holds every machine's lease."""
    target = sandbox.fly[app]
    release = target.release(target.image(good=good), status="running")
    for machine in target.standing():
        lend_to_someone_else(machine)
    detail = {"version": release.version}
    sandbox.ledger.record("fly.begin_deploy", app, to=release.image_ref, by=SOMEONE_ELSE, detail=detail)
    return release.image_ref


def push_to_vercel(sandbox: Sandbox, project: str, *, good: bool = True, at_once: bool = True) -> str:
    """Someone else has pushed to the main branch; the build is live at once if domains follow."""
    target = sandbox.vercel[project]
    was = target.live
    made = target.build(Commit(sandbox.origin.digits(40), "a push", good))
    while at_once and made.course:
        target.observe()
    sandbox.ledger.record("vercel.push", project, was=was, to=made.id, by=SOMEONE_ELSE)
    return made.id


def _stick(service: Service) -> None:
    if isinstance(service.host, FlyApp):
        for machine in service.host.standing():
            machine.stuck = True


def _run_out_of_memory(service: Service) -> None:
    host = service.host
    if isinstance(host, Project) or not isinstance(host, FlyApp):
        return
    for machine in host.standing():
        host.say("Out of memory: Killed process 314 (node)", "error", machine)
        killed = {"exit_event": {"oom_killed": True, "exit_code": 137, "requested_stop": False}}
        machine.record("exit", "stopped", request=killed)
        machine.record("start", "started")
