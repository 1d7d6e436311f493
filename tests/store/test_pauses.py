import pytest
from sqlalchemy import select

from stanch.model.pause import Pause
from stanch.store import Store
from stanch.store.tables import switched
from tests.store.databases import AT, BACKEND, MINUTE, ask

MIGRATION = Pause(by="ana", why="a migration")


@pytest.mark.parametrize("scope", ["all", "service:backend", "service:worker", "provider:fly"])
async def test_a_switch_of_every_owner_of_the_target_says_no(store: Store, scope: str) -> None:
    await store.pause(MIGRATION.model_copy(update={"scope": scope}), AT)
    backend = ask().rules[0]
    asked = ask(rules=(backend, backend.model_copy(update={"service": "worker"})))

    verdict = await store.ask(asked)

    assert (verdict.rule, verdict.because) == ("paused", f"{scope} is paused by ana: a migration")
    assert (await store.guard(BACKEND)).made == ()


async def test_a_pause_of_the_account_holds_for_what_uses_it(store: Store) -> None:
    await store.pause(MIGRATION.model_copy(update={"scope": "provider:aws"}), AT)

    assert (await store.ask(ask())).granted
    assert (await store.ask(ask(account="aws"))).rule == "paused"


@pytest.mark.parametrize("scope", ["service:shop", "provider:vercel"])
async def test_a_switch_elsewhere_says_nothing_here(store: Store, scope: str) -> None:
    await store.pause(MIGRATION.model_copy(update={"scope": scope}), AT)

    assert (await store.ask(ask())).granted


async def test_a_pause_holds_back_what_was_granted_before_and_the_way_back(store: Store) -> None:
    await store.ask(ask())
    await store.pause(MIGRATION, AT)

    assert [(await store.ask(ask(undo=undo))).rule for undo in (False, True)] == ["paused", "paused"]


async def test_a_refused_question_gives_back_what_it_says_is_unused_all_the_same(store: Store) -> None:
    await store.ask(ask())
    await store.pause(MIGRATION, AT)

    await store.ask(ask(step="INC-1/2", unused=("INC-1/1",)))

    assert (await store.guard(BACKEND)).made == ()


async def test_thrown_twice_it_is_thrown_once_and_the_first_reason_stands(store: Store) -> None:
    answers = [await store.pause(MIGRATION, AT), await store.pause(Pause(by="li"), AT)]

    assert answers == [True, False]
    assert [one.says for one in await store.paused()] == ["all is paused by ana: a migration"]


async def test_resumed_it_may_act_again_and_resuming_again_changes_nothing(store: Store) -> None:
    await store.pause(MIGRATION, AT)

    answers = [await store.resume("all", "li", AT) for _ in range(2)]

    assert answers == [True, False]
    assert await store.paused() == []
    assert (await store.ask(ask())).granted


async def test_the_record_of_who_paused_and_resumed_stays(store: Store) -> None:
    await store.pause(MIGRATION, AT)
    await store.resume("all", "li", AT + MINUTE)

    rows = await store._read(lambda connection: connection.execute(select(switched)).all())

    assert [(row.at, row.word, row.scope, row.by, row.why) for row in rows] == [
        (AT, "pause", "all", "ana", "a migration"),
        (AT + MINUTE, "resume", "all", "li", ""),
    ]
