"""The watch over a recovered incident, until it has stayed well or something comes up."""

from datetime import timedelta

from stanch.model.incident import Phase
from stanch.model.watching import End, WatchRequest
from workflows import calls
from workflows.memory import Memory
from workflows.mitigation import Mitigation
from workflows.waiting import unless

_STILL_FIRING = timedelta(minutes=15)
"""How long alerts may go on firing over checks that are good, before a person looks."""


class Recurrence:
    """Looks whether it comes back."""

    def __init__(self, memory: Memory, mitigation: Mitigation) -> None:
        self._memory = memory
        self._mitigation = mitigation
        self._aborted_by = ""

    async def watch(self) -> Phase:
        """Recovered; closed when it stays so and the alerts agree."""
        state = self._memory.state
        self._aborted_by = state.aborted_by
        self._memory.wait_for(f"{self._memory.pinned.watch_for} without a recurrence")
        self._memory.fresh = False
        ends = await unless(self._came_up, self._mitigation.verification.watch_checks(self._for_recurrence))
        if ends is not None and not state.firing and not ends:
            await calls.within(self._came_up, self._memory.pinned.watch_for, "a recurrence")
        if not self._came_up() and all(end.end is End.GOOD for end in ends or []):
            await calls.within(
                lambda: not state.firing or self._came_up(), _STILL_FIRING, "the alerts to resolve"
            )
        self._memory.wait_for("")
        return self._after(bad=any(end.end is not End.GOOD for end in ends or []))

    def _came_up(self) -> bool:
        state = self._memory.state
        return bool(self._memory.fresh or state.resolved_by or state.requested or self._stepped_in())

    def _stepped_in(self) -> bool:
        """A person's word since this watch began; an abort that is older has had its effect."""
        state = self._memory.state
        return bool(state.undo_asked_by or state.aborted_by != self._aborted_by)

    def _after(self, *, bad: bool) -> Phase:
        state = self._memory.state
        if state.resolved_by:
            return Phase.CLOSE
        if self._stepped_in():
            return self._mitigation.hand_over("a person has stepped in")
        if state.requested:
            return Phase.DECIDE
        if self._memory.fresh or (bad and state.firing):
            state.recovered_at = None
            self._mitigation.in_hand = False
            self._memory.note("recurrence", "it came back")
            return Phase.TRIAGE
        if bad and self._mitigation.in_hand:
            return Phase.HANDED_OVER  # whoever has it has been told
        if bad:
            return self._mitigation.hand_over("the checks fail again, though no alert fires")
        if state.firing:
            return self._mitigation.hand_over("the checks are good, but the alert still fires")
        return Phase.CLOSE

    def _for_recurrence(self, request: WatchRequest) -> WatchRequest:
        quiet = {"stays_good_for": self._memory.pinned.watch_for}
        return request.model_copy(update={"check": request.check.model_copy(update=quiet)})
