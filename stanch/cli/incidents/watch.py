"""`stanch watch`: the timeline of one incident, as it grows."""

import time
from typing import Annotated

import typer
from rich.text import Text

from stanch.cli.arguments import Number
from stanch.cli.failures import OutOfReach
from stanch.cli.incidents.answers import Card
from stanch.cli.incidents.gateway import Gateway, Reply
from stanch.cli.incidents.session import GatewaySession, number_of
from stanch.cli.incidents.show import KIND_WIDTH, entry_row, head
from stanch.cli.screen import Screen
from stanch.model.incident import Phase

_PATIENCE = 30.0
"""How many seconds the gateway may be away, as while it is started anew."""


def watch(
    context: typer.Context,
    number: Number = None,
    until_closed: Annotated[
        bool, typer.Option("--until-closed", help="Go on asking, however long the gateway is away.")
    ] = False,
    every: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds between two looks.")] = 1.0,
) -> None:
    """Prints new lines of an incident's timeline as they come, until it is closed or you press Ctrl-C.

    With --json it stays silent and prints the whole incident once it is closed.
    """
    session = GatewaySession.of(context)
    gateway = session.gateway
    number = number_of(gateway, number)
    eyes = _Eyes(None if session.json else session.screen)
    patience = _Patience(eyes, None if until_closed else _PATIENCE)
    reply = gateway.get("incidents", number)
    while not eyes.have_seen_the_end(reply.read(Card)):
        time.sleep(every)
        reply = patience.look(gateway, number, every) or reply
    if session.json:
        session.screen.document(reply.document)


class _Patience:
    """Bears a gateway that is away for a while; the first look of all has none."""

    def __init__(self, eyes: "_Eyes", seconds: float | None) -> None:
        self._eyes = eyes
        self._seconds = seconds
        self._away_since: float | None = None

    def look(self, gateway: Gateway, number: str, every: float) -> Reply | None:
        """The incident now; None while the gateway is away and that can be borne."""
        try:
            reply = gateway.get("incidents", number)
        except OutOfReach:
            now = time.monotonic()
            if self._away_since is None:
                self._away_since = now
                self._eyes.see("the gateway does not answer; still trying")
            if self._seconds is not None and now - self._away_since + every > self._seconds:
                raise
            return None
        self._away_since = None
        return reply


class _Eyes:
    """What has been shown already, so that only what is new is shown."""

    def __init__(self, screen: Screen | None) -> None:
        self._screen = screen
        self._lines = 0
        self._waiting_for = ""
        self._is_first = True

    def have_seen_the_end(self, card: Card) -> bool:
        """True when the incident is closed; everything new in it has been shown."""
        if self._screen is not None:
            self._show(self._screen, card)
        return card.state.phase is Phase.CLOSED

    def see(self, text: str) -> None:
        """A line that belongs to no timeline."""
        if self._screen is not None:
            self._screen.line(Text(text, "bold yellow"))

    def _show(self, screen: Screen, card: Card) -> None:
        state = card.state
        if self._is_first:
            head(screen, card)
            self._is_first = False
        new = (entry_row(entry, state) for entry in state.timeline[self._lines :])
        screen.rows(new, indent=0, least=KIND_WIDTH)
        self._lines = len(state.timeline)
        if card.waiting_for and card.waiting_for != self._waiting_for:
            self.see(f"waiting for {card.waiting_for}")
        self._waiting_for = card.waiting_for
