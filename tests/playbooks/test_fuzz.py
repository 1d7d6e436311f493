"""Whatever stands in the files, what comes back is a book or an error that says what to mend."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.errors import ConfigError
from stanch.model.verb import Catalogue
from stanch.playbooks.load import load_book, load_team

Load = Callable[[bytes, bytes], None]
relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
thorough = settings(relaxed, max_examples=100)
WORDS = st.sampled_from(
    """
    uses target with approval mode when hold steps name evidence options verify good_when opens_on alert
    service labels severity scenarios severities P0 critical backend fly.restart fly.status fly.scale
    box.tune_fly box.restore status.page page count size who within then proceed nobody one auto 30s
    ${was.size} ${machines.count} ${ $${ release.age<1 true it.ok group_by alert.fingerprint watch for
    secret bearer urls probe services providers runs_on provider fly app people token env:X
    """.split()  # noqa: SIM905 - read as a text
)
LEAVES = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


@pytest.fixture
def load(tmp_path: Path, catalogue: Catalogue) -> Load:
    """Loads a team and a playbook; anything but a book or a ConfigError is an error of the test."""

    def loading(team: bytes, playbook: bytes) -> None:
        (tmp_path / "stanch.yaml").write_bytes(team)
        (tmp_path / "playbooks").mkdir(exist_ok=True)
        (tmp_path / "playbooks" / "p.yaml").write_bytes(playbook)
        with suppress(ConfigError):
            load_team(tmp_path / "stanch.yaml")
        with suppress(ConfigError):
            load_book(tmp_path / "stanch.yaml", catalogue)

    return loading


@relaxed
@given(team=st.binary(max_size=200), playbook=st.binary(max_size=200))
def test_any_bytes(load: Load, team: bytes, playbook: bytes) -> None:
    load(team, playbook)


@relaxed
@given(cut=st.integers(0, 900), put=st.text("[]{}:-&*!|>'\"%@`#,? \n\t~<a\\\u2028\ud7ff\0", max_size=6))
def test_a_right_file_with_something_put_into_it(
    load: Load, team: str, usual: str, cut: int, put: str
) -> None:
    whole = (team + usual).encode()
    spoilt = whole[:cut] + put.encode() + whole[cut:]

    load(spoilt[: len(team)], spoilt)
    load(team.encode(), spoilt[len(team) :])


@relaxed
@given(value=VALUES)
def test_any_team(load: Load, usual: str, value: Any) -> None:
    load(yaml.safe_dump(value).encode(), usual.encode())


def playbook(field: str, value: Any) -> bytes:
    scenario = {"opens_on": {"alert": "A", "service": "backend"}, "severity": "high", field: value}
    return yaml.safe_dump({"scenarios": {"s": scenario}}).encode()


@thorough
@given(field=st.sampled_from(["evidence", "options", "verify", "opens_on", "group_by", "mode"]), value=VALUES)
def test_any_scenario(load: Load, team: str, field: str, value: Any) -> None:
    load(team.encode(), playbook(field, value))


@thorough
@given(
    arguments=st.dictionaries(
        st.sampled_from(["size", "ratio", "label", "on", "wait", "value", "names", "siez"]),
        VALUES,
        max_size=4,
    ),
    when=st.text("ab.()'\"<>=&|!?: 1release", max_size=20) | LEAVES,
)
def test_any_argument_and_condition(load: Load, team: str, arguments: dict[str, Any], when: Any) -> None:
    option = {"uses": "box.tune_fly", "with": arguments, "when": when}

    load(team.encode(), playbook("options", [option]))
