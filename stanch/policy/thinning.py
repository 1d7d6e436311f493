"""What an incident may remember: 256 kB, whatever comes. What is left out is counted, and told."""

from collections.abc import Sequence

from stanch.model.incident import IncidentState, Phase
from stanch.model.message import TimelineEntry
from stanch.policy.outbreaks import cut

LARGEST_STATE = 256_000
"""Bytes of JSON; Temporal takes 2 MB, and every look at an incident carries all of it."""
MOST_LINES = 120
LONGEST_LINE = 400
LONGEST_MESSAGE = 3_000
MOST_UNSAID = 20
LONGEST_CARD = 2_000
"""Characters of what a channel keeps at the top."""
MOST_CALLS = 10

_FIRST_LINES = 12
"""How it began is never dropped."""
_BYTES_OF_ONE_LEFT = 20
_CHATTER = ("alert", "resolved", "evidence", "check", "passed-over", "channel", "refused", "note")
"""Lines that go before those of what was decided and done."""


def noted(timeline: Sequence[TimelineEntry], entry: TimelineEntry) -> tuple[tuple[TimelineEntry, ...], int]:
    """The timeline with one more line, and how many older ones had to go."""
    entry = entry.model_copy(update={"text": cut(entry.text, LONGEST_LINE), "by": cut(entry.by, 100)})
    lines = [*timeline, entry]
    dropped = 0
    while len(lines) > MOST_LINES:
        middle = range(_FIRST_LINES, len(lines) - 1)
        chatter = (number for number in middle if lines[number].kind in _CHATTER)
        del lines[next(chatter, _FIRST_LINES)]
        dropped += 1
    return tuple(lines), dropped


def size(state: IncidentState) -> int:
    """How many bytes it takes when it travels."""
    return len(state.model_dump_json().encode())


def fitted(state: IncidentState) -> IncidentState:
    """The same state, thinned out until it fits; what decides and what was done stay to the last."""
    for thinner in (
        _without_results,
        _with_fewer_lines,
        _without_details,
        _without_receipts,
        _with_less_left,
    ):
        if size(state) <= LARGEST_STATE:
            return state
        state = thinner(state)
    return state


def _without_results(state: IncidentState) -> IncidentState:
    """Evidence as its line only; it is read anew before anything is decided.

    What follows an option has facts of its own, and is not decided again.
    """
    evidence = {
        name: found.model_copy(
            update={"result": None, "missing_because": found.missing_because or "too large"}
        )
        for name, found in state.evidence.items()
    }
    decides = state.phase is Phase.DECIDE and state.following is None
    phase = Phase.TRIAGE if decides else state.phase
    return state.model_copy(update={"evidence": evidence, "phase": phase})


def _with_fewer_lines(state: IncidentState) -> IncidentState:
    if len(state.timeline) <= 2 * _FIRST_LINES:
        return state
    kept = (*state.timeline[:_FIRST_LINES], *state.timeline[-_FIRST_LINES:])
    left_out = state.left_out + len(state.timeline) - len(kept)
    return state.model_copy(update={"timeline": kept, "left_out": left_out})


def _without_details(state: IncidentState) -> IncidentState:
    outbreak = state.outbreak
    shown = dict(list(outbreak.shown.items())[:1])
    unshown = outbreak.unshown + len(outbreak.shown) - len(shown)
    outbreak = outbreak.model_copy(update={"shown": shown, "unshown": unshown, "resolved": {}})
    unsaid = tuple(
        one.model_copy(update={"text": cut(one.text, LONGEST_LINE), "card": ""}) for one in state.unsaid
    )
    return state.model_copy(update={"outbreak": outbreak, "unsaid": unsaid})


def _without_receipts(state: IncidentState) -> IncidentState:
    return state.model_copy(
        update={"applied": tuple(one.model_copy(update={"receipt": None}) for one in state.applied)}
    )


def _with_less_left(state: IncidentState) -> IncidentState:
    """Of what fired when earlier incidents were closed, the latest: the rest may open an incident again."""
    over = max(0, size(state) - LARGEST_STATE) // _BYTES_OF_ONE_LEFT + 1
    fires = dict(list(state.left.fires.items())[over:])
    return state.model_copy(update={"left": state.left.model_copy(update={"fires": fires})})
