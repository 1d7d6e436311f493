"""The gateway's answers that have no model elsewhere."""

from stanch.model.base import Frozen
from stanch.model.edition import EditionInForce, PinnedEdition
from stanch.model.record import Summary, View


class Listing(Frozen):
    """The answer of `GET /incidents`."""

    incidents: tuple[Summary, ...]
    in_force: EditionInForce | None = None


class Card(View):
    """The answer of `GET /incidents/{number}`."""

    headline: str = ""
    plan_text: str = ""
    page: str = ""
    edition: PinnedEdition | None = None
    in_force: EditionInForce | None = None


class Taken(Frozen):
    """The answer of `POST /alerts/{source}`."""

    accepted: int
    incidents: tuple[str, ...] = ()


class OpenedByHand(Frozen):
    """The answer of `POST /scenarios/{name}` and `POST /commands/{name}`."""

    incident: str


class PausesAnswer(Frozen):
    """The answer of `GET /pause`."""

    paused: tuple[str, ...]


class PauseAnswer(Frozen):
    """The answer of `POST /pause` and `POST /resume`; `changed` is False where it stood so already."""

    changed: bool
