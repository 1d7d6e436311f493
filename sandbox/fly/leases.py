"""Leases: the right to be the only one who changes a machine."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import AnswerError, RequestBody, body_of
from sandbox.fly.door import NONCE, FlyDoor
from sandbox.fly.machine import lend
from sandbox.ledger import EffectKind

_LEASE = "/fly/v1/apps/{app}/machines/{machine}/lease"


class LeaseWanted(RequestBody):
    """For how many seconds, and what for."""

    ttl: int = 30
    description: str = ""


class Leases:
    """Taking, reading and giving back leases."""

    def __init__(self, door: FlyDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where these endpoints stand."""
        return [
            Route(_LEASE, self.read, methods=["GET"]),
            Route(_LEASE, self.take, methods=["POST"]),
            Route(_LEASE, self.release, methods=["DELETE"]),
        ]

    async def read(self, request: Request) -> Response:
        """The lease in force."""
        _, machine = self._door.machine(request, "get_lease")
        lease = machine.holder()
        if lease is None:
            raise AnswerError(404, {"error": "lease not found"})
        return JSONResponse({"status": "success", "data": lease.body()})

    async def take(self, request: Request) -> Response:
        """A new lease, or the caller's own lease for longer."""
        app, machine = self._door.machine_to_change(request, "take_lease")
        wanted = await body_of(request, LeaseWanted)
        lease = lend(machine, wanted.ttl, wanted.description, request.headers.get(NONCE, ""))
        self._door.world.ledger.record(
            "fly.take_lease", f"{app.name}/{machine.id}", kind=EffectKind.LOCK, marker=wanted.description
        )
        return JSONResponse({"status": "success", "data": lease.body()}, 201)

    async def release(self, request: Request) -> Response:
        """The caller's lease ends."""
        app, machine = self._door.machine(request, "release_lease")
        if machine.holder() is None:
            raise AnswerError(404, {"error": "lease not found"})
        self._door.respect_lease(machine, request.headers.get(NONCE, ""))
        machine.lease = None
        self._door.world.ledger.record("fly.release_lease", f"{app.name}/{machine.id}", kind=EffectKind.LOCK)
        return JSONResponse({"status": "success", "data": {"ok": True}})
