"""The credentials that the fakes accept; none of them opens anything anywhere else."""

from enum import StrEnum

from starlette.requests import Request

ALL = "*"


class Key(StrEnum):
    """A credential and what it is good for."""

    FLY = "fly-sandbox-key"
    FLY_READ_ONLY = "fly-sandbox-key-read-only"
    FLY_ELSEWHERE = "fly-sandbox-key-of-another-app"
    VERCEL = "vercel-sandbox-key"
    VERCEL_ELSEWHERE = "vercel-sandbox-key-of-another-team"
    SERVICE = "service-sandbox-key"


def shown(request: Request) -> str:
    """The credential that a request carries, or nothing."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    return rest.strip() if scheme.lower() in ("bearer", "flyv1") else ""
