"""Vercel's endpoint about attack challenge mode; the project shows what it set."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.answers import RequestBody, body_of
from sandbox.vercel.attack_mode import AttackMode
from sandbox.vercel.door import VercelDoor, refuse


class Mode(RequestBody):
    """How the mode shall be; with an end it stops by itself."""

    projectId: str  # noqa: N815  the vendor's name
    attackModeEnabled: bool  # noqa: N815  the same
    attackModeActiveUntil: int | None = None  # noqa: N815  the same


class Security:
    """Turning the challenge on and off."""

    def __init__(self, door: VercelDoor) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Where this endpoint stands."""
        return [Route("/vercel/v1/security/attack-mode", self.set, methods=["POST"])]

    async def set(self, request: Request) -> Response:
        """By value: setting what stands is no effect."""
        reached = self._door.projects(request)
        wanted = await body_of(request, Mode)
        project = next((one for one in reached if one.id == wanted.projectId), None)
        if project is None:
            raise refuse(404, "Project not found")
        now = self._door.world.origin.milliseconds()
        until = wanted.attackModeActiveUntil if wanted.attackModeEnabled else None
        made = AttackMode(wanted.attackModeEnabled, now, until)
        was, project.attack = project.attack, made
        before, after = _told(was, now), _told(made, now)
        if before != after:
            self._door.world.ledger.record("vercel.set_attack_mode", project.name, was=before, to=after)
        return JSONResponse({"attackModeEnabled": made.enabled, "attackModeUpdatedAt": made.updated})


def _told(mode: AttackMode | None, now: int) -> str:
    if mode is None or not mode.is_on(now):
        return "off"
    return f"on until {mode.until}" if mode.until else "on"
