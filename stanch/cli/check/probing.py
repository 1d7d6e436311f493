"""`--probe-vendor`: what only a real account can settle, asked of the team's own by reading."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from activities.integration import Integration, Surroundings
from activities.open_questions import OpenQuestion, Probe, found_by
from activities.registry import MODULES, integrations
from stanch.cli.check.results import Finding, Grade, PreflightCheck, all_ended, ok
from stanch.cli.check.scope import Scope
from stanch.cli.check.vendors import targets_of
from stanch.cli.failures import Misuse
from stanch.model.change import Target
from stanch.playbooks.book import Book
from stanch.playbooks.problems import instead_of
from stanch.secrets import Redactor

ALL = "all"
PAGE = "docs/open-questions.md"
Connect = Callable[[str], Surroundings]


@dataclass(frozen=True)
class Probed:
    """One question put to one target: what was found, or why nothing was; cleaned of every secret."""

    vendor: str
    target: str
    asks: str
    inferred: str
    found: str
    why: str


def vendors_of(named: Sequence[str], book: Book, scope: Scope, *, offline: bool) -> list[Integration]:
    """Those that are named, or all of the team's; raises `Misuse` where one cannot be meant."""
    if named and offline:
        raise Misuse("--probe-vendor asks a vendor, and --offline asks nobody: leave one of them out")
    for name in named:
        if name not in (*MODULES, ALL):
            raise Misuse(f"Stanch knows no vendor {name}. {instead_of(name, [*MODULES, ALL])}")
        if name != ALL and not scope.works_for(name):
            raise Misuse(f"this process does not work for {name}: see --as, --only and --except")
    if ALL in named:
        return [one for one in integrations() if targets_of(book, one) and scope.works_for(one.name)]
    return integrations(dict.fromkeys(named)) if named else []


async def probed(
    vendors: Sequence[Integration], book: Book, around: Connect, redactor: Redactor
) -> list[Probed]:
    """All vendors at the same time, and one question after the other at each: its limits are the team's."""
    found = await asyncio.gather(*(_of_vendor(one, book, around, redactor) for one in vendors))
    return [one for each in found for one in each]


def remarks(vendors: Sequence[Integration], rows: Sequence[Probed]) -> Iterator[str]:
    """What was not asked of each vendor, and how it is settled."""
    for vendor in vendors:
        by_hand = len(vendor.questions) - len(_probes(vendor))
        if _probes(vendor) and not any(row.vendor == vendor.name for row in rows):
            yield f"{vendor.name}: nothing was asked, since no service runs on it"
        if by_hand:
            yield f"{vendor.name}: {by_hand} more by hand, with the commands of {PAGE}"
        if not vendor.questions:
            yield f"{vendor.name}: nothing is open that a real account would settle"


def _probes(vendor: Integration) -> list[tuple[OpenQuestion, Probe]]:
    return [(question, question.probe) for question in vendor.questions if question.probe]


async def _of_vendor(vendor: Integration, book: Book, around: Connect, redactor: Redactor) -> list[Probed]:
    found = []
    for target in targets_of(book, vendor):
        for question, probe in _probes(vendor):
            look = partial(_look, vendor, probe, target, around)
            check = PreflightCheck(target.key, question.asks, look)
            (row,) = await all_ended([check], redactor)
            said = ("", row.says) if row.grade is Grade.FAILED else (row.says, "")
            found.append(
                Probed(vendor.name, redactor.clean(target.key), question.asks, question.inferred, *said)
            )
    return found


async def _look(vendor: Integration, probe: Probe, target: Target, around: Connect) -> Finding:
    surroundings = around(vendor.name)
    outside: Any = vendor.connect(surroundings)
    return ok(await found_by(probe, outside, target, surroundings.redactor))
