from collections.abc import Iterator

import pytest

from tests.activities.contract.bench import Bench, Connections, tried
from tests.activities.contract.case import Case


@pytest.fixture(scope="session")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Connections:
    return Connections(tmp_path_factory.mktemp("credentials"))


@pytest.fixture(autouse=True)
def _few_keys(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("small_batches")


@pytest.fixture
def bench(case: Case, connections: Connections) -> Iterator[Bench]:
    """One case, tried in this process."""
    yield from tried(Bench(case, connections))
