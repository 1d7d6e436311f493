"""Whatever stands in the files, what comes back is a book or an error that says what to mend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stanch.errors import ConfigError
from stanch.model.verb import Catalogue
from stanch.playbooks.load import load_book, load_team

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=4000)
thorough = settings(relaxed, max_examples=5000)
WORDS = st.sampled_from(
    "uses target with approval mode when hold steps name evidence options verify good_when opens_on alert"
    " service labels severity scenarios severities P0 critical backend fly.restart fly.machines fly.scale"
    " box.tune_fly box.restore status.page page count size who within then proceed nobody one auto 30s"
    " ${was.size} ${machines.count} ${ $${ release.age<1 true it.ok group_by alert.fingerprint watch for"
    " secret bearer urls probe.http services providers runs_on provider fly app people token env:X".split()
)
LEAVES = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)


def load(folder: Path, catalogue: Catalogue, team: bytes, playbook: bytes) -> None:
    (folder / "stanch.yaml").write_bytes(team)
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / "p.yaml").write_bytes(playbook)
    for loading in (load_team, lambda path: load_book(path, catalogue)):
        try:
            loading(folder / "stanch.yaml")
        except ConfigError as error:
            assert str(error)


@relaxed
@given(team=st.binary(max_size=200), playbook=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, catalogue: Catalogue, team: bytes, playbook: bytes) -> None:
    load(tmp_path, catalogue, team, playbook)


@relaxed
@given(cut=st.integers(0, 900), put=st.text("[]{}:-&*!|>'\"%@`#,? \n\t~<a\\\u2028\ud7ff\0", max_size=6))
def test_a_right_file_with_something_put_into_it(
    tmp_path: Path, catalogue: Catalogue, team: str, usual: str, cut: int, put: str
) -> None:
    whole = (team + usual).encode()
    spoilt = whole[:cut] + put.encode() + whole[cut:]

    load(tmp_path, catalogue, spoilt[: len(team)], spoilt)
    load(tmp_path, catalogue, team.encode(), spoilt[len(team) :])


@relaxed
@given(value=VALUES)
def test_any_team(tmp_path: Path, catalogue: Catalogue, usual: str, value: Any) -> None:
    load(tmp_path, catalogue, yaml.safe_dump(value).encode(), usual.encode())


@pytest.fixture
def outline() -> Callable[..., dict[str, Any]]:
    def around(field: str, value: Any) -> dict[str, Any]:
        scenario = {"opens_on": {"alert": "A"}, "severity": "high", field: value}
        return {"scenarios": {"s": scenario}}

    return around


@thorough
@given(field=st.sampled_from(["evidence", "options", "verify", "opens_on", "group_by", "mode"]), value=VALUES)
def test_any_scenario(
    tmp_path: Path,
    catalogue: Catalogue,
    team: str,
    outline: Callable[..., dict[str, Any]],
    field: str,
    value: Any,
) -> None:
    load(tmp_path, catalogue, team.encode(), yaml.safe_dump(outline(field, value)).encode())


@thorough
@given(
    arguments=st.dictionaries(
        st.sampled_from(["size", "ratio", "label", "on", "wait", "value", "names", "siez"]),
        VALUES,
        max_size=4,
    ),
    when=st.text("ab.()'\"<>=&|!?: 1release", max_size=20) | LEAVES,
)
def test_any_argument_and_condition(
    tmp_path: Path,
    catalogue: Catalogue,
    team: str,
    outline: Callable[..., dict[str, Any]],
    arguments: dict[str, Any],
    when: Any,
) -> None:
    option = {"uses": "box.tune_fly", "with": arguments, "when": when}

    load(tmp_path, catalogue, team.encode(), yaml.safe_dump(outline("options", [option])).encode())
