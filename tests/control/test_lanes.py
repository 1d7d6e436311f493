"""Notices wait in lanes: one signal per group at a time, and what waits goes together, within bounds."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from stanch.control import Away, Group
from stanch.control import lanes as bounds
from stanch.control.lanes import AT_ONCE, LARGEST_TOGETHER, MOST_TOGETHER, MOST_WAITING, Lanes, Time
from stanch.model.alert import Alert, Severity
from stanch.model.playbook import Pinned, ServiceFacts
from stanch.model.verb import AutomationMode

KEY = "incident-backend"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def pinned(scenario: str = "down") -> Pinned:
    return Pinned(
        playbook="test.yaml",
        scenario=scenario,
        hash="0",
        severity=Severity.HIGH,
        mode=AutomationMode.AUTO,
        service=ServiceFacts(name="backend"),
    )


def alerts(count: int, first: int = 0, **changed: object) -> tuple[Alert, ...]:
    values = {"source": "test", "name": "Down", "firing": True, "started_at": NOW} | changed
    return tuple(
        Alert.model_validate({"fingerprint": f"{first + number}"} | values) for number in range(count)
    )


def group(count: int = 1, *, first: int = 0, key: str = KEY, scenario: str = "down") -> Group:
    return Group(key, pinned(scenario), alerts(count, first))


@dataclass
class Temporal:
    """Stores what it is sent as soon as it is let; its clock goes on only while somebody sleeps."""

    sent: list[Group] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)
    most_under_way: int = 0
    clock: float = 100.0
    fails_for: str = ""

    def __post_init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    async def store(self, sent: Group) -> str:
        assert sent.key not in self.under_way, "two signals of one group at the same time"
        self.under_way.append(sent.key)
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        self.sent.append(sent)
        self.at.append(self.clock)
        try:
            await asyncio.sleep(0)
            await self.open.wait()
            if self.fails_for and sent.pinned.scenario == self.fails_for:
                raise Away("Temporal has not stored the alerts: refused")
        finally:
            self.under_way.remove(sent.key)
        return f"stored {len(sent.alerts)}"

    async def sleep(self, seconds: float) -> None:
        self.clock += seconds
        await asyncio.sleep(0)

    def lanes(self) -> Lanes[str]:
        return Lanes(self.store, Time(now=lambda: self.clock, sleep=self.sleep))

    @property
    def sizes(self) -> list[int]:
        return [len(one.alerts) for one in self.sent]

    @property
    def fingerprints(self) -> list[int]:
        return [int(alert.fingerprint) for one in self.sent for alert in one.alerts]


async def turns() -> None:
    """Everything that can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def after_the_first(
    temporal: Temporal, lanes: Lanes[str], following: Sequence[Group]
) -> list[str | BaseException]:
    """One group is on its way; these come while it is, and are answered when Temporal stores again."""
    temporal.open.clear()
    first = asyncio.create_task(lanes.through(group(first=-1, scenario="first")))
    await turns()
    waiting = [asyncio.create_task(lanes.through(one)) for one in following]
    await turns()
    assert len(temporal.sent) == 1
    temporal.open.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_waits_while_a_signal_is_on_its_way_goes_together_in_its_order() -> None:
    temporal = Temporal()

    await after_the_first(temporal, temporal.lanes(), [group(first=number) for number in range(40)])

    assert temporal.sizes == [1, 40]
    assert temporal.fingerprints == [-1, *range(40)]


async def test_a_group_on_its_own_is_sent_at_once_and_gets_its_answer() -> None:
    temporal = Temporal()

    assert await temporal.lanes().through(group(3)) == "stored 3"
    assert temporal.clock == 100.0


async def test_no_more_go_together_than_one_signal_may_hold() -> None:
    temporal = Temporal()
    waiting = [group(7, first=number * 7) for number in range(200)]

    await after_the_first(temporal, temporal.lanes(), waiting)

    assert max(temporal.sizes) <= MOST_TOGETHER
    assert temporal.fingerprints == [-1, *range(1400)]
    assert len(temporal.sent) == 4


async def test_no_more_bytes_go_together_than_temporal_takes_whatever_they_are_written_in() -> None:
    temporal = Temporal()
    labels = {f"label-{number}": "\U0001f4a5" * 150 for number in range(12)}
    loud = Group(KEY, pinned(), alerts(300, labels=labels))

    await after_the_first(temporal, temporal.lanes(), [loud])

    sizes = [sum(len(one.model_dump_json().encode()) for one in sent.alerts) for sent in temporal.sent]
    assert max(sizes) <= LARGEST_TOGETHER
    assert sum(temporal.sizes) == 301


async def test_one_group_of_more_than_a_signal_holds_is_answered_when_all_of_it_is_stored() -> None:
    temporal = Temporal()

    await temporal.lanes().through(group(2 * MOST_TOGETHER + 1))

    assert temporal.sizes == [MOST_TOGETHER, MOST_TOGETHER, 1]


async def test_a_thousand_small_alerts_with_a_long_link_are_stored_without_it() -> None:
    temporal = Temporal()
    body = Group(KEY, pinned(), alerts(1000, links=("https://alerts.example/" + "x" * 2000,)))

    await temporal.lanes().through(body)

    assert sum(temporal.sizes) == 1000
    assert len(temporal.sent) <= 3
    assert all(alert.links == () for one in temporal.sent for alert in one.alerts)


async def test_different_scenarios_are_not_mixed_and_keep_their_order() -> None:
    temporal = Temporal()
    scenarios = ["a", "a", "b", "a", "b", "b"]
    waiting = [group(first=number, scenario=name) for number, name in enumerate(scenarios)]

    await after_the_first(temporal, temporal.lanes(), waiting)

    assert [(one.pinned.scenario, len(one.alerts)) for one in temporal.sent[1:]] == [
        ("a", 2),
        ("b", 1),
        ("a", 1),
        ("b", 2),
    ]
    assert temporal.fingerprints == [-1, 0, 1, 2, 3, 4, 5]


async def test_a_signal_that_is_not_stored_is_told_to_everyone_in_it_and_to_nobody_else() -> None:
    temporal = Temporal(fails_for="b")
    waiting = [group(first=number, scenario=name) for number, name in enumerate("aabba")]

    answers = await after_the_first(temporal, temporal.lanes(), waiting)

    assert [isinstance(answer, Away) for answer in answers] == [False, False, True, True, False]


async def test_a_group_of_which_one_part_is_not_stored_is_not_stored() -> None:
    temporal = Temporal()
    store = temporal.store

    async def second_fails(sent: Group) -> str:
        if temporal.sent:
            raise Away("gone")
        return await store(sent)

    temporal.store = second_fails  # type: ignore[method-assign]

    with pytest.raises(Away):
        await temporal.lanes().through(group(MOST_TOGETHER + 1))


async def test_what_is_beyond_the_bound_is_away_and_nothing_of_it_waits() -> None:
    temporal = Temporal()
    full = [group(MOST_TOGETHER, first=number * MOST_TOGETHER) for number in range(10)]
    assert sum(len(one.alerts) for one in full) == MOST_WAITING

    answers = await after_the_first(temporal, temporal.lanes(), [*full, group(first=MOST_WAITING)])

    assert [isinstance(answer, Away) for answer in answers] == [False] * 10 + [True]
    assert f"{MOST_WAITING} alerts of {KEY} wait" in str(answers[-1])
    assert temporal.fingerprints == [-1, *range(MOST_WAITING)]


async def test_another_group_is_not_held_up_by_one_that_waits() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()
    temporal.open.clear()
    storm = [asyncio.create_task(lanes.through(group(first=number))) for number in range(500)]
    await turns()

    other = asyncio.create_task(lanes.through(group(key="incident-shop")))
    await turns()

    assert [one.key for one in temporal.sent] == [KEY, "incident-shop"]
    temporal.open.set()
    await asyncio.gather(*storm, other)


async def test_so_many_groups_are_on_their_way_at_the_same_time_and_no_more() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()

    await asyncio.gather(*(lanes.through(group(key=f"incident-{number}")) for number in range(60)))

    assert temporal.most_under_way == bounds.MOST_LANES_AT_WORK
    assert len(temporal.sent) == 60


async def test_a_sender_that_has_left_holds_up_nobody() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()
    temporal.open.clear()
    first = asyncio.create_task(lanes.through(group(first=-1)))
    await turns()
    leaving = [
        asyncio.create_task(lanes.through(group(MOST_TOGETHER, first=number * 1000))) for number in range(10)
    ]
    await turns()
    for one in leaving:
        one.cancel()
    await turns()

    patient = asyncio.create_task(lanes.through(group(first=7)))
    await turns()
    temporal.open.set()

    assert await patient == "stored 1"
    assert await first == "stored 1"
    assert temporal.fingerprints == [-1, 7]


async def test_a_sender_that_leaves_while_its_alerts_are_on_their_way_ends_nothing() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()
    temporal.open.clear()
    leaving = asyncio.create_task(lanes.through(group(first=0)))
    await turns()
    leaving.cancel()
    with suppress(asyncio.CancelledError):
        await leaving
    temporal.open.set()

    assert await lanes.through(group(first=1)) == "stored 1"
    assert temporal.fingerprints == [0, 1]


async def test_a_few_signals_of_a_group_follow_at_once_and_then_so_many_a_second() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()

    for number in range(AT_ONCE + 10):
        await lanes.through(group(first=number))

    at_once, paced = temporal.at[:AT_ONCE], temporal.at[AT_ONCE:]
    assert at_once == [100.0] * AT_ONCE
    assert paced == pytest.approx([100.0 + (number + 1) / AT_ONCE for number in range(10)])


async def test_a_group_that_was_quiet_may_send_at_once_again() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()
    for number in range(AT_ONCE * 2):
        await lanes.through(group(first=number))
    temporal.clock += 60

    began = temporal.clock
    for number in range(AT_ONCE):
        await lanes.through(group(first=number))

    assert temporal.clock == began


async def test_groups_that_have_been_quiet_are_forgotten() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()
    for number in range(bounds.MOST_LANES + 1):
        await lanes.through(group(key=f"incident-{number}"))
    temporal.clock += bounds.IDLE + 1

    await lanes.through(group(key="incident-new"))

    assert list(lanes._lanes) == ["incident-new"]


async def test_a_group_at_work_is_not_forgotten() -> None:
    temporal = Temporal()
    lanes = temporal.lanes()
    temporal.open.clear()
    keys = [f"incident-{number}" for number in range(bounds.MOST_LANES + 1)]
    busy = [asyncio.create_task(lanes.through(group(key=key))) for key in keys]
    await turns()
    temporal.clock += bounds.IDLE + 1

    last = asyncio.create_task(lanes.through(group(key="incident-new")))
    await turns()

    assert list(lanes._lanes) == [*keys, "incident-new"]
    temporal.open.set()
    await asyncio.gather(*busy, last)
