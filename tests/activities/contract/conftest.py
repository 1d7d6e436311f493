from collections.abc import Iterator

import pytest

from tests.activities.contract.bench import Bench, Connections
from tests.activities.contract.cases import Case


@pytest.fixture(scope="session")
def connections(tmp_path_factory: pytest.TempPathFactory) -> Connections:
    return Connections(tmp_path_factory.mktemp("credentials"))


@pytest.fixture
def bench(case: Case, connections: Connections) -> Iterator[Bench]:
    """Afterwards nothing unexpected was asked of a vendor, and nothing secret was said by anybody."""
    made = Bench(case, connections)
    yield made
    assert made.sandbox.ledger.unexpected == []
    said = "\n".join(made.said)
    assert [secret for secret in made.secrets() if secret in said] == []
