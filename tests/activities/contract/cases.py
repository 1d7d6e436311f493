"""Every provider's cases, gathered: `tests/activities/NAME/cases.py` holds those of NAME."""

from collections.abc import Iterable
from importlib import import_module

from activities.registry import parts
from stanch.model.change import Kind
from tests.activities.contract.case import Case, ReadingCase

CASES: tuple[Case, ...] = tuple(
    case
    for part in parts()
    if part.verbs
    for case in import_module(f"tests.activities.{part.name}.cases").CASES
)
WITHOUT_VENDOR = ("prometheus", "logfile")
"""Parts that work without a credential and whose readings are held to all the same."""
READINGS: tuple[ReadingCase, ...] = tuple(
    case
    for part in parts()
    if part.vendor or part.name in WITHOUT_VENDOR
    for case in import_module(f"tests.activities.{part.name}.cases").READINGS
)
STATES = tuple(case for case in CASES if case.kind is Kind.STATE)
ACTS = tuple(case for case in CASES if case.kind is Kind.ACT)


def at_every(writes: str, cases: Iterable[Case] = CASES) -> list[tuple[Case, int]]:
    """Each write of each case, counted from 1."""
    return [(case, write) for case in cases for write in range(1, getattr(case, writes) + 1)]
