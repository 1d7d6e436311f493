from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.activities.contract.bench import Bench
from tests.activities.contract.cases import Case


@pytest.fixture
def bench(case: Case, tmp_path: Path) -> Iterator[Bench]:
    """Afterwards nothing unexpected was asked of a vendor, and nothing secret was said by anybody."""
    made = Bench(case, tmp_path)
    yield made
    assert made.sandbox.ledger.unexpected == []
    said = "\n".join(made.said)
    assert [secret for secret in made.secrets() if secret in said] == []
