"""Whatever befalls any part at any moment: nothing accepted is lost, nothing approved happens twice."""

import os
import time
from collections.abc import AsyncIterator
from random import Random

import pytest
import pytest_asyncio
from stack import SECRETS, Stack, stacked

from tests.kill import results
from tests.kill.database import Mortal
from tests.kill.results import PASSED, Result
from tests.kill.rounds import Round, lived_through
from tests.kill.troubles import TROUBLES, trouble_of
from tests.store.databases import made_at

SLICE = ("zombie", "store")
"""Who may write, and what the store keeps; all the others come in a long run."""
WANTED = int(os.environ.get("STANCH_KILLS", "0"))
"""So many rounds in a long run, which goes on where it ended; none of it in `make test`."""
TREE = results.tree()


def seeds() -> list[int]:
    if not WANTED:
        return [list(TROUBLES).index(trouble) for trouble in SLICE]
    passed = {result.seed for result in results.kept(TREE) if result.ended == PASSED}
    return [seed for seed in range(WANTED) if seed not in passed]


def on_its_stack(seed: int) -> object:
    return pytest.param(TROUBLES[trouble_of(seed)].over, seed, id=f"{trouble_of(seed)}-{seed}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Stack, Mortal | None]]:
    """Everything as processes of its own, over one kind of store."""
    secrets, database = dict(SECRETS), None
    if request.param == "postgresql":
        database = Mortal()
        url = made_at(database).url.set(drivername="postgresql")
        secrets["STANCH_STORE"] = url.render_as_string(hide_password=False)
    async with stacked(tmp_path_factory.mktemp("stack"), secrets=secrets) as stack:
        yield stack, database


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("running", "seed"), [on_its_stack(seed) for seed in seeds()], indirect=["running"], scope="module"
)
async def test_whatever_befalls_it_nothing_is_lost_and_nothing_happens_twice(
    running: tuple[Stack, Mortal | None], seed: int
) -> None:
    stack, database = running
    name, began = trouble_of(seed), time.monotonic()
    round_ = Round(stack, Random(seed), database)  # noqa: S311 - to be repeated, not to be secret
    ended, hit = results.GIVEN_UP, False

    try:
        hit = await lived_through(round_, TROUBLES[name])
        ended = PASSED
    except BaseException as error:
        ended = results.ending(error)
        error.add_note(f"seed {seed}: {name} after {round_.moment:.2f} s")
        raise
    finally:
        seconds = round(time.monotonic() - began, 1)
        _told(Result(TREE, seed, name, round(round_.moment, 2), seconds, ended, hit))


def _told(result: Result) -> None:
    if not WANTED:
        return
    results.keep(result)
    window = "hit" if result.hit else "missed"
    print(  # noqa: T201 - the progress of a long run
        f"\nseed {result.seed} of {WANTED}: {result.trouble} after {result.moment:.2f} s, {window},"
        f" {result.seconds:.0f} s, {result.ended}",
        flush=True,
    )
