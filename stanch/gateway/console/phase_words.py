"""Where an incident stands, in words and in a colour: whose turn it is matters more than anything else."""

from enum import StrEnum
from typing import NamedTuple

from stanch.model.incident import Phase


class PhaseTone(StrEnum):
    """Whose turn it is; each has a colour and a sign of its own."""

    ASKS = "asks"
    PEOPLE = "people"
    WORKS = "works"
    CALM = "calm"
    OVER = "over"
    STUCK = "stuck"


class PhaseWords(NamedTuple):
    """What is said of a phase, and its tone."""

    says: str
    tone: PhaseTone

    @property
    def sign(self) -> str:
        """For eyes that do not see the colour."""
        return _SIGNS[self.tone]


_SIGNS = {
    PhaseTone.ASKS: "?",
    PhaseTone.PEOPLE: "!",
    PhaseTone.WORKS: "▶",
    PhaseTone.CALM: "✓",
    PhaseTone.OVER: "■",
    PhaseTone.STUCK: "!!",
}
_WORDS: dict[str, PhaseWords] = {
    Phase.TRIAGE: PhaseWords("gathers evidence", PhaseTone.WORKS),
    Phase.DECIDE: PhaseWords("decides", PhaseTone.WORKS),
    Phase.APPROVE: PhaseWords("waits for a yes or no", PhaseTone.ASKS),
    Phase.CHANGE: PhaseWords("makes the change", PhaseTone.WORKS),
    Phase.VERIFY: PhaseWords("checks whether it is good", PhaseTone.WORKS),
    Phase.HOLD: PhaseWords("waits for the vendor", PhaseTone.WORKS),
    Phase.BY_HAND: PhaseWords("waits for work by hand", PhaseTone.ASKS),
    Phase.CHOOSE: PhaseWords("waits for a choice", PhaseTone.ASKS),
    Phase.TAKE_BACK: PhaseWords("takes back what was contained", PhaseTone.WORKS),
    Phase.HANDED_OVER: PhaseWords("handed over to people", PhaseTone.PEOPLE),
    Phase.WATCH: PhaseWords("good again, is being watched", PhaseTone.CALM),
    Phase.CLOSE: PhaseWords("closes", PhaseTone.CALM),
    Phase.CLOSED: PhaseWords("closed", PhaseTone.OVER),
}
_JUST_OPENED = PhaseWords("has just opened", PhaseTone.WORKS)
_STUCK = PhaseWords("stuck: no worker can go on with it", PhaseTone.STUCK)
_CLOSED = _WORDS[Phase.CLOSED]


def standing_of(phase: str, *, is_open: bool = True, trouble: str = "") -> PhaseWords:
    """Of an incident in this phase; one that no worker has seen yet has none."""
    if trouble:
        return _STUCK
    return _WORDS.get(phase, _JUST_OPENED) if is_open else _CLOSED
