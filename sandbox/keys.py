"""The credentials that the fakes accept; none of them opens anything anywhere else."""

from typing import Final

from starlette.requests import Request

SERVICE: Final = "service-sandbox-key"
"""Opens the admin endpoints of every service."""


def shown(request: Request) -> str:
    """The credential that a request carries, or nothing."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    return rest.strip() if scheme.lower() in ("bearer", "flyv1") else ""
