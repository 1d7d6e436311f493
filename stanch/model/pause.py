"""The kill switch: automation is paused as long as a workflow of this id is running."""

from stanch.model.base import Frozen

EVERYTHING = "all"


class Pause(Frozen):
    """Who paused what, and why; `scope` is `all`, `service:NAME` or `provider:NAME`."""

    scope: str = EVERYTHING
    by: str
    why: str = ""


def pause_id(scope: str) -> str:
    """The workflow id of a scope's switch."""
    return f"pause-{scope}"


def scopes(service: str, provider: str) -> list[str]:
    """Every switch that can stop a change of this service at this provider."""
    return [pause_id(scope) for scope in (EVERYTHING, f"service:{service}", f"provider:{provider}")]
