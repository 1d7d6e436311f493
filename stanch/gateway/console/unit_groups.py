"""The units of a change as they are shown: those that go from the same to the same stand together."""

from typing import NamedTuple

from stanch.model.change import Change, Kind, Unit
from stanch.policy import change_text


class UnitGroup(NamedTuple):
    """Units by name, and their values in words."""

    ids: tuple[str, ...]
    was: str
    """Empty of an act, which leaves something where nothing was."""
    to: str


def unit_groups(change: Change) -> list[UnitGroup]:
    """Every unit once, in the order in which the first of each group comes."""
    groups: dict[str, list[Unit]] = {}
    for unit in change.units:
        # By the whole values: two that read the same where they are cut may be different ones.
        groups.setdefault(unit.model_dump_json(include={"was", "to"}), []).append(unit)
    return [
        UnitGroup(tuple(one.id for one in units), *_values(change, units[0])) for units in groups.values()
    ]


def _values(change: Change, unit: Unit) -> tuple[str, str]:
    if change.kind is Kind.ACT and unit.was is None:
        return "", change_text.value(unit.to)
    return change_text.was_and_to(unit)
