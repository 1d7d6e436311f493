"""Fly's Machines API: reading, creating, updating and deleting machines."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, body_of, malformed, whole
from sandbox.fly.application import GONE, FlyApp
from sandbox.fly.configuration import MachineWanted, inspect
from sandbox.fly.door import FlyDoor
from sandbox.fly.machine import Machine, lend
from sandbox.ledger import EffectKind

MACHINES = "/fly/v1/apps/{app}/machines"
ONE = MACHINES + "/{machine}"
_LONGEST_WAIT = 0.05
_MOST_SECONDS = 60
_WAITED_FOR = {"started", "stopped", "suspended", "destroyed", "failed", "settled"}


class Machines:
    """The endpoints about whole machines."""

    def __init__(self, door: FlyDoor) -> None:
        self._door = door
        self._world = door.world

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(MACHINES, self.every, methods=["GET"]),
            Route(MACHINES, self.create, methods=["POST"]),
            Route(ONE, self.get, methods=["GET"]),
            Route(ONE, self.update, methods=["POST"]),
            Route(ONE, self.delete, methods=["DELETE"]),
            Route(ONE + "/wait", self.wait, methods=["GET"]),
            Route(ONE + "/versions", self.versions, methods=["GET"]),
            Route(ONE + "/events", self.events, methods=["GET"]),
        ]

    async def every(self, request: Request) -> Response:
        """The app's machines; without `include_deleted` those that are gone are left out."""
        app = self._door.app(request)
        self._door.slow_down("list_machines", app.name)
        deleted = request.query_params.get("include_deleted") == "true"
        shown = [one for one in app.machines.values() if deleted or one.state not in GONE]
        shown = [one for one in shown if one.region not in app.unlisted_regions and app.is_shown(one)]
        for machine in shown:
            machine.observe()
        shown = [one for one in shown if _matches(one, dict(request.query_params))]
        bodies = [app.body_of(one) for one in shown]
        if request.query_params.get("summary") == "true":
            bodies = [{**body, "config": None, "incomplete_config": None} for body in bodies]
        return _paged(request, bodies)

    async def get(self, request: Request) -> Response:
        """One machine, whole."""
        app, machine = self._door.machine(request, "get_machine")
        machine.observe()
        return JSONResponse(app.body_of(machine))

    async def versions(self, request: Request) -> Response:
        """The configurations that the machine has had, newest first."""
        return JSONResponse(self._door.machine(request, "versions")[1].versions)

    async def events(self, request: Request) -> Response:
        """What happened to the machine, newest first."""
        limit = whole(request, "limit", 20)
        return JSONResponse(self._door.machine(request, "events")[1].events[:limit])

    async def create(self, request: Request) -> Response:
        """A new machine, unless one of that name exists."""
        app = self._door.app(request)
        wanted = await body_of(request, MachineWanted)
        self._door.slow_down("create_machine", app.name)
        if wanted.name and any(
            one.name == wanted.name for one in app.machines.values() if one.state not in GONE
        ):
            raise AnswerError(409, {"error": f"already_exists: a machine named {wanted.name} exists"})
        inspect(request, app, wanted)
        if not app.has_room:
            raise AnswerError(422, {"error": "insufficient_capacity: no host has room", "status": "capacity"})
        machine = app.add(wanted.config, wanted.region or "ord", wanted.name)
        if wanted.lease_ttl:
            lend(machine, wanted.lease_ttl)
        if wanted.skip_launch:
            machine.head_for("stopped", "created")
        else:
            machine.head_for("started", "created")
        self._world.ledger.record(
            "fly.create_machine",
            f"{app.name}/{machine.id}",
            to=_essence(machine.config),
            marker=_marker(machine),
            detail={"name": machine.name, "region": machine.region},
        )
        body = app.body_of(machine)
        return JSONResponse({**body, "nonce": machine.lease.nonce} if machine.lease else body)

    async def update(self, request: Request) -> Response:
        """The machine's whole configuration is replaced, which makes it a new instance."""
        app, machine = self._door.machine_to_change(request, "update_machine")
        wanted = await body_of(request, MachineWanted)
        if wanted.current_version and wanted.current_version != machine.instance_id:
            raise AnswerError(409, {"error": "machine version mismatch: current_version does not match"})
        if wanted.min_secrets_version > app.secrets_version:
            raise malformed(request, "min_secrets_version has not been reached", 400)
        if wanted.region and wanted.region != machine.region:
            raise malformed(request, "a machine's region cannot change", 400)
        inspect(request, app, wanted)
        if _is_already_so(app, machine, wanted):
            return JSONResponse(app.body_of(machine))
        if not app.has_room and wanted.config.get("guest") != machine.config.get("guest"):
            raise AnswerError(409, {"error": "could not reserve resource: insufficient memory available"})
        self._replace(app, machine, wanted)
        return JSONResponse(app.body_of(machine))

    def _replace(self, app: FlyApp, machine: Machine, wanted: MachineWanted) -> None:
        was = _essence(machine.config)
        machine.stop_first()
        machine.take_config(wanted.config, self._world.origin.ulid())
        app.hand_secrets_to(machine)
        machine.stuck = False
        machine.record("update", "replacing")
        if wanted.skip_launch:
            machine.head_for("stopped", "replacing")
        else:
            machine.head_for("started", "replacing")
        self._world.ledger.record(
            "fly.update_machine",
            f"{app.name}/{machine.id}",
            was=was,
            to=_essence(machine.config),
            marker=_marker(machine),
            detail={
                "skip_launch": wanted.skip_launch,
                "instance_id": machine.instance_id,
                "min_secrets_version": wanted.min_secrets_version,
            },
        )

    async def delete(self, request: Request) -> Response:
        """A stopped machine is destroyed; with `force` any machine is."""
        app, machine = self._door.machine_to_change(request, "delete_machine")
        stopped = machine.state in ("stopped", "suspended", "created", "failed") and not machine.timetable
        if not stopped and request.query_params.get("force") != "true":
            raise AnswerError(412, {"error": "failed_precondition: the machine is not stopped"})
        machine.state = "destroyed"
        machine.timetable.clear()
        machine.record("destroy", "destroyed")
        self._world.ledger.record(
            "fly.delete_machine",
            f"{app.name}/{machine.id}",
            was=_essence(machine.config),
            marker=_marker(machine),
        )
        return JSONResponse({"ok": True})

    async def wait(self, request: Request) -> Response:
        """The machine is in the wished state by now, or 408 tells that it is not."""
        _, machine = self._door.machine(request, "wait")
        query = request.query_params
        state, timeout = query.get("state", "started"), whole(request, "timeout", _MOST_SECONDS)
        if state not in _WAITED_FOR or timeout > _MOST_SECONDS:
            raise malformed(request, "state or timeout is out of range", 400)
        version = query.get("version") or query.get("instance_id")
        machine.observe()
        arrived = not machine.timetable if state == "settled" else machine.state == state
        if arrived and version in (None, "", machine.instance_id):
            event = machine.events[0]["id"]
            answer = {"ok": True, "state": machine.state, "version": machine.instance_id, "event_id": event}
            return JSONResponse(answer)
        await asyncio.sleep(min(_LONGEST_WAIT, timeout))
        raise AnswerError(408, {"error": f"timeout reached waiting for machine to be {state}"})


def _matches(machine: Machine, query: dict[str, str]) -> bool:
    metadata = machine.config.get("metadata") or {}
    return (
        query.get("region") in (None, "", machine.region)
        and (not query.get("state") or machine.state in query["state"].split(","))
        and all(
            metadata.get(name.removeprefix("metadata.")) == value
            for name, value in query.items()
            if name.startswith("metadata.")
        )
    )


def _paged(request: Request, bodies: list[dict[str, Any]]) -> Response:
    limit = whole(request, "limit", 0)
    if not limit:
        return JSONResponse(bodies)
    first = whole(request, "cursor", 0)
    headers = {"fly-next-cursor": str(first + limit)} if first + limit < len(bodies) else {}
    return JSONResponse(bodies[first : first + limit], headers=headers)


def _is_already_so(app: FlyApp, machine: Machine, wanted: MachineWanted) -> bool:
    fresh = not wanted.min_secrets_version or machine.secrets == {
        name: secret.value for name, secret in app.secrets.items()
    }
    launched = wanted.skip_launch or machine.state not in ("stopped", "suspended")
    return wanted.config == machine.config and fresh and launched


def _essence(config: dict[str, Any]) -> dict[str, Any]:
    return {name: config.get(name) for name in ("image", "guest", "env", "metadata")}


def _marker(machine: Machine) -> str:
    held = machine.holder()
    metadata = machine.config.get("metadata") or {}
    return str(metadata.get("stanch_change") or (held.description if held else ""))


def effect_of(door: FlyDoor, operation: str, app: FlyApp, machine: Machine, **facts: Any) -> None:
    """An act on a machine is written down."""
    facts.setdefault("kind", EffectKind.ACT)
    door.world.ledger.record(operation, f"{app.name}/{machine.id}", marker=_marker(machine), **facts)
