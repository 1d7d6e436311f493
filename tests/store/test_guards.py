"""Guards as rows: the pure limits' judgement, whichever database keeps them and whoever asks."""

import asyncio
import json
import subprocess
import sys
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanch.errors import Unavailable
from stanch.model.change import Target
from stanch.model.guard import Ask, GuardState, Holder, LetGo, Verdict
from stanch.policy import limits
from stanch.store import Address, Store
from tests.store.databases import AT, BACKEND, KINDS, MINUTE, OURS, THEIRS, address, ask, opened

ASKER = """
import asyncio, os, sys
from pathlib import Path
from stanch.model.guard import Ask
from stanch.store import Address, Store

async def main(file, url, question, dies):
    store = Store(Address.of_file(Path(file)) if file else Address.of_url(url))
    await store.prepare()
    store.unfit = ""
    print("ready", flush=True)
    sys.stdin.readline()
    verdict = await store.ask(Ask.model_validate_json(question))
    if dies:
        os.kill(os.getpid(), 9)
    print(verdict.model_dump_json(), flush=True)
    await store.close()

asyncio.run(main(*sys.argv[1:4], sys.argv[4:] == ["dies"]))
"""


def asking(at: Address, question: Ask, *more: str) -> "subprocess.Popen[str]":
    """Another process, which has opened the store and asks once it is told to."""
    where = [str(at.file or ""), "" if at.file else at.url.render_as_string(hide_password=False)]
    return subprocess.Popen(
        [sys.executable, "-c", ASKER, *where, question.model_dump_json(), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def begun(process: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


async def test_a_yes_locks_the_target_and_reserves_every_change(store: Store) -> None:
    verdict = await store.ask(ask(changes=3))

    state = await store.guard(BACKEND)
    assert verdict.granted
    assert (state.holder, len(state.made), state.last) == (OURS, 3, AT)


async def test_a_question_that_is_asked_again_is_answered_again_and_reserves_nothing_more(
    store: Store,
) -> None:
    answers = [await store.ask(ask(changes=2, changes_per_hour=2)) for _ in range(3)]

    assert [answer.granted for answer in answers] == [True] * 3
    assert len((await store.guard(BACKEND)).made) == 2


async def test_another_intent_of_the_same_step_gives_the_former_reservation_back(store: Store) -> None:
    await store.ask(ask(changes=2, changes_per_hour=2, digest="restart"))

    verdict = await store.ask(ask(changes_per_hour=2, digest="scale"))

    assert verdict.granted
    assert [made.digest for made in (await store.guard(BACKEND)).made] == ["scale"]


async def test_what_is_released_counts_from_its_last_write(store: Store) -> None:
    await store.ask(ask())
    await store.let_go(BACKEND, LetGo(holder=OURS, wrote={"INC-1/1": AT + 50 * MINUTE}), AT + 55 * MINUTE)

    theirs = ask(holder=THEIRS, step="INC-2/1", as_of=AT + 59 * MINUTE)
    assert (await store.ask(theirs)).rule == "cool-down"
    assert (await store.ask(theirs.model_copy(update={"as_of": AT + 60 * MINUTE}))).granted


async def test_a_dead_holder_is_evicted_and_what_it_may_have_changed_counts(store: Store) -> None:
    await store.ask(ask(holder=THEIRS))
    refused = await store.ask(ask(as_of=AT + 30 * MINUTE))

    assert refused.holder == THEIRS
    await store.evict(BACKEND, THEIRS, AT + 30 * MINUTE)

    assert (await store.ask(ask(as_of=AT + 31 * MINUTE))).rule == "cool-down"
    assert (await store.ask(ask(as_of=AT + 40 * MINUTE))).granted


async def test_who_holds_what_is_known_without_asking_for_a_target(store: Store) -> None:
    await store.ask(ask())
    await store.ask(ask(target=BACKEND.model_copy(update={"name": "shop"}), holder=THEIRS))
    await store.let_go(BACKEND, LetGo(holder=OURS), AT)

    assert await store.holders() == [("fly:shop", THEIRS)]


async def test_a_store_that_was_not_held_against_temporal_answers_nothing(store: Store) -> None:
    store.unfit = "it has not been looked at"

    with pytest.raises(Unavailable, match="store: it has not been looked at"):
        await store.ask(ask())


async def test_of_two_processes_that_ask_at_once_one_is_granted(store: Store) -> None:
    asked = (ask(), ask(holder=THEIRS, step="INC-2/1"))
    processes = [begun(asking(store.address, question)) for question in asked]

    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    verdicts = [Verdict.model_validate(json.loads(process.communicate()[0])) for process in processes]
    assert sorted(verdict.rule for verdict in verdicts) == ["", "one-at-a-time"]
    assert len((await store.guard(BACKEND)).made) == 1


async def test_an_answer_that_was_lost_with_its_process_is_given_again(store: Store) -> None:
    process = begun(asking(store.address, ask(), "dies"))
    assert process.communicate("go\n")[0] == ""

    verdict = await store.ask(ask())

    assert verdict.granted
    assert len((await store.guard(BACKEND)).made) == 1


class Said(NamedTuple):
    """One thing that happens to a guard."""

    holder: Holder
    number: int
    changes: int
    digest: str
    minutes: int
    what: str


said = st.builds(
    Said,
    st.sampled_from([OURS, THEIRS]),
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from(["", "restart"]),
    st.integers(-5, 40),
    st.sampled_from(["ask", "ask", "ask", "undo", "written", "unused", "let go", "evict"]),
)


class Pure:
    """The limits alone, as a guard that needs no database."""

    def __init__(self, target: Target) -> None:
        self.state = GuardState(target=target)

    def ask(self, question: Ask) -> Verdict:
        now, state = limits.later(self.state, question.as_of), limits.heard(self.state, question)
        verdict = limits.judge(state, question, now)
        self.state = limits.granted(state, question, now) if verdict.granted else state
        return verdict

    def let_go(self, letting: LetGo, at: datetime) -> None:
        self.state = limits.let_go(self.state, letting, limits.later(self.state, at))


async def follow(one: Said, at: datetime, store: Store, pure: Pure) -> None:
    step, target = f"{one.holder.incident}/{one.number}", pure.state.target
    if one.what == "let go":
        letting = LetGo(holder=one.holder, wrote={step: at}, unused=(f"{one.holder.incident}/0",))
        await store.let_go(target, letting, at)
        return pure.let_go(letting, at)
    if one.what == "evict":
        await store.evict(target, one.holder, at)
        return pure.let_go(LetGo(holder=one.holder), at)
    question = ask(
        target=target,
        holder=one.holder,
        step=step,
        changes=one.changes,
        digest=one.digest,
        as_of=at,
        undo=one.what == "undo",
        wrote={f"{one.holder.incident}/1": at} if one.what == "written" else {},
        unused=(f"{one.holder.incident}/2",) if one.what == "unused" else (),
    )
    assert await store.ask(question) == pure.ask(question)
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_said_in_whatever_order_it_answers_and_remembers_as_the_limits_do(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=12)
    @given(st.lists(said, max_size=12))
    def hold(story: list[Said]) -> None:
        asyncio.run(told(story, at, BACKEND.model_copy(update={"name": uuid4().hex})))

    at = address(kind, tmp_path_factory.mktemp("guards"))
    hold()


async def told(story: list[Said], at: Address, target: Target) -> None:
    """About a target that nobody has spoken of yet."""
    store, pure, now = await opened(at), Pure(target), AT
    for one in story:
        now += one.minutes * MINUTE
        await follow(one, now, store, pure)
        kept = await store.guard(target)
        assert (kept.holder, kept.last) == (pure.state.holder, pure.state.last)
        assert sorted(kept.made, key=str) == sorted(pure.state.made, key=str)
    await store.close()
