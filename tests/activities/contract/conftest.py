from collections.abc import Iterator

import pytest

from tests.activities.contract.bench import Bench, Connections, tried
from tests.activities.contract.case import Case
from tests.activities.contract.cases import shared


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is shared out; what only a soak asks for is not even made where no soak is wanted."""
    everything = "not soak" not in metafunc.config.option.markexpr
    for mark in metafunc.definition.iter_markers("shared"):
        names, groups, one_in = mark.args
        rows = shared(groups, one_in, metafunc.function.__name__)
        params = [
            pytest.param(*values, id=name, marks=() if now else pytest.mark.soak)
            for name, values, now in rows
            if now or everything
        ]
        metafunc.parametrize(names, params)


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
