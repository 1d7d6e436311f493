"""What a vendor shows right after a write of ours may be the world from before it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from activities.contract import Seen, Verb
from activities.converging import converge
from activities.send_log import SendLog
from sandbox.clock import SandboxClock
from stanch.errors import PutBack, StanchError, Still
from stanch.model.change import Change, Kind, PlanRequest, Trail, UndoKind, Unit
from stanch.model.verb import VerbSpec
from tests.policy.making import AT, change

LAG = timedelta(seconds=60)


class Shelf:
    """A vendor with one value, that reads show `LAG` late; it may drop what it takes."""

    def __init__(self) -> None:
        self.clock = SandboxClock(AT)
        self.stood: list[tuple[datetime, str]] = [(AT - timedelta(days=1), "bad")]
        self.forgets = False

    def put(self, value: str) -> None:
        if not self.forgets:
            self.stood.append((self.clock.now(), value))

    def stands(self) -> str:
        return self.stood[-1][1]

    def shown(self) -> str:
        return next(value for at, value in reversed(self.stood) if at <= self.clock.now() - LAG)


class Put(Verb[Shelf]):
    """Puts a value there."""

    spec: ClassVar = VerbSpec(name="shelf.put", says="A value", kind=Kind.STATE, undo=UndoKind.RESTORES)
    stale_for: ClassVar = LAG

    async def plan(self, request: PlanRequest) -> Change:
        return self.change(request, (), "put it there", nothing_to_do="never asked here")

    async def seen(self, change: Change, done: frozenset[str]) -> Mapping[str, Seen]:  # noqa: ARG002
        return {unit.id: Seen(self.vendor.shown()) for unit in change.units}

    async def write(self, change: Change, unit: Unit) -> None:  # noqa: ARG002
        self.vendor.put(str(unit.to))

    @classmethod
    def commands(cls, change: Change) -> list[str]:
        return [f"put {unit.to}" for unit in change.units]


async def carried_out(verb: Verb[Shelf], made: Change) -> tuple[timedelta, StanchError | None]:
    """How long it took, attempt after attempt, and what ended it beside success."""
    clock, trail = verb.vendor.clock, made.trail
    began = clock.now()
    while clock.now() < began + timedelta(hours=1):
        send_log = SendLog.of(trail, clock.now())
        try:
            await converge(verb, made, send_log)
        except Still as error:
            trail = Trail.model_validate_json(send_log.trail.model_dump_json())
            clock.advance(error.look_again_in)
        except StanchError as error:
            return clock.now() - began, error
        else:
            return clock.now() - began, None
    message = "it never stood"
    raise AssertionError(message)


def afterwards(made: Change, wrote_at: datetime) -> Change:
    """A side effect of the change, put right when the incident closes."""
    effect = made.model_copy(update={"afterwards": tuple(unit.swapped() for unit in made.units)})
    return effect.put_right(wrote_at)


WAYS = {"undo": lambda made, at: made.undone(None, at), "put right": afterwards}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
async def test_a_way_back_begun_right_after_the_way_there_is_gone_though_reads_say_that_it_is_there(
    way: Any,
) -> None:
    shelf = Shelf()
    shelf.put("good")

    _, refusal = await carried_out(Put(shelf), way(change(), shelf.clock.now()))

    assert (refusal, shelf.stands()) == (None, "bad")


@ways
async def test_a_way_back_long_after_the_way_there_believes_what_it_reads_at_once(way: Any) -> None:
    shelf = Shelf()

    took, refusal = await carried_out(Put(shelf), way(change(), AT - LAG))

    assert (took, refusal, len(shelf.stood)) == (timedelta(0), None, 1)


async def test_a_way_back_looks_until_the_lag_of_its_vendor_is_over_and_no_longer() -> None:
    shelf = Shelf()
    written = AT - LAG / 3

    took, refusal = await carried_out(Put(shelf), change().undone(None, written))

    assert refusal is None
    assert LAG * 2 / 3 <= took < LAG


async def test_what_is_there_already_and_was_never_ours_is_believed_at_once() -> None:
    shelf = Shelf()
    shelf.stood = [(AT - timedelta(days=1), "good")]

    took, refusal = await carried_out(Put(shelf), change())

    assert (took, refusal, len(shelf.stood)) == (timedelta(0), None, 1)


async def test_what_was_written_is_told_as_put_back_only_after_the_lag_of_its_vendor() -> None:
    shelf = Shelf()
    shelf.forgets = True

    took, refusal = await carried_out(Put(shelf), change())

    assert type(refusal) is PutBack
    assert LAG <= took < 2 * LAG


async def test_what_was_written_and_is_shown_late_is_not_told_as_put_back() -> None:
    shelf = Shelf()

    _, refusal = await carried_out(Put(shelf), change())

    assert (refusal, [value for _, value in shelf.stood]) == (None, ["bad", "good"])
