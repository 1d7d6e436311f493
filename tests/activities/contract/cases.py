"""Every provider's cases, gathered: `tests/activities/NAME/cases.py` holds those of NAME."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import product
from typing import Any

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
    """Every row with every trouble: one in so many now, other ones at the next case, and all in a soak.

    What a vendor does in a trouble is one piece of code for all its verbs: they share the troubles out.
    """
    of_cases: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    for row, (name, trouble) in product(rows, (troubles or {"": None}).items()):
        values = (*row, trouble) if troubles else row
        of_cases.setdefault(str(row[0]), []).append(("-".join(filter(None, (name, *map(str, row)))), values))
    made = []
    for turn, of_case in enumerate(of_cases.values()):
        for at, (name, values) in enumerate(of_case):
            is_now = (at + turn) % one_in == 0
            made.append(pytest.param(*values, id=name, marks=() if is_now else pytest.mark.soak))
    return pytest.mark.parametrize(names.split(), made)
