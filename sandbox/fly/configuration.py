"""Which machine configurations Fly accepts."""

from typing import Any

from starlette.requests import Request

from sandbox.answers import AnswerError, RequestBody, malformed
from sandbox.fly.application import FlyApp

# Megabytes per CPU: fewest and most.
_MEMORY = {"shared": (256, 2048), "performance": (2048, 8192)}


class MachineWanted(RequestBody):
    """The body of a create or an update."""

    config: dict[str, Any]
    name: str = ""
    region: str = ""
    current_version: str = ""
    skip_launch: bool = False
    lease_ttl: int = 0
    min_secrets_version: int = 0


def inspect(request: Request, app: FlyApp, wanted: MachineWanted) -> None:
    """The configuration can run; if not it is refused before any machine is touched."""
    image = wanted.config.get("image")
    if not isinstance(image, str) or not image:
        raise malformed(request, "config.image is required", 400)
    held = app.images.get(image)
    if held is None or held.pruned:
        raise AnswerError(400, {"error": f"could not find image {image}: manifest unknown"})
    _inspect_guest(request, wanted.config.get("guest") or {})
    volumes = {volume["id"] for volume in app.volumes}
    for mount in wanted.config.get("mounts") or []:
        if mount.get("volume") not in volumes:
            raise AnswerError(400, {"error": f"volume not found: {mount.get('volume')}"})


def _inspect_guest(request: Request, guest: dict[str, Any]) -> None:
    kind = guest.get("cpu_kind", "shared")
    if kind not in _MEMORY:
        raise malformed(request, f"config.guest.cpu_kind {kind} is not known", 400)
    fewest, most = _MEMORY[kind]
    cpus, memory = guest.get("cpus", 1), guest.get("memory_mb", fewest)
    if not fewest * cpus <= memory <= most * cpus:
        raise malformed(request, f"config.guest.memory_mb {memory} does not suit {cpus} {kind} CPUs", 400)
