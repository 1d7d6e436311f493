"""What can be done to a Fly machine besides changing its configuration."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of
from sandbox.fly.application import FlyApp
from sandbox.fly.door import FlyDoor
from sandbox.fly.machine import Machine
from sandbox.fly.machines import ONE, effect_of
from sandbox.ledger import EffectKind

_OK = {"ok": True}
_RESTARTABLE = {"started", "starting", "restarting", "replacing", "stopped", "created"}


class Command(RequestBody):
    """What to run inside a machine."""

    command: list[str]
    timeout: int = 60
    stdin: str = ""


class MetadataValue(RequestBody):
    """One value of a machine's metadata."""

    value: str


class Actions:
    """Starting, stopping, restarting, cordoning, running a command, metadata."""

    def __init__(self, door: FlyDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        posts = {
            "start": self.start,
            "stop": self.stop,
            "suspend": self.suspend,
            "restart": self.restart,
            "cordon": self.cordon,
            "uncordon": self.uncordon,
            "exec": self.run,
        }
        return [
            *(Route(f"{ONE}/{name}", endpoint, methods=["POST"]) for name, endpoint in posts.items()),
            Route(ONE + "/metadata", self.metadata, methods=["GET"]),
            Route(ONE + "/metadata/{key}", self.one_of_metadata, methods=["GET"]),
            Route(ONE + "/metadata/{key}", self.set_metadata, methods=["POST", "DELETE"]),
        ]

    async def start(self, request: Request) -> Response:
        """A stopped machine runs again."""
        app, machine = self._door.machine_to_change(request, "start_machine")
        before = machine.state
        if before in ("destroyed", "destroying"):
            raise AnswerError(412, {"error": f"failed_precondition: the machine is {before}"})
        if before not in ("started", "starting"):
            machine.head_for("started", "starting")
            effect_of(
                self._door, "fly.start_machine", app, machine, kind=EffectKind.STATE, was=before, to="started"
            )
        return JSONResponse({"previous_state": before, "migrated": False, "new_host": ""})

    async def stop(self, request: Request) -> Response:
        """A running machine stops."""
        return self._halt(request, "stop", "stopped")

    async def suspend(self, request: Request) -> Response:
        """A running machine is frozen with its memory."""
        return self._halt(request, "suspend", "suspended")

    async def restart(self, request: Request) -> Response:
        """The machine starts anew with the same configuration and the same secrets."""
        app, machine = self._door.machine_to_change(request, "restart_machine")
        if machine.state not in _RESTARTABLE:
            raise AnswerError(412, {"error": f"failed_precondition: the machine is {machine.state}"})
        machine.stuck = False
        within = request.query_params.get("timeout", "")
        machine.stop_first(within)
        machine.record("restart", "restarting")
        machine.head_for("started", "restarting")
        effect_of(self._door, "fly.restart_machine", app, machine, detail={"timeout": within})
        return JSONResponse(_OK)

    async def cordon(self, request: Request) -> Response:
        """The proxy sends the machine no new connections."""
        return self._cordon(request, "fly.cordon_machine", cordoned=True)

    async def uncordon(self, request: Request) -> Response:
        """The proxy sends the machine connections again."""
        return self._cordon(request, "fly.uncordon_machine", cordoned=False)

    async def run(self, request: Request) -> Response:
        """A command has run inside a started machine."""
        app, machine = self._door.machine_to_change(request, "exec")
        command = await body_of(request, Command)
        if machine.state != "started":
            raise AnswerError(412, {"error": "failed_precondition: the machine is not started"})
        effect_of(self._door, "fly.exec", app, machine, detail={"command": command.command})
        return JSONResponse({"exit_code": 0, "exit_signal": 0, "stdout": "", "stderr": ""})

    async def metadata(self, request: Request) -> Response:
        """All of the machine's metadata."""
        return JSONResponse(_metadata(self._door.machine(request, "metadata")[1]))

    async def one_of_metadata(self, request: Request) -> Response:
        """One value of the machine's metadata."""
        metadata = _metadata(self._door.machine(request, "metadata")[1])
        if request.path_params["key"] not in metadata:
            raise AnswerError(404, {"error": "metadata key not found"})
        return JSONResponse({"value": metadata[request.path_params["key"]]})

    async def set_metadata(self, request: Request) -> Response:
        """One value of the machine's metadata is set or gone; the instance stays the same."""
        app, machine = self._door.machine_to_change(request, "set_metadata")
        key, was = request.path_params["key"], _metadata(machine)
        to = {name: value for name, value in was.items() if name != key}
        if request.method == "POST":
            to[key] = (await body_of(request, MetadataValue)).value
        machine.config = {**machine.config, "metadata": to}
        if was != to:
            facts = {"kind": EffectKind.STATE, "was": was.get(key), "to": to.get(key), "detail": {"key": key}}
            effect_of(self._door, "fly.set_metadata", app, machine, **facts)
        return Response(status_code=204)

    def _halt(self, request: Request, verb: str, end: str) -> Response:
        app, machine = self._door.machine_to_change(request, f"{verb}_machine")
        before = machine.state
        if before not in ("stopped", "suspended", "stopping"):
            machine.head_for(end, "stopping" if end == "stopped" else "suspending")
            effect_of(
                self._door, f"fly.{verb}_machine", app, machine, kind=EffectKind.STATE, was=before, to=end
            )
        return JSONResponse(_OK)

    def _cordon(self, request: Request, operation: str, *, cordoned: bool) -> Response:
        app, machine = self._door.machine_to_change(request, operation)
        _cordon_as_told(self._door, operation, (app, machine), cordoned=cordoned)
        return JSONResponse(_OK)


def _cordon_as_told(door: FlyDoor, operation: str, one: tuple[FlyApp, Machine], *, cordoned: bool) -> None:
    app, machine = one
    was, machine.cordoned = machine.cordoned, cordoned
    if was is not cordoned:
        effect_of(door, operation, app, machine, kind=EffectKind.STATE, was=was, to=cordoned)


def _metadata(machine: Machine) -> dict[str, Any]:
    return dict(machine.config.get("metadata") or {})
