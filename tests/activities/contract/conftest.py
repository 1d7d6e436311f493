from collections.abc import Iterator

import pytest

from activities.redis import flush
from tests.activities.contract.bench import Bench, Connections, tried
from tests.activities.contract.case import Case


@pytest.fixture(scope="session")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Connections:
    return Connections(tmp_path_factory.mktemp("credentials"))


@pytest.fixture(autouse=True, scope="session")
def small_batches() -> Iterator[None]:
    """That there is more than one batch is what matters here, and not how many keys are in it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(flush, "BATCH", 50)
        patched.setattr(flush, "_STEP", 10)
        yield


@pytest.fixture
def bench(case: Case, connections: Connections) -> Iterator[Bench]:
    """One case, tried in this process."""
    yield from tried(Bench(case, connections))
