"""The gateway's answers that have no model elsewhere."""

from pydantic import JsonValue

from stanch.model.base import Frozen
from stanch.model.incident import Summary, View


class Listing(Frozen):
    """The answer of `GET /incidents`."""

    incidents: tuple[Summary, ...]


class Card(View):
    """The answer of `GET /incidents/{number}`."""

    headline: str = ""
    plan_text: str = ""


class Taken(Frozen):
    """The answer of `POST /alerts/{source}`."""

    accepted: int
    incidents: tuple[str, ...] = ()


class Switches(Frozen):
    """The answer of `GET /pause`."""

    paused: tuple[JsonValue, ...] = ()
