"""What does not answer from here is asked for elsewhere, where somebody else looks at it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from stanch.model.change import Target
from stanch.model.evidence import Look
from stanch.model.playbook import PinnedReading, Vantage
from stanch.model.watching import End, Watched, WatchRequest
from tests.policy.making import AT, check
from tests.workflows.beside import Outside, incident
from workflows import vantage
from workflows.outside import Failed

URL = "https://api.shop.example/healthz"
SEEN = {"url": URL, "up_at": AT.isoformat()}
MONITOR = Vantage(uses="uptimerobot.monitors", target=Target(provider="uptimerobot", name="api"))
PROBE = PinnedReading(name="health", uses="probe", within=timedelta(seconds=20), vantages=(MONITOR,))


class TwoPlaces(Outside):
    """From here an address fails; the other place has seen this."""

    def __init__(self, *seen: Mapping[str, Any], failing: bool = True, silent: bool = False) -> None:
        super().__init__()
        self.seen, self.failing, self.silent = seen, failing, silent
        self.looked: list[tuple[str, Look]] = []

    async def look(self, uses: str, asked: Look, within: timedelta, why: str) -> dict[str, Any]:  # noqa: ARG002
        self.looked.append((uses, asked))
        if uses == MONITOR.uses and self.silent:
            kind, text = "Unavailable", "it does not answer"
            raise Failed(kind, text)
        if uses == MONITOR.uses:
            return {"seen_up": list(self.seen)}
        believed = bool(asked.arguments.get("seen_elsewhere"))
        up = [f"{URL} was seen up at 03:00"] if believed else []
        return {"failing": self.failing and not believed, "up_elsewhere": up}


async def seen(outside: TwoPlaces) -> tuple[dict[str, Any], list[str], list[str]]:
    """The result, who was asked, and what the timeline says."""
    memory = incident(outside)
    result = await vantage.look(memory, PROBE, Look(as_of=AT), PROBE.within, "is it so?")
    return result, [uses for uses, _ in outside.looked], [entry.text for entry in memory.state.timeline]


async def test_what_is_seen_up_elsewhere_does_not_fail_and_that_is_said() -> None:
    result, asked, said = await seen(TwoPlaces(SEEN))

    assert (result["failing"], asked) == (False, ["probe", "uptimerobot.monitors", "probe"])
    assert said == [f"only the way from here is broken: {URL} was seen up at 03:00"]


async def test_what_answers_from_here_is_asked_for_nowhere_else() -> None:
    result, asked, _ = await seen(TwoPlaces(SEEN, failing=False))

    assert (result["failing"], asked) == (False, ["probe"])


async def test_what_nobody_has_seen_up_fails() -> None:
    for outside in (TwoPlaces(), TwoPlaces(SEEN, silent=True)):
        result, asked, said = await seen(outside)

        assert (result["failing"], asked, said) == (True, ["probe", "uptimerobot.monitors"], [])


async def watched(outside: TwoPlaces, *ends: tuple[End, int], **facts: Any) -> tuple[Watched, list[Any]]:
    """How a watch whose legs end so after so many looks ends, and what each leg knew."""
    legs, told = iter(ends), []
    request = WatchRequest(check=check(vantages=(MONITOR,)), started_at=AT, **facts)

    async def watch(leg: WatchRequest) -> Watched:
        told.append(leg.check.arguments.get("seen_elsewhere"))
        end, looks = next(legs)
        return Watched(uses="probe", end=end, looks=looks, because="so it was")

    return await vantage.watched(incident(outside), request, watch), told


async def test_a_check_knows_what_was_seen_elsewhere_unless_something_was_changed_since() -> None:
    _, before = await watched(TwoPlaces(SEEN), (End.GOOD, 9))
    _, after = await watched(TwoPlaces(SEEN), (End.GOOD, 9), since=AT - timedelta(minutes=1))

    assert (before, after) == ([[SEEN]], [None])


async def test_a_check_goes_on_when_what_was_seen_has_grown_old_and_it_is_seen_up_again() -> None:
    end, legs = await watched(TwoPlaces(SEEN), (End.BAD, 9), (End.GOOD, 9))

    assert (end.end, legs) == (End.GOOD, [[SEEN], [SEEN]])


async def test_a_check_that_was_never_good_with_what_is_seen_elsewhere_is_bad() -> None:
    end, legs = await watched(TwoPlaces(SEEN), (End.BAD, 9), (End.BAD, 3))

    assert (end.end, legs) == (End.BAD, [[SEEN], [SEEN]])


async def test_a_check_is_bad_where_nobody_has_seen_it_up() -> None:
    end, legs = await watched(TwoPlaces(), (End.BAD, 9))

    assert (end.end, legs) == (End.BAD, [None])
