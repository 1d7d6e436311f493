"""Every provider's cases, gathered: `tests/activities/NAME/cases.py` holds those of NAME."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import product
from math import ceil
from typing import Any
from zlib import crc32

import pytest

from activities.registry import integrations
from stanch.model.change import Kind
from tests.activities.contract.case import Case, ReadingCase

CASES: tuple[Case, ...] = tuple(
    case
    for integration in integrations()
    if integration.verbs
    for case in import_module(f"tests.activities.{integration.name}.cases").CASES
)
WITHOUT_VENDOR = ("prometheus", "logfile")
"""Parts that work without a credential and whose readings are held to all the same."""
READINGS: tuple[ReadingCase, ...] = tuple(
    case
    for integration in integrations()
    if integration.vendor or integration.name in WITHOUT_VENDOR
    for case in import_module(f"tests.activities.{integration.name}.cases").READINGS
)
STATES = tuple(case for case in CASES if case.kind is Kind.STATE)
ACTS = tuple(case for case in CASES if case.kind is Kind.ACT)
FIRST_WRITES = tuple((case, write) for case in CASES for write in sorted({1, case.acts_at}))


def at_every(writes: str, cases: Iterable[Case] = CASES) -> list[tuple[Case, int]]:
    """Each write of each case, counted from 1."""
    return [(case, write) for case in cases for write in range(1, getattr(case, writes) + 1)]


def crossed(
    names: str, rows: Iterable[tuple[Any, ...]], troubles: Mapping[str, Any] | None = None, *, one_in: int
) -> pytest.MarkDecorator:
    """Every row with every trouble: one row in so many of each trouble in `make test`, all in a soak.

    What a vendor does in a trouble is one piece of code for all its verbs: they share the troubles out. That
    every verb and reading meets every kind of trouble is `test_in_turn.py`.
    """
    groups: dict[str, dict[str, tuple[Any, ...]]] = {}
    for row, (name, trouble) in product(rows, (troubles or {"": None}).items()):
        values = (*row, trouble) if troubles else row
        groups.setdefault(name, {})["-".join(filter(None, (name, *map(str, row))))] = values
    return pytest.mark.shared(names.split(), groups, one_in)


def of_each_verb(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """One case of each verb in `make test`, another one in the next test, and all in a soak."""
    groups: dict[str, dict[str, tuple[Any, ...]]] = {}
    for case in cases:
        groups.setdefault(case.verb, {})[str(case)] = (case,)
    return pytest.mark.shared(["case"], groups, len(CASES))


def shared(
    groups: Mapping[str, Mapping[str, Any]], one_in: int, test: str
) -> Iterator[tuple[str, Any, bool]]:
    """Each name with its values, and whether it is this test's turn: always the same, and one at least."""
    for group in groups.values():
        by_lot = sorted(group, key=lambda name: (crc32(f"{test} {name}".encode()), name))
        now = by_lot[: ceil(len(by_lot) / one_in)]
        yield from ((name, values, name in now) for name, values in group.items())
